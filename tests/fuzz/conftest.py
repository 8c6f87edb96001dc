import pytest

from tests.fuzz.service import Service
from tests.one_stack import shared
from tests.workflow import world

WORKFLOWS = {"telling": ["tell"], "asking": ["ask", "tell"], "failing": ["fail", "never"]}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """The stack, with workflows that tell, ask and fail."""
    return Service(
        shared("fuzz", lambda: world.deployed(world.write_template(tmp_path_factory.mktemp("template"), WORKFLOWS)))
    )
