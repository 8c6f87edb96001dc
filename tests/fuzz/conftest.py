from collections.abc import Iterator

import pytest

from tests.fuzz.service import Service
from tests.workflow import world

WORKFLOWS = {"telling": ["tell"], "asking": ["ask", "tell"], "failing": ["fail", "never"]}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The stack, with workflows that tell, ask and fail."""
    template = world.write_template(tmp_path_factory.mktemp("template"), WORKFLOWS)
    with world.deployed(template) as stack:
        yield Service(stack)
