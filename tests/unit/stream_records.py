"""Changes of the table of the runs, as Lambda hands the records of a stream to a function."""

import copy
from typing import Any

RUN_ID = "approval-01a2042e9d7c-dd072481e1ca7708"

STREAM = "arn:aws:dynamodb:eu-central-1:123456789012:table/interlude-Runs-1A2B/stream/2026-11-22T16:00:00.000"

TTL = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}

WAIT = {
    "pk": {"S": f"RUN#{RUN_ID}"},
    "sk": {"S": "WAIT#0.1"},
    "task_token": {"S": "AQCEAAAAKgAAAAM"},
    "outcome": {"S": "resumed"},
    "outcome_at": {"S": "2026-11-22T16:14:00.123Z"},
    "callback": {"M": {"text": {"S": '{"method":"POST","body":"yes"}'}}},
    "expires_at": {"N": "1832700000"},
}


def record(number: str, name: str, image: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    """A record of the stream; `more` is beside its `dynamodb`."""
    keys = {"pk": (image or WAIT)["pk"], "sk": (image or WAIT)["sk"]}
    return {
        "eventID": "c4ca4238a0b923820dcc509a6f75849b",
        "eventName": name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-central-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1795364040.0,
            "Keys": keys,
            **({"NewImage": copy.deepcopy(image)} if image and name != "REMOVE" else {}),
            "SequenceNumber": number,
            "SizeBytes": 412,
            "StreamViewType": "NEW_IMAGE",
        },
        "eventSourceARN": STREAM,
        **more,
    }


def ended_wait(number: str = "111", **changes: Any) -> dict[str, Any]:
    """A wait that somebody has just ended; `changes` are attributes, and None leaves one out."""
    image = {name: value for name, value in {**WAIT, **changes}.items() if value}
    return record(number, "MODIFY", image)


def stopped() -> dict[str, Any]:
    """A run that somebody has cancelled through the API."""
    image = {"sk": {"S": "RUN"}, "status": {"S": "cancelled"}, "stopped": {"BOOL": True}}
    return record("333", "MODIFY", {"pk": {"S": f"RUN#{RUN_ID}"}, **image})


def retried() -> dict[str, Any]:
    """The item that a retry leaves."""
    image = {"sk": {"S": "RETRY#3"}, "retried_at": {"S": "2026-11-22T16:14:00.123Z"}, "expires_at": {"N": "1832700000"}}
    return record("444", "INSERT", {"pk": {"S": f"RUN#{RUN_ID}"}, **image})


def removed(sort_key: str = "RUN", number: str = "222", run_id: str = RUN_ID, **more: Any) -> dict[str, Any]:
    """An item that is gone: by the table's TTL, if `userIdentity` says so."""
    return record(number, "REMOVE", {"pk": {"S": f"RUN#{run_id}"}, "sk": {"S": sort_key}}, **more)


def expired(run_id: str = RUN_ID, number: str = "222") -> dict[str, Any]:
    """A run's own item, which the table's TTL has deleted."""
    return removed("RUN", number, run_id, userIdentity=TTL)
