"""Objects that are renewed: copied onto themselves, so that the bucket's lifecycle rule counts from now."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import moto.s3.models
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from interlude import clock
from interlude.aws import bucket, clients
from interlude.errors import MissingObject

KEYS = {f"runs/run-1/{number}": "application/json" for number in range(20)}
TAR = {"runs/run-1/tmp/ä b": "application/x-tar"}


def now() -> datetime:
    return datetime.fromtimestamp(clock.now_ms() / 1000, UTC)


@pytest.fixture
def s3(as_step: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A bucket whose objects were written two years ago."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        clients._client.cache_clear()
        clients._environment.cache_clear()
        client: Any = boto3.client("s3")
        client.create_bucket(Bucket="payloads")
        with monkeypatch.context() as long_ago:
            then = now().replace(tzinfo=None) - timedelta(days=730)
            long_ago.setattr(moto.s3.models, "utcnow", lambda: then)
            for key, kind in (KEYS | TAR).items():
                bucket.put(key, key.encode(), kind)
        yield client
    clients._client.cache_clear()
    clients._environment.cache_clear()


def age_days(s3: Any, key: str) -> int:
    written: datetime = s3.head_object(Bucket="payloads", Key=key)["LastModified"]
    return (now() - written).days


def test_renewed_objects_are_new_and_the_same(s3: Any):
    """Those that were not named stay as old as they were."""
    some = dict(list(KEYS.items())[:15]) | TAR
    assert {age_days(s3, key) for key in some} == {730}

    bucket.renew(some)

    assert {age_days(s3, key) for key in some} == {0}
    assert {age_days(s3, key) for key in KEYS.keys() - some.keys()} == {730}
    for key, kind in some.items():
        found = s3.get_object(Bucket="payloads", Key=key)
        assert (found["Body"].read(), found["ContentType"]) == (key.encode(), kind)


def test_an_object_that_is_gone_keeps_no_other_from_being_renewed(s3: Any, capsys: pytest.CaptureFixture[str]):
    """It stays gone; the log names it."""
    bucket.renew({"runs/run-1/gone": "application/json", **KEYS})

    assert {age_days(s3, key) for key in KEYS} == {0}
    assert "The object runs/run-1/gone is no longer in the bucket" in capsys.readouterr().out
    with pytest.raises(MissingObject):
        bucket.get("runs/run-1/gone")


def test_trouble_of_s3_is_not_passed_over(s3: Any, monkeypatch: pytest.MonkeyPatch):
    """The turn is repeated; an object that was not renewed would be lost in the end."""

    def refuse(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": "SlowDown", "Message": ""}}, "CopyObject")

    monkeypatch.setattr(clients.client("s3"), "copy_object", refuse)

    with pytest.raises(ClientError):
        bucket.renew(KEYS)


def test_nothing_is_asked_where_nothing_is_to_be_renewed(monkeypatch: pytest.MonkeyPatch):
    """A run may have no objects at all."""
    monkeypatch.setattr(bucket, "client", None)

    bucket.renew({})
