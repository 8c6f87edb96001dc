"""Whoever may read the logs does not so get a link, a hook, a task token or an Idempotency-Key."""

import json
import logging
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSResponse

import entry
from interlude.aws import clients
from local import moto_differences
from tests.unit.http_events import http_event
from tests.waiting import until
from tests.workflow.world import World

CONTEXT: Any = SimpleNamespace(
    function_name="interlude-api", memory_limit_in_mb=512, invoked_function_arn="arn", aws_request_id="1"
)
KEY = "0f6d2c1e-a-key-of-a-sender"


@pytest.fixture
def logged(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """All that was printed and logged so far, with every logger at DEBUG that has no level of its own."""
    caplog.set_level(logging.DEBUG)
    seen: list[str] = []

    def look() -> str:
        printed = capfd.readouterr()
        # What moto logs would be inside of AWS.
        ours = [record for record in caplog.records if not record.name.startswith("moto")]
        seen.extend([printed.out, printed.err, *(caplog.handler.format(record) for record in ours)])
        caplog.clear()
        return "\n".join(seen)

    return look


ROUTES = {
    "workflows": "GET /workflows",
    "hooks": "ANY /hooks/{workflow}/{key}",
    "resume": "ANY /resume/{run_id}/{wait}/{signature}",
    "cancel": "ANY /cancel/{run_id}/{wait}/{signature}",
    "runs": "GET /runs/{run_id}",
}
"""As API Gateway names them: with what the template says, never with the request's own path."""


def ask(world: World, method: str, path: str, **request: Any) -> dict[str, Any]:
    """What the API's function answers."""
    event = http_event(method=method, path=path, **request) | {"routeKey": ROUTES[path.split("/")[1]]}
    with world.as_function("interlude-api"):
        return dict(entry.handler(event, CONTEXT))


@pytest.fixture
def refused(world: World) -> Iterator[list[str]]:
    """Step Functions takes no token, and quotes each in its message, as its validation does."""
    quoted: list[str] = []

    def refuse(params: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]]:
        quoted.append(json.loads(params["body"])["taskToken"])
        error = {"Code": "ValidationException", "Message": f"Value '{quoted[-1]}' at 'taskToken' is not allowed"}
        return AWSResponse("", 400, {}, None), {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}}

    events = clients.client("stepfunctions").meta.events
    events.register_first("before-call.stepfunctions.SendTaskSuccess", refuse)
    yield quoted
    events.unregister("before-call.stepfunctions.SendTaskSuccess", refuse)


@pytest.mark.usefixtures("refused")
def test_no_log_tells_a_secret(world: World, logged: Callable[[], str], refused: list[str]) -> None:
    """Of the hook, both links, their key, the token, the sender's key; also where AWS refuses what quotes the token."""
    hooks = {
        each["name"]: each["hook_url"] for each in json.loads(ask(world, "GET", "/workflows")["body"])["workflows"]
    }
    hook = urlsplit(hooks["asking"]).path
    started = ask(world, "POST", hook, body="{}", idempotency_key=KEY)
    run_id = json.loads(started["body"])["run_id"]
    wait = world.paused(run_id)["wait"]
    resume, cancel = (urlsplit(wait[name]).path for name in ("resume_url", "cancel_url"))
    secrets = {
        "the hook's key": hook.rpartition("/")[2],
        "the resume link": resume.rpartition("/")[2],
        "the cancel link": cancel.rpartition("/")[2],
        "the run's key": world.item(run_id)["url_key"]["S"],
        "the task token": world.item(run_id, "WAIT#0.1")["task_token"]["S"],
        "the sender's key": KEY,
    }

    statuses = [
        ask(world, "POST", f"{hook}x")["statusCode"],
        ask(world, "POST", hook, idempotency_key=f"{KEY}{'x' * 300}")["statusCode"],
        ask(world, "GET", f"/runs/{run_id}")["statusCode"],
        ask(world, "HEAD", resume)["statusCode"],
        ask(world, "GET", resume, accept="text/html")["statusCode"],
        ask(world, "GET", f"{cancel}x")["statusCode"],
        ask(world, "POST", f"{cancel}/")["statusCode"],
        ask(world, "POST", resume, idempotency_key=KEY)["statusCode"],
        ask(world, "POST", cancel)["statusCode"],
    ]
    until(lambda: "could not wake the run" in logged())
    moto_differences.all_delivered()

    assert statuses == [404, 400, 200, 405, 200, 404, 404, 500, 409]
    assert set(refused) == {secrets["the task token"]}
    text = logged()
    assert '"errorType":"CannotWake"' in text
    assert "SendTaskSuccess was refused: ValidationException." in text
    assert [name for name, secret in secrets.items() if secret in text] == []
