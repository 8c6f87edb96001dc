"""pd.send.email: what it refuses before anything is sent."""

from types import SimpleNamespace
from typing import Any

import pytest

from interlude.aws import mail
from interlude.errors import BadCall, CannotSend
from interlude.pd.send import Send
from interlude.settings import settings


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((1, "x"), "pd.send.email: subject is a int; it must be text."),
        (("x", None), "pd.send.email: text is a NoneType; it must be text."),
        (("x", "x", b"x"), "pd.send.email: html is a bytes; it must be text."),
        (("x",), "pd.send.email: text and html are both empty; at least one must have content."),
    ],
)
def test_a_mail_that_is_none_is_refused(arguments: tuple[str, ...], sentence: str):
    """The sentence names the part."""
    with pytest.raises(BadCall) as refused:
        Send().email(*arguments)

    assert str(refused.value) == sentence


@pytest.mark.usefixtures("as_step")
def test_a_stack_without_an_address_cannot_send():
    """The sentence says what to deploy with."""
    with pytest.raises(CannotSend, match="NotifyAddress"):
        Send().email("x", "x")
    with pytest.raises(CannotSend, match="NotifyAddress"):
        Send().email("x", "x", to="other@example.com")


@pytest.mark.parametrize(
    ("to", "sentence"),
    [
        (1, "to is a int; it must be an address, or a list of addresses."),
        ({"a@example.com": 1}, "to is a dict; it must be an address, or a list of addresses."),
        ([], "to has 0 addresses; it must have 1 to 50."),
        (["a@example.com"] * 51, "to has 51 addresses; it must have 1 to 50."),
        ("", "to has ''; each must be an address like you@example.com."),
        ("me", "to has 'me'; each must be an address like you@example.com."),
        ("a@example.com, b@example.com", "to has 'a@example.com, b@example.com'; each must be an address like"),
        (["a@example.com", None], "to has None; each must be an address like you@example.com."),
        ("Me <a@example.com>", "to has 'Me <a@example.com>'; each must be an address like you@example.com."),
        ("a@example.com\nBcc: b@example.com", r"to has 'a@example.com\nBcc: b@example.com'; each must be an address"),
    ],
)
def test_a_recipient_that_is_not_an_address_is_refused(to: Any, sentence: str):
    """Before SES is asked, which would call it an invalid parameter."""
    with pytest.raises(BadCall) as refused:
        Send().email("x", "x", to=to)

    assert str(refused.value).startswith(f"pd.send.email: {sentence}")


@pytest.mark.usefixtures("as_step")
@pytest.mark.parametrize(
    ("mail_from", "to", "sent"),
    [
        ("", None, ("you@example.com", ["you@example.com"])),
        ("", "a@other.example", ("you@example.com", ["a@other.example"])),
        ("hello@shop.example", None, ("hello@shop.example", ["you@example.com"])),
        ("hello@shop.example", "a@other.example", ("hello@shop.example", ["a@other.example"])),
        ("hello@shop.example", ("a@b.example", "c@d.example"), ("hello@shop.example", ["a@b.example", "c@d.example"])),
    ],
)
def test_who_sends_a_mail_and_who_gets_it(
    mail_from: str, to: Any, sent: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
):
    """MailFrom sends, and where there is none the NotifyAddress, which also gets what names no recipient."""
    monkeypatch.setenv("NOTIFY_ADDRESS", "you@example.com")
    monkeypatch.setenv("MAIL_FROM", mail_from)
    settings.cache_clear()
    requests: list[dict[str, Any]] = []
    monkeypatch.setattr(mail, "client", lambda _name: SimpleNamespace(send_email=lambda **r: requests.append(r)))

    Send().email("x", "x", to=to)

    [request] = requests
    assert (request["FromEmailAddress"], request["Destination"]["ToAddresses"]) == sent
