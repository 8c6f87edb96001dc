"""Runs outlive their server: it is killed (kill -9) and started again, and nothing that it has answered is lost."""

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from interlude import clock
from tests.deploys.deployments import Deployment
from tests.deploys.restarts import Restarts
from tests.e2e.client import Interlude, Run, exports, returned
from tests.waiting import until

ASK = """
def handler(pd):
    return {"code": "old", **pd.flow.suspend(3_600_000)}
"""
TELL = """
def handler(pd):
    trigger, *before = pd.steps
    return {"code": "old", "resume": pd.context["resume"], "before": before}
"""
NAP = """
def handler(pd):
    pd.flow.delay(pd.steps["trigger"]["event"]["body"]["ms"])
"""
WORK = """
import pathlib, time
def handler(pd):
    folder = pathlib.Path(pd.steps["trigger"]["event"]["body"]["folder"])
    calls = len(list(folder.glob("call *")))
    (folder / f"call {calls + 1}").touch()
    while not (folder / "go").exists():
        time.sleep(0.02)
    return "done"
"""
KEEP = """
def handler(pd):
    pd.send.email("Kept", "for later")
    pd.export("large", "x" * pd.steps["trigger"]["event"]["body"]["bytes"])
    pd.flow.suspend(3_600_000)
"""
LARGE = 900_000
KEY = {"Idempotency-Key": "once"}
ITEM = {"store": {"S": "mine"}, "key": {"S": "k"}, "value": {"S": '"v"'}}
FIRST = Deployment(
    {
        "asking": {"ask": ASK, "tell": TELL},
        "napping": {"nap": NAP, "tell": TELL},
        "working": {"work": WORK, "tell": TELL},
        "keeping": {"keep": KEEP, "tell": TELL},
        "coming": {"tell": TELL},
    }
)


@pytest.fixture
def restarts(tmp_path: Path) -> Iterator[Restarts]:
    made = Restarts(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """What steps and tests both see: a step has a /tmp of its own."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as made:
        yield Path(made)


@dataclass
class Killed:
    """A server that was killed and started again, and what there was before."""

    restarts: Restarts
    interlude: Interlude
    hooks: dict[str, str]
    runs: dict[str, Run]
    seen: dict[str, dict[str, Any]]
    """Each run as it was seen last, before the server was killed."""
    histories: dict[str, list[dict[str, Any]]]
    listed: dict[str, Any]
    mails: list[dict[str, str]]
    answered: list[Run]
    """Runs whose hooks were answered while the server was being killed."""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[Killed]:
    """It is killed while a step is at work, and stays away until a delay's time has passed."""
    restarts = Restarts(tmp_path_factory.mktemp("restarts"))
    try:
        interlude = restarts.start(FIRST)
        runs = {
            "asking": interlude.start("asking", {}),
            "keeping": interlude.start("keeping", {"bytes": LARGE}, headers=KEY),
            "long": interlude.start("napping", {"ms": 1_000_000}),
        }
        seen = {name: run.until("paused") for name, run in runs.items()}
        runs["working"] = interlude.start("working", {"folder": str(folder)})
        until((folder / "call 1").exists, "the first call")
        client(restarts, "dynamodb").put_item(TableName=data_stores(restarts), Item=ITEM)
        listed, mails = interlude.signed.get("/runs?workflow=asking").json(), interlude.mails()
        before = histories(restarts, "asking")
        while not (seen.get("short") or {}).get("wait"):
            runs["short"] = interlude.start("napping", {"ms": 2000})
            # A busy machine may see its end only.
            seen["short"] = runs["short"].wait_until(lambda run: run["wait"] or run["status"] == "succeeded", "a delay")
        answered = killed_at_work(restarts)

        end = seen["short"]["wait"]["until"]
        until(lambda: clock.iso(clock.now_ms()) > end, "the end of the delay")
        again = restarts.start()
        for run in (*runs.values(), *answered):
            run.interlude = again
        yield Killed(restarts, again, interlude.hooks, runs, seen, before, listed, mails, answered)
    finally:
        restarts.close()


def killed_at_work(restarts: Restarts) -> list[Run]:
    """Kills the server while hooks come from several clients. Returns the runs that it has answered with."""
    interlude, answered = restarts.interlude, []
    assert interlude

    def come() -> None:
        with suppress(httpx.HTTPError):
            while True:
                answered.append(interlude.start("coming", {}))

    with ThreadPoolExecutor(4) as clients:
        coming = [clients.submit(come) for _ in range(4)]
        until(lambda: len(answered) >= 12, "twelve answers")
        restarts.kill()
        wait(coming)
    return answered


def client(restarts: Restarts, service: str) -> Any:
    """A client of AWS's API at the server's endpoint."""
    return boto3.client(  # type: ignore[call-overload]
        service, "us-east-1", endpoint_url=restarts.aws_endpoint, aws_access_key_id="a", aws_secret_access_key="b"
    )


def histories(restarts: Restarts, workflow: str) -> dict[str, list[dict[str, Any]]]:
    """The events of each execution of a workflow, by AWS's own API."""
    states = client(restarts, "stepfunctions")
    machine = f"arn:aws:states:us-east-1:123456789012:stateMachine:interlude-{workflow}"
    return {
        each["executionArn"]: [
            event
            for page in states.get_paginator("get_execution_history").paginate(executionArn=each["executionArn"])
            for event in page["events"]
        ]
        for each in states.list_executions(stateMachineArn=machine)["executions"]
    }


def data_stores(restarts: Restarts) -> str:
    """The name of the table."""
    names = client(restarts, "dynamodb").list_tables()["TableNames"]
    return next(str(name) for name in names if "DataStores" in name)


def test_an_old_link_resumes_a_run_whose_history_is_whole(killed: Killed):
    """The run looks as before, and its execution goes on behind the events of before."""
    run, link = killed.runs["asking"], killed.seen["asking"]["wait"]["resume_url"]
    assert run.get() == killed.seen["asking"]
    assert histories(killed.restarts, "asking") == killed.histories

    assert killed.interlude.public.post(link, json={"said": "yes"}).json()["outcome"] == "resumed"

    ended = run.until("succeeded")
    assert returned(ended, "tell")["resume"]["body"] == {"said": "yes"}
    assert returned(ended, "tell")["before"] == ["ask"]
    [(execution, before)] = killed.histories.items()
    whole = histories(killed.restarts, "asking")[execution]
    assert whole[: len(before)] == before
    assert [event["id"] for event in whole] == list(range(1, len(whole) + 1))
    assert whole[-1]["type"] == "ExecutionSucceeded"
    assert killed.interlude.public.post(link).json()["first"] is False


def test_a_step_that_was_under_way_is_called_again(killed: Killed, folder: Path):
    """Once, and the call that has not come back is no failure."""
    until((folder / "call 2").exists, "the second call")
    (folder / "go").touch()

    ended = killed.runs["working"].until("succeeded")

    assert returned(ended, "work") == "done"
    assert len(list(folder.glob("call *"))) == 2


def test_a_delay_whose_time_has_passed_is_over_at_once(killed: Killed):
    """And one whose time has not passed keeps it."""
    assert killed.runs["short"].until("succeeded")["ended_at"] >= killed.seen["short"]["wait"]["until"]
    assert killed.runs["long"].get() == killed.seen["long"]


def test_what_was_stored_is_there_again(killed: Killed):
    """Values that are objects in S3, data stores, mail, the list of runs, hooks, and the answer to a key."""
    assert killed.interlude.hooks == killed.hooks
    kept = killed.runs["keeping"]
    assert kept.get() == killed.seen["keeping"]
    assert exports(kept.get(), "keep")["large"] == "x" * LARGE
    assert killed.interlude.mails()[: len(killed.mails)] == killed.mails != []
    assert client(killed.restarts, "dynamodb").scan(TableName=data_stores(killed.restarts))["Items"] == [ITEM]
    assert killed.interlude.start("keeping", {"bytes": LARGE}, headers=KEY).id == kept.id
    listed = killed.interlude.signed.get("/runs?workflow=asking").json()["runs"]
    assert [each["run_id"] for each in listed] == [each["run_id"] for each in killed.listed["runs"]] != []
    kept.resume(json={})
    kept.until("succeeded")


def test_what_was_answered_in_the_last_moment_is_there(killed: Killed):
    """Each run whose hook has answered comes to its end."""
    assert len(killed.answered) >= 12
    for run in killed.answered:
        run.until("succeeded")


@pytest.mark.proof
def test_a_changed_template_is_taken_up(restarts: Restarts):
    """Runs that wait go on with the code that is there now, and a new workflow runs.

    One that is gone for a while has its runs when it is back: links work meanwhile, and runs rest before the next step.
    """
    interlude = restarts.start(FIRST)
    asking, keeping, clicked = (
        interlude.start(workflow, {"bytes": 10}) for workflow in ("asking", "keeping", "keeping")
    )
    links = [run.links()["resume_url"] for run in (asking, keeping, clicked)]

    without = {name: code for name, code in FIRST.code.items() if name != "keeping"}
    changed = {**without, "asking": {"ask": ASK, "tell": TELL.replace("old", "new")}, "added": {"tell": TELL}}
    second = restarts.restart(replace(FIRST, code=changed))
    assert "template.json has no interlude-keeping: 2 of its runs rest until it is back." in restarts.log
    asking.interlude = keeping.interlude = clicked.interlude = second
    second.public.post(links[0], json={}).raise_for_status()
    assert second.public.post(links[2], json={}).json()["outcome"] == "resumed"

    assert returned(asking.until("succeeded"), "tell")["code"] == "new"
    assert returned(second.start("added", {}).until("succeeded"), "tell")["code"] == "old"
    assert (keeping.get()["status"], clicked.get()["status"]) == ("paused", "running")

    keeping.interlude = clicked.interlude = third = restarts.restart(FIRST)
    third.public.post(links[1], json={}).raise_for_status()
    keeping.until("succeeded")
    clicked.until("succeeded")


@pytest.mark.proof
def test_ctrl_c_ends_no_step_and_fresh_begins_anew(restarts: Restarts, folder: Path):
    """A step that was under way is called again, as after kill -9. --fresh says what it deletes, asks nothing, and no
    old link leads anywhere.
    """
    interlude = restarts.start(FIRST)
    links = interlude.start("asking", {}).links()
    hooks = interlude.hooks
    (folder / "ctrl-c").mkdir()
    run = interlude.start("working", {"folder": str(folder / "ctrl-c")})
    until((folder / "ctrl-c" / "call 1").exists, "the first call")
    restarts.stop()

    run.interlude = restarts.start()
    until((folder / "ctrl-c" / "call 2").exists, "the second call")
    (folder / "ctrl-c" / "go").touch()
    assert returned(run.until("succeeded"), "work") == "done"
    restarts.stop()

    again = restarts.start(None, "--fresh")

    assert f"--fresh deletes {restarts.data}/template.json.us-east-1.db, with its runs" in restarts.log
    assert again.signed.get("/runs").json()["runs"] == []
    assert again.hooks.keys() == hooks.keys()
    assert again.hooks != hooks
    assert again.public.post(links["resume_url"]).status_code == 404
