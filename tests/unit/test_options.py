"""The words of a workflow's Options."""

import pytest

from interlude.errors import BadOption
from interlude.options import Options, Verify


def test_no_words_are_no_options():
    """What the samples have."""
    assert Options.parse("") == Options(respond=False, retry=False, off=False, quiet=False, on_error="")


def test_words_stand_between_spaces():
    """In any order and with any space."""
    assert Options.parse(" retry  on_error=tell_me respond ") == Options(respond=True, retry=True, on_error="tell_me")


@pytest.mark.parametrize("word", ["retries", "retry=3", "on_error", "on_error=", "retry,quiet", "Retry", "${Options}"])
def test_other_words_are_refused(word: str):
    """By name, with what is allowed."""
    with pytest.raises(BadOption) as refused:
        Options.parse(f"respond {word}")

    assert str(refused.value) == (
        f"Options has {word!r}; allowed are respond, retry, off, quiet, raw_body, on_error=<workflow>, "
        "verify=<sender>:<secret>, separated by spaces."
    )


@pytest.mark.parametrize(
    ("word", "verify"),
    [
        ("github:secretsmanager:repo", Verify("github", "X-Hub-Signature-256", "secretsmanager", "repo")),
        ("slack:ssm:team/app-1", Verify("slack", "X-Slack-Signature", "ssm", "team/app-1")),
        ("stripe:ssm:live.v2", Verify("stripe", "Stripe-Signature", "ssm", "live.v2")),
        ("shopify:ssm:shop", Verify("shopify", "X-Shopify-Hmac-Sha256", "ssm", "shop")),
        ("hmac-sha256-hex:X-Sign:ssm:x", Verify("hmac-sha256-hex", "X-Sign", "ssm", "x")),
        ("hmac-sha256-base64:Typeform:ssm:x", Verify("hmac-sha256-base64", "Typeform", "ssm", "x")),
    ],
)
def test_verify_names_sender_and_secret(word: str, verify: Verify):
    """Or, in the place of a sender that is known, how the signature is written and in which header."""
    assert Options.parse(f"respond verify={word}") == Options(respond=True, verify=verify)


@pytest.mark.parametrize(
    "word",
    [
        "verify", "verify=", "verify=github", "verify=github:", "verify=github:repo", "verify=github:s3:repo",
        "verify=gitlab:ssm:repo", "verify=GitHub:ssm:repo", "verify=github:ssm:", "verify=github:ssm:/repo",
        "verify=github:ssm:arn:aws:ssm:x", "verify=github:ssm:ü", "verify=github:ssm:a*", "verify=github:X-H:ssm:repo",
        "verify=hmac-sha256-hex:ssm:x", "verify=hmac-sha256-hex::ssm:x", "verify=hmac-sha256-hex:X Y:ssm:x",
        "verify=hmac-sha1-hex:X-Sign:ssm:x",
    ],
)  # fmt: skip
def test_a_verify_that_would_check_nothing_is_refused(word: str):
    """A hook never takes what its template meant it to refuse."""
    with pytest.raises(BadOption) as refused:
        Options.parse(word)

    told = str(refused.value)
    assert told.startswith(
        f"Options has {word.split(maxsplit=1)[0]!r}; verify may occur once, as verify=… with one of "
    )
    assert "github:<secret>" in told
    assert "hmac-sha256-hex:<header>:<secret>" in told


def test_a_second_verify_is_refused():
    """Whichever counted, somebody would think that the other one does."""
    with pytest.raises(BadOption, match=r"^Options has 'verify=slack:ssm:b'; verify may occur once"):
        Options.parse("verify=github:ssm:a verify=slack:ssm:b")


def test_where_it_is_too_late_to_refuse_the_other_words_count(capsys: pytest.CaptureFixture[str]):
    """A run that has failed is told of its own error, not of a word in the template."""
    assert Options.known("retyr quiet") == Options(quiet=True)
    assert capsys.readouterr().out.startswith("Options has 'retyr'; allowed are ")
