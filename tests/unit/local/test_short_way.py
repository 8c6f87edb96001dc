"""local.short_way: a function's requests to the local endpoint succeed and fail as botocore's own would."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError
from botocore.httpsession import URLLib3Session

from local import short_way

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
SESSION = boto3.Session("the-key", "secret", "the-token", region_name="eu-west-1")
ITEM = b'{"Item": {"id": {"S": "1"}}}'


def sized(body: bytes, head: bytes = OK) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


class Endpoint:
    """Answers each request with the next of `answers`. None hangs up, and "hang" sends nothing."""

    def __init__(self) -> None:
        self.answers: list[bytes | str | None] = []
        self.requests: list[str] = []
        self.connections = 0
        self.has_hung_up = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        # Without it a thread that waits for a connection still takes the next one.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as received:
            while head := b"".join(iter(received.readline, b"\r\n")):
                length = sum(int(line[15:]) for line in head.splitlines() if line.lower().startswith(b"content-length"))
                self.requests.append((head + b"\r\n" + received.read(length)).decode())
                answer = self.answers.pop(0)
                if answer is None:
                    break
                if isinstance(answer, bytes):
                    connection.sendall(answer)
                if isinstance(answer, bytes) and b"Connection: close" in answer:
                    break
            connection.shutdown(socket.SHUT_RDWR)
        self.has_hung_up.set()


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for owner, name in ((URLLib3Session, "send"), (SigV4Auth, "add_auth")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    made = Endpoint()
    connections = short_way.install(made.url)
    yield made
    connections.close()
    with suppress(OSError):
        made.close()


@pytest.fixture
def urllib3s(monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint) -> list[str]:
    """The addresses of requests that went botocore's own way."""
    went: list[str] = []
    connections: Callable[..., Any] = URLLib3Session._get_connection_manager

    def noted(self: Any, url: str, *more: Any) -> Any:
        went.append(url)
        return connections(self, url, *more)

    monkeypatch.setattr(URLLib3Session, "_get_connection_manager", noted)
    return went


def client(service: Any, endpoint: Endpoint, **more: Any) -> Any:
    config = Config(retries={"total_max_attempts": 1}, read_timeout=more.pop("read_timeout", 20), **more)
    return SESSION.client(service, endpoint_url=endpoint.url, config=config)


def get(endpoint: Endpoint, **more: Any) -> Any:
    return client("dynamodb", endpoint, **more).get_item(TableName="t", Key={"id": {"S": "1"}})


def test_a_request_says_what_botocore_says_and_whose_key_it_has(endpoint: Endpoint, urllib3s: list[str]):
    endpoint.answers = [sized(ITEM)]
    assert get(endpoint)["Item"] == {"id": {"S": "1"}}

    [request] = endpoint.requests
    head, _, body = request.partition("\r\n\r\n")
    lines = head.splitlines()
    headers = {line.partition(": ")[0].lower(): line.partition(": ")[2] for line in lines[1:]}
    assert lines[0] == "POST / HTTP/1.1"
    assert headers["host"] == endpoint.url.removeprefix("http://")
    assert headers["x-amz-target"] == "DynamoDB_20120810.GetItem"
    assert headers["x-amz-security-token"] == "the-token"
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=the-key/")
    assert "/eu-west-1/dynamodb/aws4_request" in headers["authorization"]
    assert body == '{"TableName": "t", "Key": {"id": {"S": "1"}}}'
    assert urllib3s == []


def test_a_connection_is_used_again_until_one_side_ends_it(endpoint: Endpoint):
    closing = sized(ITEM, OK + b"Connection: close\r\n")
    endpoint.answers = [sized(ITEM), sized(ITEM), closing, sized(ITEM)]
    dynamodb = client("dynamodb", endpoint)
    for _ in range(4):
        dynamodb.get_item(TableName="t", Key={"id": {"S": "1"}})
    assert endpoint.connections == 2


def test_a_connection_that_the_server_has_ended_meanwhile_is_not_used(endpoint: Endpoint):
    dynamodb = client("dynamodb", endpoint)
    endpoint.answers = [sized(ITEM), None]
    dynamodb.get_item(TableName="t", Key={"id": {"S": "1"}})
    # The second request of this connection would never be answered.
    with pytest.raises(ConnectionClosedError):
        dynamodb.get_item(TableName="t", Key={"id": {"S": "1"}})
    assert endpoint.has_hung_up.wait(20)
    endpoint.answers = [sized(ITEM)]
    dynamodb.get_item(TableName="t", Key={"id": {"S": "1"}})


def test_an_error_of_the_service_is_what_the_client_raises(endpoint: Endpoint):
    said = b'{"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "message": "no table"}'
    endpoint.answers = [sized(said, OK.replace(b"200 OK", b"400 Bad Request"))]
    with pytest.raises(ClientError, match="no table") as caught:
        get(endpoint)
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (None, ConnectionClosedError),
        (OK + b"Content-Length: 9\r\nConnection: close\r\n\r\n{", ConnectionClosedError),
        (OK + b"Connection: close\r\n\r\n{}", ConnectionClosedError),
        ("hang", ReadTimeoutError),
    ],
    ids=["nothing", "half a body", "no length", "too late"],
)
def test_what_is_no_answer_is_the_error_that_botocore_retries(endpoint: Endpoint, answer: Any, error: Any):
    endpoint.answers = [answer]
    with pytest.raises(error):
        get(endpoint, read_timeout=0.2 if answer == "hang" else 20)


def test_an_endpoint_that_is_gone_is_said(endpoint: Endpoint):
    endpoint.close()
    with pytest.raises(EndpointConnectionError):
        get(endpoint)


def test_threads_have_connections_of_their_own(endpoint: Endpoint):
    dynamodb = client("dynamodb", endpoint)
    endpoint.answers = [sized(ITEM)] * 40
    threads = [
        threading.Thread(target=lambda: [dynamodb.get_item(TableName="t", Key={"id": {"S": "1"}}) for _ in range(10)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(endpoint.requests), endpoint.answers) == (40, [])


def test_other_services_and_addresses_go_botocores_way(endpoint: Endpoint, urllib3s: list[str]):
    """S3 has bodies that are streams; another address may be anywhere."""
    endpoint.answers = [sized(b"an object", b"HTTP/1.1 200 OK\r\n")]
    assert client("s3", endpoint).get_object(Bucket="b", Key="k")["Body"].read() == b"an object"
    other = Endpoint()
    other.answers = [sized(ITEM)]
    get(other)
    other.close()

    assert [url.startswith(endpoint.url) for url in urllib3s] == [True, False]
    assert "Signature=000" not in "".join(other.requests)
