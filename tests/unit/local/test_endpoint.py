"""local.endpoint answers AWS's clients: by the engine what it knows, by moto all else, and strangers not at all."""

import io
import json
import os
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest
from moto.moto_api._internal.models import moto_api_backend

from local import server
from local.engine.requests import Answer
from local.environment import no_proxy

SIZE = 2_000_000


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in no_proxy().items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def asked() -> list[tuple[str, bytes]]:
    """What the engine was asked, each with the header that names the operation."""
    return []


@pytest.fixture
def url(asked: list[tuple[str, bytes]]) -> Iterator[str]:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    from local.endpoint import Endpoint

    def engine(headers: Mapping[str, str], body: bytes) -> Answer | None:
        asked.append((headers.get("X-Amz-Target", ""), body))
        if "DynamoDB" not in headers.get("X-Amz-Target", ""):
            return None
        return Answer(200, {"Content-Type": "application/x-amz-json-1.0"}, b'{"Item": {"id": {"S": "engine"}}}')

    with server._event_loop() as loop, server._listen(0) as listener:
        port = listener.getsockname()[1]
        endpoint = Endpoint(engine, DomainDispatcherApplication(create_backend_app), port)
        with server._serving(loop, listener, endpoint):
            yield f"http://127.0.0.1:{port}"
    moto_api_backend.reset()


def client(service: Any, url: str) -> Any:
    return boto3.Session("a", "b", region_name="us-east-1").client(service, endpoint_url=url)


def test_the_engine_answers_first(url: str, asked: list[tuple[str, bytes]]) -> None:
    """It finds headers as AWS's clients write them, whatever moto would have said."""
    found = client("dynamodb", url).get_item(TableName="none", Key={"id": {"S": "1"}})
    assert found["Item"] == {"id": {"S": "engine"}}
    [(target, body)] = asked
    assert target == "DynamoDB_20120810.GetItem"
    assert json.loads(body) == {"TableName": "none", "Key": {"id": {"S": "1"}}}


def test_objects_go_to_moto_and_come_back_as_they_were(url: str) -> None:
    """Keys with all that an address can have, metadata with underscores, bodies from a stream."""
    s3 = client("s3", url)
    s3.create_bucket(Bucket="objects")
    content = os.urandom(SIZE)
    for key in ("a/b c/ü%2F+=?&", "plain"):
        s3.put_object(Bucket="objects", Key=key, Body=io.BytesIO(content), Metadata={"my_key": "1", "your-key": "2"})
        got = s3.get_object(Bucket="objects", Key=key)
        assert got["Body"].read() == content
        assert got["Metadata"] == {"my_key": "1", "your-key": "2"}
        assert s3.head_object(Bucket="objects", Key=key)["ContentLength"] == SIZE
    assert sorted(each["Key"] for each in s3.list_objects_v2(Bucket="objects")["Contents"]) == [
        "a/b c/ü%2F+=?&",
        "plain",
    ]


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
def test_other_sites_reach_neither(url: str, asked: list[tuple[str, bytes]], headers: dict[str, str]) -> None:
    """They could read every task token."""
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(url, data=b"{}", headers={"X-Amz-Target": "DynamoDB_20120810.Scan", **headers}))  # noqa: S310
    assert refused.value.code == 403
    assert asked == []
    refused.value.close()
