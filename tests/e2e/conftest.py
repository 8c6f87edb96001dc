"""What every end-to-end test stands on: one server for all of them, or a stack that is deployed already.

pytest tests/e2e                                               a local server of our own
pytest tests/e2e --base-url http://127.0.0.1:3000              a local server that runs already
pytest tests/e2e --target aws --base-url https://….amazonaws.com    a deployed stack, with the caller's credentials
"""

import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from .client import Interlude, Run
from .server import STEPS, Server, own_workflows, running, write_template
from .services.process import Service, serving

SERVER = pytest.StashKey[Server]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("end to end")
    group.addoption("--target", choices=["local", "aws"], default="local", help="what the tests speak with")
    group.addoption("--base-url", default="", help="where it answers; empty: a local server is started")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skips what needs a server of our own where there is none."""
    if not config.getoption("--base-url"):
        return
    reason = "needs a server that the tests have started: its log, or their own workflows"
    for item in items:
        if {"own_steps", "server"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Shows what the server has printed last when a test fails."""
    report = yield
    server = item.session.stash.get(SERVER, None)
    if report.failed and server:
        report.sections.append(("The end of the server's log", server.tail()))
    return report


@pytest.fixture(scope="session")
def moved_steps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the workflow `edited`: a copy, so that a test may change it."""
    folder = tmp_path_factory.mktemp("steps") / "edited"
    shutil.copytree(STEPS / "edited", folder)
    return folder


@pytest.fixture(scope="session")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, moved_steps: Path
) -> Iterator[Server]:
    """The one local server, stopped by Ctrl-C at the end."""
    folder = tmp_path_factory.mktemp("server")
    template = write_template(folder / "template.yaml", {"edited": moved_steps})
    with running(template, folder / "log") as started:
        request.session.stash[SERVER] = started
        yield started


@pytest.fixture(scope="session")
def interlude(request: pytest.FixtureRequest) -> Iterator[Interlude]:
    """The stack under test."""
    target, base_url = request.config.getoption("--target"), request.config.getoption("--base-url").rstrip("/")
    if target == "aws":
        from .aws import SigV4

        stack = Interlude(base_url, SigV4(), has_outbox=False)
    else:
        stack = Interlude(base_url or request.getfixturevalue("server").base_url)
    yield stack
    stack.close()


@pytest.fixture(scope="session")
def own_steps(interlude: Interlude) -> Interlude:
    """The stack, with the tests' own workflows in it."""
    assert set(own_workflows()) <= set(interlude.hooks)
    return interlude


@pytest.fixture(scope="session")
def other_stack(own_steps: Interlude, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interlude]:
    """Another stack, deployed with other parameters: suspends are cancelled at their timeout, steps have 10 GB, and
    every link that is opened by GET asks first. It shows what functions log as it is."""
    folder = tmp_path_factory.mktemp("other")
    template = write_template(folder / "template.yaml", {})
    changed = ("SuspendTimeoutAction=cancel", "StepMemory=10240", "ConfirmLinks=always")
    parameters = ("--parameter-overrides", *changed, "--logs", "json")
    with running(template, folder / "log", *parameters) as started:
        stack = Interlude(started.base_url, log=lambda: started.log)
        yield stack
        stack.close()


@pytest.fixture(scope="session")
def outbox(interlude: Interlude) -> Interlude:
    """The stack, with a look at the mail that it has sent."""
    if not interlude.has_outbox:
        pytest.skip("needs the local server's outbox")
    return interlude


@pytest.fixture(scope="session")
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """Another process, which offers jobs and calls back."""
    if request.config.getoption("--target") == "aws":
        pytest.skip("needs a service on this machine that the stack can reach")
    with serving() as started:
        yield started


@pytest.fixture
def approval(interlude: Interlude) -> Run:
    """A run of the sample that waits for a person."""
    run = interlude.start("approval", {"document": "The plan"})
    run.until("paused")
    return run
