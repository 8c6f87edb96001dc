"""pd.send.email: what it refuses before anything is sent."""

import pytest

from interlude.errors import BadCall, CannotSend
from interlude.pd.send import Send


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((1, "x"), "pd.send.email: subject is a int; it must be text."),
        (("x", None), "pd.send.email: text is a NoneType; it must be text."),
        (("x", "x", b"x"), "pd.send.email: html is a bytes; it must be text."),
        (("x",), "pd.send.email: text and html are both empty; one of them must say something."),
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
