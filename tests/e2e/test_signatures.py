"""A hook whose workflow asks for a signature: who has only the URL starts nothing."""

import hmac
from typing import Any

import httpx

from .client import Interlude, Run, returned

KEY = b"e2e-hook-secret-zebra"
# As no JSON library would write it again, and larger than an event holds as it was sent unless the option says so.
BODY = b'{ "ref" :"refs/heads/m\\u00fcsli",\n\n"padding": "%s" }' % (b"\xc3\xbc" * 40_000)


def push(stack: Interlude, body: bytes, signature: str, **headers: str) -> httpx.Response:
    sent: dict[str, Any] = {"Content-Type": "application/json", "X-Hub-Signature-256": signature, **headers}
    return stack.public.post(stack.hooks["signed"], content=body, headers={k: v for k, v in sent.items() if v})


def signature_of(body: bytes, key: bytes = KEY) -> str:
    return f"sha256={hmac.digest(key, body, 'sha256').hex()}"


def test_a_signed_request_starts_a_run_that_has_the_bytes(own_steps: Interlude) -> None:
    """The step computes the same signature from `raw_body`."""
    answer = push(own_steps, BODY, signature_of(BODY))

    assert answer.status_code == 202
    ended = Run(own_steps, answer.json()["run_id"]).end()
    assert returned(ended, "check") is True
    assert ended["trigger"]["event"]["body"]["ref"] == "refs/heads/müsli"


def test_without_the_right_signature_there_is_no_run(own_steps: Interlude) -> None:
    """401, and nothing is kept: the same Idempotency-Key is free for the request that is signed."""
    known = own_steps.signed.get("/runs?workflow=signed").json()["runs"]
    key = {"Idempotency-Key": "signed-1"}

    missing = push(own_steps, b"{}", "", **key)
    wrong = [push(own_steps, b"{}", sent, **key) for sent in (signature_of(b"{ }"), signature_of(b"{}", b"x"), "x")]

    assert (missing.status_code, missing.json()) == (
        401,
        {"error": "This hook accepts only signed requests, and the header X-Hub-Signature-256 is missing."},
    )
    assert {(answer.status_code, answer.text) for answer in wrong} == {
        (401, '{"error":"The signature in X-Hub-Signature-256 does not match this request."}')
    }
    assert own_steps.signed.get("/runs?workflow=signed").json()["runs"] == known
    assert push(own_steps, b'{"raw": 1}', signature_of(b'{"raw": 1}'), **key).status_code == 202


def test_the_key_in_the_url_is_looked_at_first(own_steps: Interlude) -> None:
    """Who does not know it learns nothing of signatures."""
    url = own_steps.hooks["signed"].rpartition("/")[0]

    assert own_steps.public.post(f"{url}/wrong", json={}).status_code == 404
