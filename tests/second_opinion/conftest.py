import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.one_stack import shared
from tests.second_opinion.interpreter import HERE, Interpreter, running_executions
from tests.workflow import world
from tests.workflow.conftest import clean_world
from tests.workflow.world import World

__all__ = ["clean_world"]


def node() -> str:
    """The program. Skips the test where it, or what it needs, is not installed."""
    found = shutil.which("node")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout if found else "v0"  # noqa: S603
    if found is None or int(version[1:].partition(".")[0]) < 20:
        pytest.skip("needs Node 20 or newer")
    if not (HERE / "node_modules" / ".done").exists():
        pytest.skip("needs the packages of tests/second_opinion/package.json: make proof installs them from npm")
    return found


@pytest.fixture(scope="session")
def interpreter() -> Iterator[Interpreter]:
    running = Interpreter(node())
    yield running
    running.close()


@pytest.fixture(scope="module")
def deployed(interpreter: Interpreter, tmp_path_factory: pytest.TempPathFactory) -> World:
    return shared("opinion", lambda: world.deployed(world.write_template(tmp_path_factory.mktemp("template"))))


@pytest.fixture(autouse=True)
def second_opinion(interpreter: Interpreter) -> Iterator[None]:
    """Whatever a test starts is run by the other interpreter."""
    with running_executions(interpreter):
        yield
