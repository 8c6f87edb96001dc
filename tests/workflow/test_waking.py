"""A run whose wait was ended goes on, also where the API died before it could wake it; and what is left of old runs."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from interlude import clock
from interlude.aws import clients, executions
from interlude.control import wakeups
from interlude.errors import CannotWake
from interlude.run import payloads, store
from local import moto_differences
from local.moto_differences import engine
from tests.unit.stream_records import expired, removed
from tests.waiting import until
from tests.workflow.world import World


@pytest.fixture(autouse=True)
def nothing_streamed(world: World) -> Iterator[None]:
    """What the tests before have caused is done."""
    moto_differences.all_delivered()
    world.streamed.clear()
    yield
    moto_differences.all_delivered()


class Died(BaseException):
    """What a process that is killed can't catch."""


def die_once(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The next process that wants to wake a run dies; the tokens of all that want it are noted."""
    wake, tokens = executions.wake, []

    def dies(task_token: str, cancel: bool) -> None:
        tokens.append(task_token)
        if len(tokens) == 1:
            raise Died
        wake(task_token, cancel)

    monkeypatch.setattr(executions, "wake", dies)
    return tokens


def claim(world: World, run_id: str, outcome: str = "resumed") -> None:
    """What an API does that dies right after its claim."""
    with world.as_function("interlude-api"):
        won, _ = store.claim(run_id, "0.1", outcome, payloads.put(run_id, '"mine"'))  # type: ignore[arg-type]
    assert won


@pytest.mark.parametrize(("link", "status"), [("resume_url", "succeeded"), ("cancel_url", "cancelled")])
def test_a_click_while_step_functions_is_busy_is_answered_and_the_stream_wakes_the_run(
    world: World, monkeypatch: pytest.MonkeyPatch, link: str, status: str
):
    """The claim is what counts: an error would have its sender click again for nothing."""
    run_id = world.start("asking")
    url = world.paused(run_id)["wait"][link]
    wake, refused = executions.wake, []

    def busy_once(task_token: str, cancel: bool) -> None:
        if not refused:
            refused.append(task_token)
            raise CannotWake("SendTaskSuccess", "ThrottlingException", busy=True)
        wake(task_token, cancel)

    monkeypatch.setattr(executions, "wake", busy_once)

    assert world.open(url).first
    assert world.ended(run_id)["status"] == status
    assert len(refused) == 1


def records(world: World, run_id: str = "") -> list[dict[str, Any]]:
    """What the function was called with, of one run or of all, once nothing is on its way."""
    moto_differences.all_delivered()
    found = [record for event in world.streamed for record in event["Records"]]
    return [record for record in found if run_id in record["dynamodb"]["Keys"]["pk"]["S"]]


def tell(world: World, *changes: dict[str, Any]) -> list[str]:
    """Calls the function with a batch. Returns the sequence numbers of what it says has failed."""
    with world.as_function("interlude-wakeups"):
        answer = wakeups.handle({"Records": list(changes)})
    assert list(answer) == ["batchItemFailures"]
    return [failed["itemIdentifier"] for failed in answer["batchItemFailures"]]


def number(record: dict[str, Any]) -> str:
    return str(record["dynamodb"]["SequenceNumber"])


def test_an_api_that_died_before_it_stopped_the_execution_leaves_that_to_the_stream(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    """A run in a state that no link ends: its execution would stay until the time is up."""
    run_id = world.start("polling", {"delay_ms": 86_400_000})
    world.paused(run_id)

    def dies(execution: str) -> None:
        monkeypatch.undo()
        raise Died

    monkeypatch.setattr(executions, "stop", dies)
    with pytest.raises(Died):
        world.stop(run_id)

    world.until_over(world.execution(run_id))
    assert world.describe(run_id)["status"] == "cancelled"


def test_a_run_that_its_link_cancels_is_not_stopped_as_well(world: World):
    """It ends by itself: the stream tells of the wait only."""
    run_id = world.start("asking")
    world.open(world.paused(run_id)["wait"]["cancel_url"])
    world.ended(run_id)

    assert [each["dynamodb"]["Keys"]["sk"]["S"] for each in records(world, run_id)] == ["WAIT#0.1"]


@pytest.fixture
def broken() -> Iterator[Callable[[str, str], None]]:
    """Makes requests fail: those of an operation whose parameters have some text in them."""
    refused: list[tuple[str, str]] = []

    def refuse(params: dict[str, Any], model: Any, **_: Any) -> None:
        for operation, text in refused:
            if model.name == operation and text in json.dumps(params, default=str):
                raise ConnectionError("AWS can't be reached")

    events = [clients.client(service).meta.events for service in ("stepfunctions", "s3", "dynamodb")]
    for each in events:
        each.register("before-call", refuse)
    yield lambda operation, text: refused.append((operation, text))
    for each in events:
        each.unregister("before-call", refuse)


# ---- Wake-ups ----


@pytest.mark.parametrize(("action", "status"), [("resume", "succeeded"), ("cancel", "cancelled")])
def test_a_run_goes_on_when_the_api_dies_before_it_wakes_it(
    world: World, monkeypatch: pytest.MonkeyPatch, action: str, status: str
):
    """The click is stored, nobody clicks again: the stream wakes the run by the token that the API had."""
    run_id = world.start("asking")
    url = world.paused(run_id)["wait"][f"{action}_url"]
    tokens = die_once(monkeypatch)

    with pytest.raises(Died):
        world.open(url, "mine")

    view = world.ended(run_id)
    moto_differences.all_delivered()
    assert view["status"] == status
    assert view["steps"][0]["exports"].get("$resume_data") == ("mine" if action == "resume" else None)
    assert len(tokens) == 2
    assert len(set(tokens)) == 1


def test_a_rerun_goes_on_when_the_api_dies_before_it_wakes_it(world: World):
    """Its callback is in the next run's context, once."""
    run_id = world.start("calling", {"delay_ms": 86_400_000})
    world.paused(run_id)

    claim(world, run_id)

    view = world.ended(run_id)
    assert (view["status"], view["steps"][0]["runs"]) == ("succeeded", 2)
    assert view["steps"][0]["exports"]["$return_value"]["callback_request"] == "mine"
    assert world.calls_of(run_id, "call") == 2


def test_a_click_wakes_the_run_itself(world: World):
    """Where the function is down, nobody notices."""
    world.streams = False
    run_id = world.start("asking")

    world.open(world.paused(run_id)["wait"]["resume_url"])

    assert world.ended(run_id)["status"] == "succeeded"


def test_a_click_calls_the_function_once(world: World):
    """The price of a wake-up that can't get lost: one invocation for a wait that somebody ends."""
    run_id = world.start("asking")
    world.open(world.paused(run_id)["wait"]["resume_url"])
    world.ended(run_id)

    [record] = records(world, run_id)

    image = record["dynamodb"]["NewImage"]
    assert (image["outcome"], "task_token" in image) == ({"S": "resumed"}, True)


@pytest.mark.parametrize(
    ("workflow", "event"),
    [
        ("plain", None),
        ("delaying", {"delay_ms": 1, "kept": False}),
        ("polling", {"delay_ms": 0}),
        ("asking", {"timeout_ms": 1}),
        ("asking", {"timeout_ms": 1, "on_timeout": "cancel"}),
        ("asking", {"opened_at_once": "resume_url"}),
        ("asking", {"opened_at_once": "cancel_url"}),
    ],
    ids=[
        "no wait",
        "delay",
        "reruns at once",
        "elapsed",
        "elapsed to a cancel",
        "resumed before Park",
        "cancelled before Park",
    ],
)
def test_a_run_that_needs_no_waking_calls_nobody(world: World, workflow: str, event: Any):
    """No wait, a timer that ended it, or a click that was there before the run was parked."""
    run_id = world.start(workflow, event)
    world.ended(run_id)

    assert records(world, run_id) == []


def test_a_batch_that_is_repeated_changes_nothing(world: World):
    """Lambda hands records over at least once: while the run goes on, and after it has ended."""
    run_id = world.start("asking")
    world.open(world.paused(run_id)["wait"]["resume_url"], "mine")
    world.ended(run_id)
    [record] = records(world, run_id)
    before = world.item(run_id)

    assert tell(world, record, record) == []

    assert world.item(run_id) == before
    assert world.calls_of(run_id, "ask") == 1


def test_one_that_fails_keeps_no_other_from_being_woken(world: World, broken: Callable[[str, str], None]):
    """The function names it by its sequence number, and wakes those before and behind it."""
    world.streams = False
    run_ids = [world.start("asking") for _ in range(3)]
    changes = []
    for run_id in run_ids:
        world.paused(run_id)
        claim(world, run_id)
        changes.append(records(world, run_id)[0])
    token = changes[1]["dynamodb"]["NewImage"]["task_token"]["S"]
    broken("SendTaskSuccess", token)

    assert tell(world, *changes) == [number(changes[1])]

    until(lambda: all("ended_at" in world.item(run_id) for run_id in (run_ids[0], run_ids[2])))
    assert world.item(run_ids[1])["status"] == {"S": "paused"}


def test_one_that_failed_is_woken_when_it_comes_again(
    world: World, broken: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
):
    """And the log names the run, but neither its token nor what was sent."""
    run_id = world.start("asking")
    world.paused(run_id)
    token = world.item(run_id, "WAIT#0.1")["task_token"]["S"]
    world.streams = False
    claim(world, run_id)
    [change, *_] = records(world, run_id)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(executions, "wake", _unreachable)
        assert tell(world, change) == [number(change)]
    said = capsys.readouterr().out

    assert tell(world, change) == []

    assert world.ended(run_id)["status"] == "succeeded"
    assert '"message":"could not wake the run: ConnectionError: ' in said
    assert f'"run_id":"{run_id}"' in said
    assert token not in said
    assert "mine" not in said


def _unreachable(task_token: str, cancel: bool) -> None:
    raise ConnectionError("AWS can't be reached")


def test_what_fails_each_time_is_in_the_queue_and_the_run_goes_on_when_its_time_is_up(world: World):
    """The last net: the timer of the wait, whose end finds the click that nobody could tell of."""
    world.streams = False
    run_id = world.start("asking", {"timeout_ms": 2_000})
    world.paused(run_id)
    claim(world, run_id)
    [change, *_] = records(world, run_id)

    view = world.ended(run_id)

    assert (view["status"], view["steps"][0]["exports"]["$resume_data"]) == ("succeeded", "mine")
    dead = [message for message in dead_wakeups() if message["startSequenceNumber"] == number(change)]
    assert [message["batchSize"] for message in dead] == [1]


def dead_wakeups() -> list[dict[str, Any]]:
    sqs: Any = boto3.client("sqs", region_name="us-east-1")
    [url] = [url for url in sqs.list_queues()["QueueUrls"] if "DeadWakeups" in url]
    got: list[Any] = []
    while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        got += [json.loads(message["Body"])["DDBStreamBatchInfo"] for message in batch]
    return got


# ---- What is left of runs that have expired ----


def sort_keys(world: World, run_id: str) -> list[str]:
    pages = world.dynamodb.get_paginator("query").paginate(
        TableName=world.table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"RUN#{run_id}"}},
    )
    return [item["sk"]["S"] for page in pages for item in page["Items"]]


def objects(run_id: str) -> list[str]:
    s3: Any = boto3.client("s3", region_name="us-east-1")
    [bucket] = [each["Name"] for each in s3.list_buckets()["Buckets"]]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"runs/{run_id}/")
    return [found["Key"] for page in pages for found in page.get("Contents", [])]


def delete_own_item(world: World, run_id: str) -> None:
    """What the table's TTL does in its own time."""
    world.dynamodb.delete_item(TableName=world.table, Key={"pk": {"S": f"RUN#{run_id}"}, "sk": {"S": "RUN"}})


def ended_run(world: World) -> str:
    """A run that has all kinds of items, and an object."""
    run_id = world.start("responding", {"text": "x" * 100_000})
    world.ended(run_id)
    with world.as_function("interlude-api"):
        store.claim(run_id, "0.1", "elapsed")
    assert [key.partition("#")[0] for key in sort_keys(world, run_id)] == ["RESPONSE", "RUN", "STEP", "STEP", "WAIT"]
    assert objects(run_id)
    return run_id


def test_what_is_left_of_a_run_that_has_expired_is_deleted(world: World):
    """Steps, waits, the response, and its objects; of this run only, and as often as it is told."""
    run_id, other = ended_run(world), ended_run(world)
    kept = sort_keys(world, other), objects(other)
    delete_own_item(world, run_id)

    assert tell(world, expired(run_id)) == []
    assert (sort_keys(world, run_id), objects(run_id)) == ([], [])

    assert tell(world, expired(run_id), expired(run_id, "223")) == []
    assert (sort_keys(world, other), objects(other)) == kept


def test_a_run_whose_time_is_over_is_deleted_with_its_rest(world: World):
    """The table expires its record, the stream tells who has deleted it, and the function does the rest."""
    if (plugged_in := engine.current()) is None:
        pytest.skip("moto deletes nothing that has expired")
    run_id, other = ended_run(world), ended_run(world)
    kept = sort_keys(world, other), objects(other)
    world.dynamodb.update_item(
        TableName=world.table,
        Key={"pk": {"S": f"RUN#{run_id}"}, "sk": {"S": "RUN"}},
        UpdateExpression="SET expires_at = :past",
        ExpressionAttributeValues={":past": {"N": str(clock.now_ms() // 1000 - 60)}},
    )

    plugged_in.items.expiry.sweep()
    moto_differences.all_delivered()

    assert (sort_keys(world, run_id), objects(run_id)) == ([], [])
    assert (sort_keys(world, other), objects(other)) == kept


@pytest.mark.proof
def test_a_run_with_thousands_of_waits_and_objects_is_deleted_page_by_page(world: World):
    """More than fit a page of a query (1 MB), a write of a batch (25) and a list of objects (1,000)."""
    run_id = ended_run(world)
    with world.as_function("interlude-api"):
        for attempt in range(2, 32):
            store.claim(run_id, f"0.{attempt}", "resumed", payloads.put(run_id, json.dumps("y" * 60_000)))
        for index in range(1_001):
            payloads.bucket.put(f"runs/{run_id}/{index}", b"1", "application/json")
    delete_own_item(world, run_id)

    assert tell(world, expired(run_id)) == []

    assert (sort_keys(world, run_id), objects(run_id)) == ([], [])


def test_a_run_that_somebody_deletes_by_hand_takes_nothing_with_it(world: World):
    """The stream tells who it was."""
    run_id = ended_run(world)
    delete_own_item(world, run_id)

    assert records(world, run_id) == []
    assert tell(world, removed("RUN", run_id=run_id)) == []

    assert len(sort_keys(world, run_id)) == 4
    assert objects(run_id)


def test_a_run_that_has_begun_again_under_the_same_name_keeps_what_it_has(world: World):
    """The name of an execution may be given again after 90 days, and a record may come hours late."""
    run_id = ended_run(world)
    before = sort_keys(world, run_id), objects(run_id)

    assert tell(world, expired(run_id)) == []

    assert (sort_keys(world, run_id), objects(run_id)) == before


def test_nobody_waits_to_be_woken_until_an_old_run_is_deleted(world: World, broken: Callable[[str, str], None]):
    """Of one batch, wake-ups come first; and a deletion that fails comes again."""
    old, run_id = ended_run(world), world.start("asking")
    delete_own_item(world, old)
    world.paused(run_id)
    world.streams = False
    claim(world, run_id)
    [change, *_] = records(world, run_id)
    broken("DeleteObjects", old)

    assert tell(world, expired(old, "1"), change) == ["1"]

    assert world.ended(run_id)["status"] == "succeeded"
    assert objects(old)


def test_an_object_that_s3_leaves_is_a_failure(world: World, monkeypatch: pytest.MonkeyPatch):
    """DeleteObjects answers 200 and names what it could not delete."""
    run_id = ended_run(world)
    delete_own_item(world, run_id)
    s3 = clients.client("s3")
    left = {"Errors": [{"Key": "k", "Code": "InternalError", "Message": ""}]}
    monkeypatch.setattr(s3, "delete_objects", lambda **_: left)

    assert tell(world, expired(run_id, "7")) == ["7"]
    monkeypatch.undo()
    assert tell(world, expired(run_id, "7")) == []
    until(lambda: not objects(run_id))
