"""What people send arrives: JSON, forms, files, text and binary, in the trigger event and in $resume_data."""

import base64
import hashlib
import random
from typing import Any

import pytest

from .client import Interlude, Run, exports, returned, step

KB = 1024
LIMIT = 512 * KB
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452") + bytes(range(256))

# What is sent (as httpx takes it), and the part of the request that it becomes.
BODIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "JSON object": ({"json": {"a": [1, 2.5, None, "ü"]}}, {"body": {"a": [1, 2.5, None, "ü"]}}),
    "JSON text": ({"json": "hello"}, {"body": "hello"}),
    "JSON number": ({"json": 0}, {"body": 0}),
    "JSON with a charset": (
        {"content": b'{"a": 1}', "headers": {"Content-Type": "application/json; charset=utf-8"}},
        {"body": {"a": 1}},
    ),
    "vendor JSON": ({"content": b'{"a": 1}', "headers": {"Content-Type": "application/vnd.x+json"}},
                    {"body": {"a": 1}}),
    "broken JSON": ({"content": b'{"a": ', "headers": {"Content-Type": "application/json"}}, {"body": '{"a": '}),
    "form": ({"data": {"name": "Ada", "tag": ["a", "b"], "empty": ""}},
             {"body": {"name": "Ada", "tag": ["a", "b"], "empty": ""}}),
    "form with umlauts": ({"data": {"ü": "ä & ö"}}, {"body": {"ü": "ä & ö"}}),
    "text": ({"content": "Grüße ✓\n", "headers": {"Content-Type": "text/plain; charset=utf-8"}},
             {"body": "Grüße ✓\n"}),
    "text in Latin-1": ({"content": "Grüße".encode("latin-1"),
                         "headers": {"Content-Type": "text/plain; charset=iso-8859-1"}}, {"body": "Grüße"}),
    "XML": ({"content": "<a>ü</a>", "headers": {"Content-Type": "application/xml"}}, {"body": "<a>ü</a>"}),
    "text without a type": ({"content": b"just so"}, {"body": "just so"}),
    "binary": ({"content": PNG, "headers": {"Content-Type": "image/png"}},
               {"body": base64.b64encode(PNG).decode(), "is_base64_encoded": True}),
    "binary without a type": ({"content": b"\xff\xfe\x00\x01"},
                              {"body": base64.b64encode(b"\xff\xfe\x00\x01").decode(), "is_base64_encoded": True}),
    "binary that says it is text": ({"content": b"\xff\xfe", "headers": {"Content-Type": "text/plain"}},
                                    {"body": base64.b64encode(b"\xff\xfe").decode(), "is_base64_encoded": True}),
    "multipart": (
        {"data": {"name": "Ada"}, "files": {"photo": ("me.png", PNG, "image/png")}},
        {"body": {"name": "Ada", "photo": {"filename": "me.png", "content_type": "image/png",
                                           "content": base64.b64encode(PNG).decode()}}},
    ),
}  # fmt: skip


@pytest.fixture(params=BODIES.values(), ids=BODIES)
def body(request: pytest.FixtureRequest) -> tuple[dict[str, Any], dict[str, Any]]:
    """One kind of body: what is sent, and what is expected."""
    return request.param


def body_of(request: dict[str, Any]) -> dict[str, Any]:
    """The parts of a request that tell its body."""
    return {name: request[name] for name in ("body", "is_base64_encoded") if name in request}


def test_bodies_arrive_in_the_trigger_event(interlude: Interlude, body: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """JSON and forms are parsed, text is text, and what is no text is base64 and says so."""
    sent, expected = body

    run = interlude.start("counter", **sent).get()

    assert body_of(run["trigger"]["event"]) == expected


def test_bodies_arrive_in_resume_data(approval: Run, body: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """The same holds for what is sent to a resume link."""
    sent, expected = body

    assert approval.resume(**sent).status_code == 200

    assert body_of(exports(approval.until("succeeded"), "ask")["$resume_data"]) == expected


def test_a_trigger_event_is_the_whole_request(interlude: Interlude) -> None:
    """{method, path, query, headers, body, raw_body, client_ip, url}, header names in lower case."""
    hook = interlude.hooks["counter"]

    run = interlude.start("counter", {"x": 1}, method="PUT", params={"q": "a b"}, headers={"X-From": "here"}).get()

    event = run["trigger"]["event"]
    headers = event.pop("headers")
    assert event == {
        "method": "PUT",
        "path": "/",
        "query": {"q": "a b"},
        "body": {"x": 1},
        "raw_body": '{"x":1}',
        "client_ip": "127.0.0.1",
        "url": f"{hook}?q=a+b",
    }
    assert headers["x-from"] == "here"
    assert all(name == name.lower() for name in headers)


def test_cookies_arrive(interlude: Interlude) -> None:
    """They are a header like any other."""
    run = interlude.start("counter", headers={"Cookie": "a=1; b=2"}).get()

    assert run["trigger"]["event"]["headers"]["cookie"] == "a=1; b=2"


def test_an_event_that_looks_like_the_state_machine_s_own_data_is_an_event(interlude: Interlude) -> None:
    """No event can be mistaken for what the state machine hands on between executions."""
    event = {"interlude_cursor": 1, "interlude_event": "runs/x/y", "run_id": "x", "steps": [], "at": {"next": "finish"}}
    answer = interlude.signed.post("/workflows/counter/runs", json=event)
    run = Run(interlude, answer.json()["run_id"]).end()

    assert run["trigger"]["event"] == event
    assert (run["status"], run["error"]["step"], run["error"]["type"]) == ("failed", "count", "KeyError")


def large(kind: str, size: int) -> tuple[bytes, str]:
    """A body of so many bytes, and its content type."""
    if kind == "text":
        return ("0123456789äöü€\n" * (size // 10))[: size // 2].encode()[:size].ljust(size, b"."), "text/plain"
    return random.Random(1).randbytes(size), "application/octet-stream"  # noqa: S311  # no secret


def in_short(body: bytes) -> dict[str, Any]:
    return {"type": "str", "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}


@pytest.mark.parametrize("kind", ["text", "binary"])
def test_a_large_body_arrives_byte_for_byte(own_steps: Interlude, kind: str) -> None:
    """400 KB arrive whole in the trigger event and in $resume_data, and the steps see every byte."""
    content, content_type = large(kind, 400 * KB)
    request = {"content": content, "headers": {"Content-Type": content_type}}
    run = own_steps.start("listening", **request)

    assert run.resume(**request).status_code == 200

    ended = run.until("succeeded")
    assert returned(ended, "listen") == in_short(content)
    assert returned(ended, "hear") == in_short(content)
    for told in (ended["trigger"]["event"], exports(ended, "listen")["$resume_data"]):
        told_bytes = base64.b64decode(told["body"]) if kind == "binary" else told["body"].encode()
        assert told_bytes == content
        assert told.get("is_base64_encoded", False) is (kind == "binary")


@pytest.mark.parametrize("content_type", ["text/plain", "application/octet-stream"])
def test_the_largest_body_is_512_kb(own_steps: Interlude, content_type: str) -> None:
    """Exactly 512 KB are taken."""
    run = own_steps.start("listening", content=b"x" * LIMIT, headers={"Content-Type": content_type})

    assert run.resume(content=b"y" * LIMIT, headers={"Content-Type": content_type}).status_code == 200

    ended = run.until("succeeded")
    assert returned(ended, "listen")["bytes"] == LIMIT
    assert returned(ended, "hear")["sha256"] == hashlib.sha256(b"y" * LIMIT).hexdigest()


@pytest.mark.parametrize("size", [LIMIT + 1, 5_000_000, 12_000_000])
@pytest.mark.parametrize("content_type", ["text/plain", "application/octet-stream"])
def test_a_larger_body_starts_nothing(interlude: Interlude, size: int, content_type: str) -> None:
    """A hook answers 413 for more than 512 KB, and no run is started."""
    newest = {"workflow": "counter", "limit": 1}
    before = interlude.signed.get("/runs", params=newest).json()["runs"]

    answer = interlude.public.post(
        interlude.hooks["counter"], content=b"x" * size, headers={"Content-Type": content_type}
    )

    assert answer.status_code == 413
    assert interlude.signed.get("/runs", params=newest).json()["runs"] == before


@pytest.mark.parametrize("size", [LIMIT + 1, 5_000_000, 12_000_000])
def test_a_larger_body_resumes_nothing(approval: Run, size: int) -> None:
    """A resume link answers 413 for more than 512 KB, and the run still waits for a click that is smaller."""
    answer = approval.resume(content=b"x" * size, headers={"Content-Type": "application/octet-stream"})

    assert answer.status_code == 413
    assert approval.get()["status"] == "paused"
    assert approval.resume(content=b"x").json()["first"] is True


def test_the_limit_is_told(interlude: Interlude) -> None:
    """The sentence names the size and the limit."""
    answer = interlude.public.post(interlude.hooks["counter"], content=b"x" * (LIMIT + 1))

    assert "524289 bytes" in answer.json()["error"]
    assert "512 KB" in answer.json()["error"]


def test_a_body_of_a_cancel_is_of_no_interest(approval: Run) -> None:
    """A cancel needs no body, and takes any."""
    assert approval.cancel(json={"why": "no"}).status_code == 200
    assert step(approval.until("cancelled"), "ask")["status"] == "cancelled"
