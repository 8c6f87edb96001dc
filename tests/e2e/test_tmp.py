"""Files in /tmp over a real server: they follow their run, and this machine's own /tmp is none of a step's business."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

import pytest

from .client import Interlude, Run, exports, returned

if TYPE_CHECKING:
    from .server import Server

TMP = Path("/tmp")


@pytest.fixture(autouse=True)
def own_tmp(request: pytest.FixtureRequest) -> None:
    """Elsewhere than on AWS, the machine has to allow it; it says so at its start if not."""
    if request.config.getoption("--target") == "local":
        server: Server = request.getfixturevalue("server")
        if "Steps share this machine's /tmp" in server.log:
            pytest.skip("this machine does not allow processes to have a /tmp of their own")


@pytest.fixture
def name() -> str:
    """Of a file that nobody else has."""
    return f"interlude-test-{token_hex(8)}"


def finish(run: Run) -> list[str]:
    return returned(run.until("succeeded"), "look")


def test_a_file_is_there_in_the_steps_after_it(own_steps: Interlude, name: str) -> None:
    """Those are other processes, and other functions on AWS. Temporary files are files like others."""
    run = own_steps.start("filing", {"name": name, "text": "grüße"})

    assert finish(run) == ["grüße", "GRÜSSE"]
    assert exports(run.get(), "write")["$return_value"]["folder"] == "/tmp"


def test_a_file_is_there_after_a_pause(own_steps: Interlude, name: str) -> None:
    """Another run has used the same processes meanwhile, with a file of the same name."""
    run = own_steps.start("filing", {"name": name, "text": "first", "suspends": True})
    run.until("paused")
    assert finish(own_steps.start("filing", {"name": name, "text": "second"})) == ["second", "SECOND"]

    run.resume()

    assert finish(run) == ["first", "FIRST"]


def test_runs_at_the_same_time_do_not_see_each_other(own_steps: Interlude, name: str) -> None:
    """Ten of them, whose files have one name. What a step finds at its beginning is the same for all."""
    texts = [f"of run {number}" for number in range(10)]
    runs = [own_steps.start("filing", {"name": name, "text": text}) for text in texts]

    with ThreadPoolExecutor(10) as crowd:
        ended = list(crowd.map(finish, runs))

    assert ended == [[text, text.upper()] for text in texts]
    found = [returned(run.get(), "write")["found"] for run in runs]
    assert all(name not in each for each in found)
    assert len({tuple(each) for each in found}) == 1


def test_a_step_that_dies_leaves_nothing_to_the_next_run(own_steps: Interlude, name: str) -> None:
    """Its process is gone, and what it wrote goes with it."""
    assert own_steps.start("filing", {"name": name, "text": "first", "dies": True}).end()["status"] == "failed"

    assert finish(own_steps.start("filing", {"name": name, "text": "second"})) == ["second", "SECOND"]


def test_what_a_step_wrote_at_import_stays_in_its_environment(own_steps: Interlude, name: str) -> None:
    """It is found by each run there, and is not carried: the module of another step did not write it."""
    for _ in range(2):
        run = own_steps.start("filing", {"name": name, "text": "x"})
        finish(run)
        assert "from-import" in returned(run.get(), "write")["found"]


@pytest.mark.usefixtures("server")
def test_this_machines_tmp_is_left_alone(own_steps: Interlude, name: str) -> None:
    """Nothing is added by a run, nothing is removed, and a step does not see what is in it."""
    mine = TMP / f"{name}-mine"
    mine.write_text("mine")
    try:
        run = own_steps.start("filing", {"name": name, "text": "x"})
        finish(run)
        finish(own_steps.start("filing", {"name": name, "text": "y"}))

        assert mine.read_text() == "mine"
        assert mine.name not in returned(run.get(), "write")["found"]
        assert list(TMP.glob("interlude-test-*")) == [mine]
        assert not (TMP / "from-import").exists()
    finally:
        mine.unlink()


@pytest.mark.usefixtures("server")
def test_steps_below_tmp_run_and_are_never_carried_or_removed(own_steps: Interlude, moved_steps: Path) -> None:
    """The folder of the workflow `edited` lies there, in a folder of pytest's: all of it survives many runs."""
    before = sorted(moved_steps.parents[1].rglob("*"))

    for _ in range(3):
        assert returned(own_steps.start("edited").until("succeeded"), "say") == "first"

    assert str(moved_steps).startswith("/tmp/") or "TMPDIR" in os.environ
    assert sorted(moved_steps.parents[1].rglob("*")) == before


@pytest.mark.usefixtures("server")
def test_a_step_is_the_same_user_as_the_server(own_steps: Interlude, name: str) -> None:
    """Also where its /tmp takes a namespace of users. Its working directory is its folder."""
    run = own_steps.start("filing", {"name": name, "text": "x"})
    finish(run)

    seen = returned(run.get(), "write")
    assert seen["user"] == os.getuid()
    assert Path(seen["cwd"]).name == "filing"
