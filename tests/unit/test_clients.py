"""What AWS clients are made of: the environment as it was before a step's code could change it."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from interlude.aws import clients

SERVICES = ("s3", "sesv2", "secretsmanager", "ssm")
"""Those that a step makes when it first needs them."""


@pytest.fixture(autouse=True)
def function(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that has made no client yet, in us-east-1, without the developer's settings."""
    import os

    for name in os.environ:
        if name.upper().startswith(("AWS_", "HTTP", "NO_PROXY", "ALL_PROXY", "REQUESTS_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "the-function-s")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the-function-s")
    for cached in (clients._client, clients._environment):
        cached.cache_clear()
    yield
    for cached in (clients._client, clients._environment):
        cached.cache_clear()


def described(service: str) -> dict[str, Any]:
    """Where a client sends what, by which way, and in whose name."""
    client = clients.client(service)  # type: ignore[call-overload]
    session = client._endpoint.http_session
    return {
        "endpoint": client.meta.endpoint_url,
        "region": client.meta.region_name,
        "key": client._request_signer._credentials.access_key,
        "proxies": {**session._proxy_config._proxies},
        "verify": session._verify,
        "retries": client.meta.config.retries,
        "dual": client.meta.config.use_dualstack_endpoint,
    }


@cache
def undisturbed() -> dict[str, Any]:
    return {service: described(service) for service in SERVICES}


@pytest.mark.parametrize(
    "changes",
    [
        {"AWS_ENDPOINT_URL": "http://foreign.example"},
        {f"AWS_ENDPOINT_URL_{name}": "http://foreign.example" for name in ("S3", "SESV2", "SECRETS_MANAGER", "SSM")},
        {"AWS_ACCESS_KEY_ID": "foreign", "AWS_SECRET_ACCESS_KEY": "foreign", "AWS_SESSION_TOKEN": "foreign"},
        {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "eu-west-1"},
        {"HTTPS_PROXY": "http://foreign.example", "HTTP_PROXY": "http://foreign.example"},
        {"https_proxy": "http://foreign.example", "all_proxy": "http://foreign.example"},
        {"AWS_CA_BUNDLE": "/tmp/foreign.pem"},
        {"REQUESTS_CA_BUNDLE": "/tmp/foreign.pem"},
        {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
        {"AWS_USE_FIPS_ENDPOINT": "true"},
        {"AWS_PROFILE": "foreign"},
        {"AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere", "AWS_DATA_PATH": "/nowhere"},
        {"AWS_DEFAULTS_MODE": "no such mode"},
        {"AWS_MAX_ATTEMPTS": "one"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_a_step_sets_is_nothing_to_our_clients(changes: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    """Also for those that are made after that: S3's is not needed in most runs, and takes its time."""
    expected = undisturbed()
    for cached in (clients._client, clients._environment):
        cached.cache_clear()

    clients.client("dynamodb")
    for name, value in changes.items():
        monkeypatch.setenv(name, value)

    assert {service: described(service) for service in SERVICES} == expected
    assert expected["s3"]["endpoint"] == "https://s3.amazonaws.com"
    assert expected["s3"]["proxies"] == {}


def test_what_the_function_has_counts(monkeypatch: pytest.MonkeyPatch):
    """An endpoint of its own, or a proxy where the function is in a network without another way, but for some hosts."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://own.example")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "https://secrets.example")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    monkeypatch.setenv("NO_PROXY", "own.example")

    assert [described(service)["endpoint"] for service in SERVICES] == [
        "http://own.example", "http://own.example", "https://secrets.example", "http://own.example"
    ]  # fmt: skip
    assert described("s3")["proxies"] == {}
    assert described("secretsmanager")["proxies"]["https"] == "http://proxy.example"


def test_endpoints_can_be_switched_off(monkeypatch: pytest.MonkeyPatch):
    """As in all of AWS's SDKs."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://own.example")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")

    assert described("s3")["endpoint"] == "https://s3.amazonaws.com"


@pytest.mark.parametrize("service", ["dynamodb", "s3", "sesv2", "stepfunctions", "lambda", "secretsmanager", "ssm"])
def test_each_service_has_the_variable_that_aws_says(service: str, monkeypatch: pytest.MonkeyPatch):
    """AWS_ENDPOINT_URL_ and the service's id, in capitals and with _ for blanks."""
    client = clients.client(service)  # type: ignore[call-overload]
    name = client.meta.service_model.service_id.replace(" ", "_").upper()
    monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", "http://own.example")

    for cached in (clients._client, clients._environment):
        cached.cache_clear()

    assert described(service)["endpoint"] == "http://own.example"


def test_credentials_that_are_fetched_again_are_fetched_with_the_function_s_token(monkeypatch: pytest.MonkeyPatch):
    """Those of a function with SnapStart come from a server of Lambda's, and expire."""
    tokens: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            tokens.append(self.headers.get("Authorization"))
            soon = datetime.now(UTC) + timedelta(seconds=5)  # noqa: TID251  # by botocore's clock
            expires = soon.strftime("%Y-%m-%dT%H:%M:%SZ")
            keys = {"AccessKeyId": f"key-{len(tokens)}", "SecretAccessKey": "s", "Token": "t", "Expiration": expires}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(keys).encode())

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"http://127.0.0.1:{server.server_port}/")
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "own")
        client = clients.client("dynamodb")
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "foreign")
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/")

        # They are about to expire, so that they are fetched again whenever they are used.
        key = client._request_signer._credentials.get_frozen_credentials().access_key  # type: ignore[attr-defined]
        server.shutdown()

    assert key == f"key-{len(tokens)}"
    assert len(tokens) >= 2
    assert set(tokens) == {"own"}
