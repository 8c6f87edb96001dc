"""The API's entry point: routes, and the one map from errors to answers."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from botocore.exceptions import ClientError, EndpointConnectionError

import answers
import entry
import signatures
from interlude import errors
from interlude.aws import executions, functions
from interlude.control import awaiting, runs, waits, workflows
from interlude.control.awaiting import Heard
from interlude.control.waits import Ended
from interlude.options import Options, Verify
from signatures import CannotVerify, NotSigned
from tests import agents
from tests.unit.http_events import http_event

CONTEXT: Any = SimpleNamespace(
    function_name="interlude-api",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:interlude-api",
    aws_request_id="1",
)
LINK = "/resume/approval-1/0.1/signature"

pytestmark = pytest.mark.usefixtures("as_step")


def answer(**request: Any) -> dict[str, Any]:
    return entry.handler(http_event(**request), CONTEXT)


@pytest.fixture
def link_raises(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes the links end in an error, where they would ask DynamoDB."""

    def set_up(error: Exception) -> None:
        def end(*_: Any) -> Ended:
            raise error

        monkeypatch.setattr(waits, "end", end)
        monkeypatch.setattr(waits, "look", end)

    return set_up


ERRORS = [
    (errors.UnknownLink(), 404),
    (errors.UnknownRun("r"), 404),
    (errors.UnknownWorkflow("w"), 404),
    (errors.UnknownStep("w", "s", ["a", "b"]), 404),
    (errors.WaitTaken("resumed", "2026-11-22T16:00:00.000Z"), 409),
    (errors.RunOver("cancelled", "2026-11-22T16:00:00.000Z"), 410),
    (errors.TooLarge("The request is too large."), 413),
    (errors.NotJson("The request is a set."), 400),
    (errors.BadCall("So not."), 400),
    (errors.KeyReused(), 422),
    (errors.NoTimeBetween("2026-11-02", "2026-11-01"), 422),
    (errors.CannotRetry("This run is running."), 409),
]


@pytest.mark.parametrize(("error", "status"), ERRORS, ids=[type(error).__name__ for error, _ in ERRORS])
def test_each_error_has_its_status_and_its_own_sentence(link_raises: Any, error: Exception, status: int):
    """As JSON for a program, as a page for a browser."""
    link_raises(error)

    program = answer(method="GET", path=LINK)
    browser = answer(method="GET", path=LINK, accept="text/html")

    assert (program["statusCode"], browser["statusCode"]) == (status, status)
    assert json.loads(program["body"]) == {"error": str(error)}
    assert program["headers"]["Content-Type"] == "application/json"
    assert browser["headers"]["Content-Type"] == "text/html"
    assert browser["headers"]["Cache-Control"] == "no-store"


@pytest.mark.parametrize("error", [RuntimeError("secret"), KeyError("TABLE_NAME"), ValueError("secret")], ids=repr)
def test_an_error_of_ours_says_nothing_of_its_inside(
    link_raises: Any, error: Exception, capsys: pytest.CaptureFixture[str]
):
    """500 and one sentence; what it was is in the log."""
    link_raises(error)

    program = answer(method="POST", path=LINK, body="{}")

    assert program["statusCode"] == 500
    assert list(json.loads(program["body"])) == ["error"]
    assert "secret" not in program["body"]
    assert "TABLE_NAME" not in program["body"]
    logged = json.loads(capsys.readouterr().out)
    assert (logged["level"], logged["errorType"]) == ("ERROR", type(error).__name__)
    assert logged["route"] == f"POST {LINK}"


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "ThrottlingException"}}, "StartExecution"),
        ClientError({"Error": {"Code": "ExecutionLimitExceeded"}}, "StartExecution"),
        ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "UpdateItem"),
        ClientError({"Error": {"Code": "SlowDown"}, "ResponseMetadata": {"HTTPStatusCode": 503}}, "PutObject"),
        ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke"),
        EndpointConnectionError(endpoint_url="https://states.eu-central-1.amazonaws.com"),
    ],
    ids=str,
)
def test_where_aws_is_busy_a_client_is_told_to_come_again(
    link_raises: Any, error: Exception, capsys: pytest.CaptureFixture[str]
):
    """503 with Retry-After, as JSON or as a page; what it was is in the log as a warning."""
    link_raises(error)
    sentence = "AWS is too busy to do this right now. Please try again in 10 seconds."

    program = answer(method="POST", path=LINK, body="{}")
    browser = answer(method="POST", path=LINK, accept="text/html")

    assert [(each["statusCode"], each["headers"]["Retry-After"]) for each in (program, browser)] == [(503, "10")] * 2
    assert json.loads(program["body"]) == {"error": sentence}
    assert "<h1>Not possible right now</h1>" in browser["body"]
    assert sentence in browser["body"]
    logged = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (logged["level"], logged["errorType"]) == ("WARNING", type(error).__name__)


@pytest.fixture
def link_works(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The links end their waits; the list has what each was called with."""
    seen: list[Any] = []

    def end(action: str, run_id: str, wait: str, signature: str, read_request: Any, key: str) -> Ended:
        assert key == ""
        seen.append((action, run_id, wait, signature, read_request()))
        outcome: Any = {"resume": "resumed", "cancel": "cancelled"}[action]
        return Ended(run_id, "approval", "ask", outcome, "2026-11-22T16:00:00.000Z", len(seen) == 1)

    monkeypatch.setattr(waits, "end", end)
    return seen


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(("action", "outcome"), [("resume", "resumed"), ("cancel", "cancelled")])
def test_a_link_takes_any_method(link_works: list[Any], method: str, action: str, outcome: str):
    """And hands over the whole request."""
    told = answer(
        method=method, path=f"/{action}/approval-1/0.1/signature", body='{"a":1}', content_type="application/json"
    )

    assert told["statusCode"] == 200
    assert json.loads(told["body"]) | {"message": ""} == {
        "run_id": "approval-1",
        "workflow": "approval",
        "step": "ask",
        "outcome": outcome,
        "at": "2026-11-22T16:00:00.000Z",
        "first": True,
        "message": "",
    }
    [(*parts, request)] = link_works
    assert parts == [action, "approval-1", "0.1", "signature"]
    assert (request["method"], request["body"]) == (method, {"a": 1})


@pytest.mark.parametrize("path", [LINK, LINK.replace("resume", "cancel"), "/hooks/approval/key", "/runs/r/cancel"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n", "\x0b", "\u2028"])
def test_a_line_break_behind_a_path_makes_it_another_one(
    link_works: list[Any], hook_works: list[Any], monkeypatch: pytest.MonkeyPatch, path: str, end: str
):
    """404, and nothing is done."""
    monkeypatch.setattr(waits, "stop", lambda run_id: pytest.fail(f"{run_id} was stopped"))

    assert answer(path=path + end)["statusCode"] == 404
    assert link_works == hook_works == []


def test_a_repeated_click_is_told_so(link_works: list[Any]):
    """200 again, with the time of the first."""
    answer(method="GET", path=LINK)

    again = json.loads(answer(method="GET", path=LINK)["body"])

    assert (again["first"], again["at"]) == (False, "2026-11-22T16:00:00.000Z")
    assert "2026-11-22T16:00:00.000Z" in again["message"]


def test_a_browser_gets_a_page(link_works: list[Any]):
    """It names workflow and step."""
    told = answer(method="POST", path=LINK, accept="text/html,*/*")

    assert told["headers"]["Content-Type"] == "text/html"
    assert "approval" in told["body"]
    assert "ask" in told["body"]


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_looking_at_a_link_ends_nothing(link_works: list[Any], method: str):
    """Mail scanners and browsers ask with these before somebody clicks."""
    told = answer(method=method, path=LINK, accept="text/html")

    assert told["statusCode"] == 405
    assert told["headers"]["Allow"] == "GET, POST, PUT, PATCH, DELETE"
    assert link_works == []


BROWSER = {"accept": "text/html,*/*", "user_agent": "Mozilla/5.0"}
SCANNER = {"accept": "*/*", "user_agent": "Mozilla/5.0"}
PROGRAM = {"accept": "*/*", "user_agent": "curl/8.14.1"}


@pytest.mark.parametrize(
    ("confirm_links", "method", "client", "ends", "status"),
    [
        ("browsers", "GET", BROWSER, False, 200),
        ("browsers", "GET", SCANNER, False, 200),
        ("browsers", "GET", PROGRAM, True, 200),
        ("browsers", "POST", BROWSER, True, 200),
        ("browsers", "PUT", SCANNER, True, 200),
        ("always", "GET", BROWSER, False, 200),
        ("always", "GET", SCANNER, False, 200),
        ("always", "GET", PROGRAM, False, 405),
        ("always", "POST", PROGRAM, True, 200),
        ("never", "GET", BROWSER, True, 200),
        ("never", "GET", PROGRAM, True, 200),
        ("never", "HEAD", BROWSER, False, 405),
    ],
)
@pytest.mark.parametrize("action", ["resume", "cancel"])
def test_who_has_to_confirm(
    link_works: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    action: str,
    confirm_links: str,
    method: str,
    client: dict[str, str],
    ends: bool,
    status: int,
):
    """By the parameter ConfirmLinks, the method, and what the client says that it is. 405 names what to send."""
    monkeypatch.setenv("CONFIRM_LINKS", confirm_links)
    monkeypatch.setattr(waits, "look", lambda *_: waits.Open("approval", "ask", ""))

    told = answer(method=method, path=LINK.replace("resume", action), **client)

    assert (told["statusCode"], len(link_works)) == (status, int(ends))
    assert ("<button" in told["body"]) == (status == 200 and not ends)
    if status == 405:
        get = "" if confirm_links == "always" else "GET, "
        assert told["headers"]["Allow"] == f"{get}POST, PUT, PATCH, DELETE"


@pytest.mark.parametrize("confirm_links", ["browsers", "never"])
@pytest.mark.parametrize("action", ["resume", "cancel"])
def test_a_previewer_looks_and_a_program_acts(
    link_works: list[Any], monkeypatch: pytest.MonkeyPatch, action: str, confirm_links: str
):
    """Whatever ConfirmLinks says. Without the list of names each of them would end the wait."""
    monkeypatch.setenv("CONFIRM_LINKS", confirm_links)
    path = LINK.replace("resume", action)

    previews = [answer(method="GET", path=path, accept="*/*", user_agent=agent) for agent in agents.PREVIEWERS]
    before = len(link_works)
    acted = [answer(method="GET", path=path, accept="*/*", user_agent=agent) for agent in agents.PROGRAMS]

    assert before == 0
    assert all("<button" in preview["body"] and "approval" not in preview["body"] for preview in previews)
    assert [each["statusCode"] for each in acted] == [200] * len(agents.PROGRAMS)
    assert len(link_works) == len(agents.PROGRAMS)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_purpose": "prefetch"},
        {"sec_purpose": "prefetch;prerender"},
        {"sec_purpose": "prefetch;anonymous-client-ip"},
        {"purpose": "prefetch"},
        {"x_purpose": "preview"},
        {"x_moz": "prefetch"},
        {"user_agent": "ExampleCrawler/1.0 (+https://example.com/crawler)"},
    ],
    ids=str,
)
def test_what_is_fetched_ahead_ends_no_wait(
    link_works: list[Any], monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
):
    """The person sees the page when the browser shows it. A robot that sends no Accept is told what to send."""
    monkeypatch.setenv("CONFIRM_LINKS", "never")
    monkeypatch.setattr(waits, "look", lambda *_: waits.Open("approval", "ask", ""))

    browser = answer(method="GET", path=LINK, **{**BROWSER, **headers})
    program = answer(method="GET", path=LINK, **{**PROGRAM, **headers})
    posted = answer(method="POST", path=LINK, **{**PROGRAM, **headers})

    assert (browser["statusCode"], program["statusCode"], posted["statusCode"]) == (200, 405, 200)
    assert "The workflow approval is waiting" in browser["body"]
    assert len(link_works) == 1


@pytest.fixture
def hook_works(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every key is right, and runs are started without Step Functions."""
    started: list[Any] = []

    def start(workflow: str, event: Any, mark: Any) -> str:
        assert mark is None
        started.append((workflow, event))
        return f"{workflow}-1"

    monkeypatch.setattr(workflows, "open_hook", lambda workflow, key: Options())
    monkeypatch.setattr(runs, "start", start)
    return started


@pytest.mark.parametrize(
    ("error", "status"), [(NotSigned("The header X is missing."), 401), (CannotVerify(), 503)], ids=["401", "503"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def test_a_hook_that_asks_for_a_signature_starts_nothing_without_it(
    hook_works: list[Any], monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, method: str
):
    """Whatever the method; nothing is kept, also not under an Idempotency-Key."""
    asked: list[Any] = []

    def refuse(verify: Verify, event: Any) -> None:
        asked.append((verify.scheme, event.http_method))
        raise error

    monkeypatch.setattr(workflows, "open_hook", lambda workflow, key: Options.parse("respond verify=github:ssm:x"))
    monkeypatch.setattr(signatures, "check", refuse)

    told = answer(method=method, path="/hooks/approval/key", body="{}", idempotency_key="k")

    assert (told["statusCode"], json.loads(told["body"])) == (status, {"error": str(error)})
    assert (asked, hook_works) == ([("github", method)], [])


def test_options_that_mean_nothing_are_not_a_stranger_s_to_read(
    hook_works: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """503, so that a sender sends it again; the word is in the log, and no run starts without what it was to mean."""
    monkeypatch.setattr(workflows, "open_hook", lambda workflow, key: Options.parse("verfy=github:ssm:x"))

    told = answer(path="/hooks/approval/key", body="{}")

    assert (told["statusCode"], hook_works) == (503, [])
    assert "verfy" not in told["body"]
    logged = json.loads(capsys.readouterr().out)
    assert (logged["level"], logged["message"][:32]) == ("ERROR", "Options has 'verfy=github:ssm:x'")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def test_a_hook_starts_a_run_with_the_request(hook_works: list[Any], method: str):
    """202 with the run's id and where to ask for it."""
    told = answer(method=method, path="/hooks/approval/key", body='{"a":1}', content_type="application/json")

    assert told["statusCode"] == 202
    assert json.loads(told["body"]) == {
        "run_id": "approval-1",
        "status_url": "https://api.example/runs/approval-1",
    }
    [(workflow, event)] = hook_works
    assert (workflow, event["method"], event["body"], event["raw_body"]) == ("approval", method, {"a": 1}, '{"a":1}')


@pytest.mark.parametrize(("size", "raw_body"), [(65_536, True), (65_537, False), (524_288, False)])
def test_the_body_as_it_was_sent_goes_along_up_to_64_kb_and_further_by_option(
    hook_works: list[Any], monkeypatch: pytest.MonkeyPatch, size: int, raw_body: bool
):
    """The option raw_body goes as far as a body may."""
    body = json.dumps("x" * (size - 2))

    answer(path="/hooks/approval/key", body=body, content_type="application/json")
    monkeypatch.setattr(workflows, "open_hook", lambda workflow, key: Options.parse("raw_body"))
    answer(path="/hooks/approval/key", body=body, content_type="application/json")

    assert [event.get("raw_body") for _, event in hook_works] == [body if raw_body else None, body]


def test_what_follows_a_hook_s_key_is_the_path_that_the_step_sees(hook_works: list[Any]):
    """As if the workflow had a domain of its own."""
    below = ["", "/", "/a%20b/c/", "/a\nb", "/a\n", "/\r\n\u2028/"]
    for path in below:
        assert answer(path=f"/hooks/approval/key{path}")["statusCode"] == 202

    assert [event["path"] for _, event in hook_works] == [path or "/" for path in below]


@pytest.mark.parametrize(
    ("status", "answered"), [("succeeded", 200), ("failed", 500), ("paused", 202), ("asleep", 202)]
)
def test_who_waits_for_a_run_that_does_not_respond_is_told_what_came_of_it(status: Any, answered: int):
    """A status that only a newer release knows is no end."""
    event = APIGatewayProxyEventV2(http_event())

    assert answers.of_hook(event, "r-1", Heard(None, status), None).status_code == answered


@pytest.mark.parametrize(
    ("prefer", "options", "waited_s"),
    [
        ("respond-async, wait=5", "", 5),
        ("respond-async, wait=5", "respond", 5),
        ("wait=5, respond-async", "", 5),
        ("respond-async", "respond", None),
        ("respond-async, wait=0", "respond", None),
        ("", "respond", 25),
        ("", "", None),
    ],
)
def test_how_long_a_caller_waits(
    hook_works: list[Any], monkeypatch: pytest.MonkeyPatch, prefer: str, options: str, waited_s: int | None
):
    """RFC 7240, 4.3: respond-async with wait is a 202 only where the answer takes longer than that."""
    waited: list[float] = []
    monkeypatch.setattr(workflows, "open_hook", lambda workflow, key: Options.parse(options))
    monkeypatch.setattr(awaiting, "response_of", lambda run_id, seconds: waited.append(seconds))

    told = answer(path="/hooks/approval/key", prefer=prefer)

    assert told["statusCode"] == 202
    assert waited == ([] if waited_s is None else [waited_s])


def test_a_browser_may_ask_whether_it_may_start_a_run(hook_works: list[Any]):
    """Nothing is started, and nothing looked up: the answer is the same for every hook."""
    told = answer(method="OPTIONS", path="/hooks/approval/key/rest")

    assert (told["statusCode"], told["headers"]["Access-Control-Allow-Origin"]) == (204, "*")
    assert hook_works == []


def test_a_body_over_the_limit_is_413(hook_works: list[Any]):
    """And starts nothing."""
    told = answer(path="/hooks/approval/key", body="x" * 524_289, content_type="text/plain")

    assert told["statusCode"] == 413
    assert json.loads(told["body"]) == {"error": "The body has 524289 bytes; at most 524288 (512 KB) are allowed."}
    assert hook_works == []


@pytest.mark.usefixtures("one_machine")
def test_a_run_is_started_with_a_json_event(hook_works: list[Any]):
    """Any JSON value; without a body it is an empty object."""
    for body, event in (('{"a":1}', {"a": 1}), ("[1]", [1]), (None, {})):
        told = answer(path="/workflows/approval/runs", body=body)
        assert told["statusCode"] == 202
        assert hook_works[-1] == ("approval", event)


@pytest.mark.usefixtures("one_machine")
def test_an_event_that_is_no_json_is_400(hook_works: list[Any]):
    """With the reason."""
    told = answer(path="/workflows/approval/runs", body="{")

    assert told["statusCode"] == 400
    assert json.loads(told["body"])["error"].startswith("The body is not valid JSON: ")
    assert hook_works == []


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            '{"evnt": 1}',
            "evnt: Extra inputs are not permitted; a test accepts ",
        ),
        ("[]", "the body: "),
        ('{"steps": {"ask": 1}}', "steps.ask: "),
    ],
)
def test_a_test_with_something_else_is_400(body: str, sentence: str):
    """The sentence names the place and what a test accepts."""
    told = answer(path="/workflows/approval/steps/ask/test", body=body)

    assert told["statusCode"] == 400
    assert json.loads(told["body"])["error"].startswith(sentence)


@pytest.fixture
def one_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def machine(name: str) -> executions.Machine:
        if name != "approval":
            raise errors.UnknownWorkflow(name)
        return executions.Machine(name, "ask=arn:1,publish=arn:2", "")

    monkeypatch.setattr(executions, "machine", machine)
    monkeypatch.setattr(workflows, "check", machine)
    monkeypatch.setattr(workflows, "names", lambda: ["approval"])


@pytest.mark.usefixtures("one_machine")
def test_a_test_calls_the_version_of_the_step_that_a_run_would(monkeypatch: pytest.MonkeyPatch):
    """And answers what it answers."""
    called: list[Any] = []
    result = {"status": "succeeded", "message": "", "exports": {"$return_value": 1}, "error": None}

    def test_step(*arguments: Any) -> dict[str, Any]:
        called.append(arguments)
        return result

    monkeypatch.setattr(functions, "test_step", test_step)

    told = answer(path="/workflows/approval/steps/publish/test", body='{"event": 1}')

    assert (told["statusCode"], json.loads(told["body"])) == (200, result)
    assert called == [("arn:2", "approval", "publish", {"event": 1, "steps": {}, "inputs": {}})]


@pytest.mark.usefixtures("one_machine")
def test_a_test_of_a_step_that_there_is_not_is_404():
    """The sentence names those that there are."""
    told = answer(path="/workflows/approval/steps/ship/test")

    assert told["statusCode"] == 404
    assert json.loads(told["body"])["error"].endswith("its steps are ask, publish.")


@pytest.mark.usefixtures("one_machine")
@pytest.mark.parametrize(
    ("query", "status", "place"),
    [
        ("limit=0", 422, "limit"),
        ("limit=101", 422, "limit"),
        ("limit=x", 422, "limit"),
        ("status=asleep", 422, "status"),
        ("cursor=abc", 400, "cursor"),
        ("workflow=none", 404, "none"),
    ],
)
def test_a_list_of_runs_refuses_what_it_does_not_take(query: str, status: int, place: str):
    """In one sentence that names the parameter."""
    told = answer(method="GET", path="/runs", query=query)

    assert told["statusCode"] == status
    assert place in json.loads(told["body"])["error"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("GET", "/nothing"), ("DELETE", "/runs"), ("POST", "/resume/a/b")]
)
def test_a_route_that_there_is_not_is_404(method: str, path: str):
    """The sentence names method and path."""
    told = answer(method=method, path=path)

    assert told["statusCode"] == 404
    assert json.loads(told["body"]) == {"error": f"{method} {path!r} does not exist."}
