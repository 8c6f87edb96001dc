"""Signed links: each opens one wait in one way."""

import base64
import hashlib
import hmac

import pytest

from interlude.errors import UnknownLink
from interlude.run.links import links, verify

BASE = "https://interlude.example"


def signature(url: str) -> str:
    return url.rsplit("/", 1)[1]


def test_a_link_is_base_action_run_wait_and_signature():
    """An HMAC-SHA256 over action, run and wait with the run's own key, in URL-safe base64."""
    made = links(BASE, "key", "approval-1", "0.1")

    digest = hmac.new(b"key", b"resume\napproval-1\n0.1", hashlib.sha256).digest()
    expected = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert made["resume_url"] == f"https://interlude.example/resume/approval-1/0.1/{expected}"
    assert made["cancel_url"].startswith("https://interlude.example/cancel/approval-1/0.1/")
    assert len(signature(made["cancel_url"])) == 43


def test_action_run_wait_and_key_each_make_another_signature():
    """A resume link does not tell the cancel link; a link of one wait is no use for the next."""
    every = [
        *links(BASE, "key", "run-1", "0.1").values(),
        *links(BASE, "key", "run-2", "0.1").values(),
        *links(BASE, "key", "run-1", "0.2").values(),
        *links(BASE, "key", "run-1", "1.1").values(),
        *links(BASE, "another", "run-1", "0.1").values(),
    ]

    assert len({signature(url) for url in every}) == 10


def test_a_link_opens_what_it_was_made_for():
    """Verify takes the signatures that links makes."""
    made = links(BASE, "key", "run-1", "0.1")

    verify("key", "resume", "run-1", "0.1", signature(made["resume_url"]))
    verify("key", "cancel", "run-1", "0.1", signature(made["cancel_url"]))


@pytest.mark.parametrize(
    "changed",
    [("other", "resume", "run-1", "0.1"), ("key", "cancel", "run-1", "0.1"), ("key", "resume", "run-2", "0.1"),
     ("key", "resume", "run-1", "0.2")],
)  # fmt: skip
def test_a_link_opens_nothing_else(changed: tuple[str, str, str, str]):
    """Another key, action, run or wait."""
    made = signature(links(BASE, "key", "run-1", "0.1")["resume_url"])

    with pytest.raises(UnknownLink):
        verify(*changed, made)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change", [lambda s: s[:-1], lambda s: s + "=", lambda s: "", lambda s: s.swapcase(), lambda s: "ü"]
)
def test_a_signature_is_taken_whole_or_not_at_all(change):
    """Cut, padded, empty, in the wrong case, or no ASCII."""
    made = signature(links(BASE, "key", "run-1", "0.1")["resume_url"])

    with pytest.raises(UnknownLink):
        verify("key", "resume", "run-1", "0.1", change(made))


def test_a_run_whose_name_needs_quoting_is_quoted():
    """An execution that was started by hand may be called almost anything."""
    made = links(BASE, "key", "my run/1?", "0.1")

    assert made["resume_url"].startswith("https://interlude.example/resume/my%20run%2F1%3F/0.1/")
