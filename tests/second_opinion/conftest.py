import shutil
from collections.abc import Iterator

import pytest

from tests.second_opinion.interpreter import HERE, Interpreter, running_executions
from tests.workflow import world
from tests.workflow.conftest import clean_world
from tests.workflow.world import World

__all__ = ["clean_world"]


@pytest.fixture(scope="package")
def interpreter() -> Iterator[Interpreter]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("aws-local-stepfunctions needs Node 20 or newer, which is not installed")
    if not (HERE / "node_modules" / ".done").exists():
        pytest.skip("aws-local-stepfunctions is not installed: `make test` does it where the npm registry is reached")
    running = Interpreter(node)
    yield running
    running.close()


@pytest.fixture(scope="package")
def deployed(interpreter: Interpreter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world.deployed(world.write_template(tmp_path_factory.mktemp("template"))) as stack:
        yield stack


@pytest.fixture(autouse=True)
def second_opinion(interpreter: Interpreter) -> Iterator[None]:
    """Whatever a test starts is run by the other interpreter."""
    with running_executions(interpreter):
        yield
