"""What strangers, scanners and mistakes send: each is answered in one sentence, and no answer is kept or told on."""

import http.client
import re
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.waiting import LIMIT_S

from .client import Interlude, Run

BROWSER = {"Accept": "text/html,*/*;q=0.8", "User-Agent": "Mozilla/5.0"}
POLICY = "default-src 'none'; style-src '…'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

Sent = tuple[str, str, int]
"""A method, a path, and the status that it is answered with."""

MANAGEMENT: list[Sent] = [
    ("GET", "/workflows", 200),
    ("GET", "/runs", 200),
    ("GET", "/runs?limit=0", 422),
    ("GET", "/runs?cursor=x", 400),
    ("GET", "/runs/{run}", 200),
    ("GET", "/runs/none", 404),
    ("POST", "/runs/none/cancel", 404),
    ("POST", "/runs/none/retry", 404),
    ("POST", "/runs/{run}/retry", 409),
    ("POST", "/workflows/none/runs", 404),
    ("POST", "/workflows/counter/steps/none/test", 404),
]
PUBLIC: list[Sent] = [
    ("POST", "/hooks/counter/wrong", 404),
    ("OPTIONS", "/hooks/counter/wrong", 204),
    ("POST", "/resume/{run}/0.1/wrong", 404),
    ("GET", "/cancel/{run}/0.1/wrong", 404),
    ("HEAD", "/resume/{run}/0.1/wrong", 405),
    ("OPTIONS", "/cancel/{run}/0.1/wrong", 405),
]


def is_for_its_reader_alone(answer: httpx.Response) -> None:
    headers = answer.headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    policy = re.sub(r"sha256-[\w+/=]+", "…", headers.get("content-security-policy", ""))
    assert policy == (POLICY if headers.get("content-type", "").startswith("text/html") else "")


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
@pytest.mark.parametrize(("method", "path", "status"), MANAGEMENT + PUBLIC)
def test_no_answer_is_kept_or_tells_its_address(
    interlude: Interlude, approval_of_module: Run, method: str, path: str, status: int, accept: str
) -> None:
    """Every route, every kind of error, for programs and for browsers: by the same three headers, pages by a policy."""
    client = interlude.signed if (method, path, status) in MANAGEMENT else interlude.public
    url = interlude.base_url + path.format(run=approval_of_module.id)

    answer = client.request(method, url, headers={"Accept": accept})

    assert answer.status_code == status
    is_for_its_reader_alone(answer)


def test_the_answers_of_links_are_for_their_readers_alone(interlude: Interlude) -> None:
    """The question, what was done, and that somebody was first."""
    links = interlude.start("approval", {"document": "The plan"}).links()
    asked = [("GET", "resume_url"), ("POST", "resume_url"), ("GET", "resume_url"), ("POST", "cancel_url")]

    answers = [interlude.public.request(method, links[link], headers=BROWSER) for method, link in asked]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 409]
    for answer in [*answers, interlude.public.get(links["resume_url"])]:
        is_for_its_reader_alone(answer)


def test_a_step_s_own_response_says_how_long_it_may_be_kept(own_steps: Interlude) -> None:
    """Its headers stay as they are; what it does not say is as everywhere else."""
    said = {"Cache-Control": "max-age=60", "referrer-policy": "origin"}
    answer = own_steps.public.post(own_steps.hooks["responding"], json={"headers": said, "body": "hi"})

    assert answer.text == "hi"
    assert answer.headers.get_list("cache-control") == ["max-age=60"]
    assert answer.headers.get_list("referrer-policy") == ["origin"]
    assert answer.headers["x-content-type-options"] == "nosniff"


ODD = [
    "%00",
    "%0d%0aSet-Cookie:%20a=b",
    "..%2F..%2Fruns",
    "%2e%2e",
    "%ff%fe",
    "%ed%a0%80",
    "a" * 2000,
    "%E2%80%AE",
    "'",
]


@pytest.mark.parametrize("odd", [*ODD, "'", "<script>", "{{7*7}}", "RUN#1", "%252F", ";/../runs", "x?y#z", "\u0661"])
def test_whatever_stands_in_a_path_is_answered_in_one_sentence(interlude: Interlude, odd: str) -> None:
    """404, no second header, nothing of the inside; as a page it is text. Never another route than was asked for."""
    public = ["/hooks/{}/key", "/hooks/approval/{}", "/resume/{}/0.1/s", "/resume/run/{}/s", "/cancel/run/0.1/{}"]
    signed = ["/runs/{}", "/workflows/{}"]
    for client, paths in ((interlude.public, public), (interlude.signed, signed)):
        for path in paths:
            for headers in ({}, BROWSER):
                answer = client.get(interlude.base_url + path.format(odd), headers=headers)
                assert answer.status_code in (404, 405), (path, answer.text)
                assert "set-cookie" not in answer.headers
                assert not headers or "<script" not in answer.text
                assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/hooks/../runs",
        "/hooks/a/../../runs",
        "/hooks/a/b/../../../workflows",
        "/./workflows",
        "/RUNS",
        "/runs/",
    ],
)
def test_a_path_is_not_made_shorter(interlude: Interlude, path: str) -> None:
    """What begins with the name of an open route stays one; nothing gets to the others by a way around."""
    target = urlsplit(interlude.base_url)
    secure = target.scheme == "https"
    connection = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(target.netloc, timeout=LIMIT_S)
    connection.request("GET", path)
    answer = connection.getresponse()

    assert answer.status in (403, 404)
    assert b'"runs"' not in answer.read()
    connection.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"Idempotency-Key": "k" * 256},
        {"Idempotency-Key": '"' + "k" * 256 + '"'},
        {"Idempotency-Key": '"<script>alert(1)</script>'},
        {"Idempotency-Key": '"\\x"'},
        {"Idempotency-Key": ""},
        {"Idempotency-Key": "ü".encode()},
    ],
    ids=["long", "long in quotes", "open", "escaped", "empty", "not ASCII"],
)
@pytest.mark.parametrize("page", [False, True], ids=["json", "page"])
def test_a_key_that_is_none_starts_and_ends_nothing(
    interlude: Interlude, approval_of_module: Run, headers: dict[str, Any], page: bool
) -> None:
    """400 from a hook and from a link, its beginning quoted as text."""
    accept = BROWSER if page else {}
    link = approval_of_module.links()["resume_url"]
    for url in (interlude.hooks["counter"], link):
        answer = interlude.public.post(url, headers={**headers, **accept})
        assert answer.status_code == 400
        assert "255 printable ASCII characters" in answer.text
        assert "<script" not in answer.text or not page
        assert len(answer.text) < 6000
    assert approval_of_module.get()["status"] == "paused"


@pytest.mark.parametrize(
    "content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain", "image/png"]
)
def test_a_body_is_measured_before_it_is_read(interlude: Interlude, approval_of_module: Run, content_type: str) -> None:
    """One byte over 512 KB is 413, whatever it is said to be, and changes nothing."""
    body = b"[" * (512 * 1024 + 1)
    for url in (interlude.hooks["counter"], approval_of_module.links()["resume_url"]):
        answer = interlude.public.post(url, content=body, headers={"Content-Type": content_type})
        assert answer.status_code == 413
        assert answer.json() == {"error": "The body has 524289 bytes; at most 524288 (512 KB) are allowed."}
    assert approval_of_module.get()["status"] == "paused"


def test_a_body_of_nothing_but_brackets_is_text(interlude: Interlude) -> None:
    """512 KB of them are within the limit, and no JSON: the step gets them as they are."""
    body = "[" * (512 * 1024)
    run = interlude.start("counter", content=body, headers={"Content-Type": "application/json"})

    assert run.end()["trigger"]["event"]["body"] == body


@pytest.fixture(scope="module")
def approval_of_module(interlude: Interlude) -> Run:
    """A run that waits, and that nobody ends here."""
    run = interlude.start("approval", {"document": "The plan"})
    run.until("paused")
    return run
