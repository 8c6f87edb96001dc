"""What holds for all tests: how they are shared out among workers, and that a run says which it runs."""

from collections.abc import Iterator

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests import one_stack

ONE_STACK = ("tests/e2e", "tests/fuzz", "tests/second_opinion", "tests/workflow")
"""The folders whose files share a stack, or a server."""
RUN = {
    "not proof": "tests without the mark `proof`: what make test runs",
    "proof": "tests with the mark `proof`: a part of make proof",
}


def pytest_report_header(config: pytest.Config) -> str:
    every = 'all tests, with and without the mark `proof`; make test runs -m "not proof"'
    return f"interlude: {RUN.get(config.getoption('markexpr'), every)}"


class ByStack(LoadScopeScheduling):
    """A file's tests, or a folder's where they share a stack, go to one worker: there the stack is started once."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in ONE_STACK if file.startswith(f"{folder}/")), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByStack:
    return ByStack(config, log)  # type: ignore[arg-type]  # xdist's own logger


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Other folders' tests have a moto of their own."""
    yield
    if nextitem is None or nextitem.path.parent != item.path.parent:
        one_stack.close()
