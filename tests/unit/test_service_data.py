"""What clients are made of: the layer's part of botocore's descriptions of AWS."""

import runpy
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.loaders import Loader

from interlude.aws import clients, loader

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")


def session(data: Loader | None = None) -> Any:
    made: Any = botocore.session.Session()
    if data:
        made.register_component("data_loader", data)
    return made


def test_the_folder_is_what_is_written_from_this_botocore():
    """Another botocore, or a request that is new here: `make service-data`."""
    files = runpy.run_path(str(ROOT / "layers" / "service_data.py"))["files"]()

    assert {
        path.relative_to(loader.DATA).as_posix(): path.read_text(encoding="utf-8")
        for path in loader.DATA.rglob("*.json")
    } == files  # fmt: skip


CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "dynamodb": ("query", {"TableName": "t", "KeyConditionExpression": "pk = :pk"}),
    "lambda": ("invoke", {"FunctionName": "f", "Payload": b"{}"}),
    "s3": ("put_object", {"Bucket": "b", "Key": "runs/k", "Body": b"x"}),
    "secretsmanager": ("get_secret_value", {"SecretId": "s"}),
    "sesv2": ("send_email", {"Content": {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}}}),
    "ssm": ("get_parameter", {"Name": "p"}),
    "stepfunctions": ("start_execution", {"stateMachineArn": "arn:aws:states:r:1:stateMachine:m", "input": "{}"}),
}


class Sent(Exception):
    """Nothing leaves this machine."""


def sent(client: Any, service: str) -> dict[str, Any]:
    """A request as it leaves: where to, what it holds, and what it is signed for."""
    requests = []

    def keep(request: Any, **_: Any) -> None:
        requests.append(request)
        raise Sent

    client.meta.events.register("before-send", keep)
    operation, arguments = CALLS[service]
    with pytest.raises(Sent):
        getattr(client, operation)(**arguments)
    headers = {name: value if isinstance(value, str) else value.decode() for name, value in requests[0].headers.items()}
    body = requests[0].body
    signed_for = headers.pop("Authorization").split("/", 2)[2].partition(",")[0]
    changing = {"X-Amz-Date", "amz-sdk-invocation-id", "User-Agent"}
    return {
        "url": requests[0].url,
        "body": body.read() if hasattr(body, "read") else body,
        "signed_for": signed_for,
        "headers": {name: value for name, value in headers.items() if name not in changing},
        "endpoint": client.meta.endpoint_url,
    }


@pytest.mark.parametrize(
    "region",
    [
        "cn-north-1",
        *(pytest.param(name, marks=pytest.mark.proof) for name in ("us-east-1", "eu-central-1", "us-gov-west-1")),
        "xx-future-9",
    ],
)
def test_a_client_sends_the_same_to_the_same_place(region: str):
    """As one that has read all of botocore's data, also in a region that is newer than both."""
    theirs, ours = session(), session(loader.ServiceData())

    for service in CALLS:
        full = sent(theirs.create_client(service, region_name=region), service)
        assert sent(ours.create_client(service, region_name=region), service) == full


def test_what_is_not_in_the_folder_is_read_from_botocore():
    """So that only a service which is called often needs a part there."""
    client = session(loader.ServiceData()).create_client("sqs", region_name="us-east-1")

    assert client.meta.endpoint_url == "https://sqs.us-east-1.amazonaws.com"
    assert "SendMessage" in client.meta.service_model.operation_names


def test_clients_read_the_folder(monkeypatch: pytest.MonkeyPatch):
    """A list of operations that is shorter than AWS's shows it."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for cached in (clients._client, clients._environment):
        cached.cache_clear()

    operations = {service: clients.client(service).meta.service_model.operation_names for service in CALLS}  # type: ignore[call-overload]

    for cached in (clients._client, clients._environment):
        cached.cache_clear()
    assert operations["ssm"] == ["GetParameter"]
    assert max(map(len, operations.values())) < 10
