"""Has DynamoDB or S3 refuse requests of the functions, as if the SDK had sent them as often as it does."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from interlude.aws import clients

THROTTLED = "ProvisionedThroughputExceededException"


@contextmanager
def refused(operation: str, code: str = THROTTLED, *, times: int = 1, status: int = 400) -> Iterator[list[str]]:
    """Inside, the first requests of this kind are refused. Yields what was."""
    service = "s3" if operation.endswith("Object") else "dynamodb"
    done: list[str] = []

    def refuse(**_: Any) -> Any:
        if len(done) == times:
            return None
        done.append(operation)
        error = {"Code": code, "Message": "for a test"}
        return SimpleNamespace(status_code=status), {"Error": error, "ResponseMetadata": {"HTTPStatusCode": status}}

    events = clients.client(service).meta.events  # type: ignore[call-overload]
    events.register(f"before-call.{service}.{operation}", refuse)
    try:
        yield done
    finally:
        events.unregister(f"before-call.{service}.{operation}", refuse)
    assert len(done) == times
