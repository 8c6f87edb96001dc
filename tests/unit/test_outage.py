"""Trouble of DynamoDB and S3 in a turn: what passes by, how long a turn tries to store its result, and what it says."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    NoCredentialsError,
    ReadTimeoutError,
)

from interlude import clock
from interlude.errors import InterludeStoreUnavailable, RunOver
from interlude.turns import outage


def refusal(code: str, status: int = 400, operation: str = "PutItem", reasons: tuple[str, ...] = ()) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    if reasons:
        answer["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(answer, operation)


TRANSIENT = [
    refusal("ProvisionedThroughputExceededException"),
    refusal("ThrottlingException"),
    refusal("RequestLimitExceeded"),
    refusal("InternalServerError", 500),
    refusal("InternalError", 500, "CopyObject"),
    refusal("SlowDown", 503, "GetObject"),
    refusal("RequestTimeout", 400, "PutObject"),
    refusal("503", 503, "HeadObject"),
    refusal("TransactionConflictException"),
    refusal("TransactionInProgressException"),
    refusal("TransactionCanceledException", reasons=("None", "TransactionConflict")),
    refusal("TransactionCanceledException", reasons=("ThrottlingError", "ProvisionedThroughputExceeded")),
    ReadTimeoutError(endpoint_url="https://dynamodb"),
    ConnectTimeoutError(endpoint_url="https://dynamodb"),
    EndpointConnectionError(endpoint_url="https://dynamodb"),
    IncompleteReadError(actual_bytes=1, expected_bytes=2),
    TimeoutError("DynamoDB left some keys unread"),
]

LASTING = [
    refusal("AccessDeniedException"),
    refusal("AccessDenied", 403, "GetObject"),
    refusal("NoSuchKey", 404, "GetObject"),
    refusal("ResourceNotFoundException"),
    refusal("ValidationException"),
    refusal("ItemCollectionSizeLimitExceededException"),
    refusal("UnrecognizedClientException"),
    refusal("TransactionCanceledException", reasons=("ValidationError", "TransactionConflict")),
    refusal("TransactionCanceledException", reasons=("ItemCollectionSizeLimitExceeded", "None")),
    NoCredentialsError(),
    RunOver("failed", "2026-11-22T16:00:00.000Z"),
    ValueError("of the step"),
]


@pytest.mark.parametrize("error", TRANSIENT, ids=str)
def test_this_trouble_passes_by(error: Exception):
    """The request was right, so that it is worth to send it again."""
    with (
        pytest.raises(InterludeStoreUnavailable, match=r"can't be read or written at the moment \(.+\)\.$"),
        outage.reported(),
    ):
        raise error


@pytest.mark.parametrize("error", LASTING, ids=str)
def test_this_would_be_refused_again(error: Exception):
    """It leaves the turn as it is."""
    with pytest.raises(type(error)) as raised, outage.reported():
        raise error
    assert raised.value is error


def test_the_sentence_names_the_operation_and_the_code_and_nothing_of_what_was_sent():
    """It is in the log, and in the record of a run that fails of it."""
    with pytest.raises(InterludeStoreUnavailable) as raised, outage.reported():
        raise refusal("ThrottlingException", operation="UpdateItem")

    assert str(raised.value) == (
        "The run's data can't be read or written at the moment (UpdateItem: ThrottlingException)."
    )


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that only sleep, and an attempt itself, move. `left_ms` is what the function has."""
    now = SimpleNamespace(ms=0.0, left_ms=60_000.0, slept=[])

    def sleep(seconds: float) -> None:
        now.slept.append(seconds)
        now.ms += seconds * 1000

    monkeypatch.setattr(clock, "elapsed_ms", lambda since=0.0: now.ms - since)
    monkeypatch.setattr(outage.time, "sleep", sleep)
    now.time_left_ms = lambda: now.left_ms - now.ms
    return now


class Table:
    """Refuses to store so often, each time after so many ms."""

    def __init__(self, time: SimpleNamespace, refusals: int, takes_ms: float = 100) -> None:
        self._time, self._refusals, self._takes_ms = time, refusals, takes_ms
        self.asked = 0

    def store(self) -> str:
        self.asked += 1
        self._time.ms += self._takes_ms
        if self.asked <= self._refusals:
            raise refusal("ThrottlingException")
        return "stored"


def test_a_result_is_stored_when_the_trouble_is_over(time: SimpleNamespace, capsys: pytest.CaptureFixture[str]):
    """Within the same invocation, with growing pauses, and a line of the log for each."""
    table = Table(time, refusals=5)

    assert outage.stored(table.store, time.time_left_ms) == "stored"

    assert table.asked == 6
    for slept, longest in zip(time.slept, [0.5, 1, 2, 4, 5], strict=True):
        assert longest / 2 <= slept <= longest
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert all('"WARNING"' in line and "can't be stored yet (PutItem: ThrottlingException)." in line for line in lines)


def test_a_turn_leaves_while_it_still_has_the_time_to(time: SimpleNamespace, capsys: pytest.CaptureFixture[str]):
    """What it raises then is repeated by Run step; a function that Lambda ends is not."""
    table = Table(time, refusals=1_000)

    with pytest.raises(ClientError):
        outage.stored(table.store, time.time_left_ms)

    assert table.asked > 10
    assert outage.MARGIN_MS < time.time_left_ms() < outage.MARGIN_MS + outage.LONGEST_PAUSE_MS + 200
    last = capsys.readouterr().out.splitlines()[-1]
    assert '"ERROR"' in last
    assert "its code will run again" in last


def test_an_attempt_is_not_begun_that_may_take_longer_than_there_is_time(time: SimpleNamespace):
    """One that hung for 20 s may hang again: of 60 s there are 20 after the second one, and a third would not fit."""
    table = Table(time, refusals=1_000, takes_ms=20_000)

    with pytest.raises(ClientError):
        outage.stored(table.store, time.time_left_ms)

    assert table.asked == 2


def test_what_would_be_refused_again_is_not_tried_again(time: SimpleNamespace):
    """Nor does it take the time."""
    asked = []

    def store() -> None:
        asked.append(1)
        raise refusal("ValidationException")

    with pytest.raises(ClientError):
        outage.stored(store, time.time_left_ms)

    assert (len(asked), time.slept) == (1, [])


def test_the_step_s_code_keeps_half_of_the_time(time: SimpleNamespace, capsys: pytest.CaptureFixture[str]):
    """What it has asked for is tried again for the other half, less what the function needs to leave."""
    table = Table(time, refusals=1_000)

    with pytest.raises(ClientError):
        outage.within_the_code(table.store, time.time_left_ms, "The earlier steps can't be read")

    assert 30_000 < time.time_left_ms() < 30_000 + outage.MARGIN_MS + outage.LONGEST_PAUSE_MS + 200
    last = capsys.readouterr().out.splitlines()[-1]
    assert "The earlier steps can't be read (PutItem: ThrottlingException): the step's code gets the error." in last
