"""Signatures of hooks' senders: the ones that their documents give as examples, and what must not pass for one."""

import base64
import hmac
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from moto import mock_aws

import signatures
from interlude import clock
from interlude.aws import clients, secret_store
from interlude.aws.secret_store import Source
from interlude.errors import NoSecret
from interlude.options import Options, Verify
from interlude.settings import settings
from signatures import CannotVerify, NotSigned
from tests.unit.http_events import http_event

NOW_S = 1_800_000_000
SECRET = "a-secret"


@pytest.fixture(autouse=True)
def stack(monkeypatch: pytest.MonkeyPatch, as_step: Any) -> None:  # its environment
    monkeypatch.setenv("STACK_NAME", "interlude")
    monkeypatch.setattr(clock, "now_ms", lambda: NOW_S * 1000)
    settings.cache_clear()


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What every secret holds."""
    held = {"text": SECRET}
    monkeypatch.setattr(secret_store, "read", lambda *_: held["text"])
    return held


def check(scheme: str, body: str | bytes, **headers: str) -> None:
    """Raises NotSigned for a request that is not signed as the scheme has it."""
    verify = Options.parse(f"verify={scheme}:ssm:x").verify
    assert verify
    signatures.check(verify, APIGatewayProxyEventV2(http_event(body=body, **headers)))


def refusal(scheme: str, body: str | bytes, **headers: str) -> str:
    with pytest.raises(NotSigned) as refused:
        check(scheme, body, **headers)
    return str(refused.value)


def hexed(content: str | bytes, key: str = SECRET) -> str:
    return hmac.new(key.encode(), content.encode() if isinstance(content, str) else content, "sha256").hexdigest()


def based(content: str) -> str:
    return base64.b64encode(bytes.fromhex(hexed(content))).decode()


def test_the_example_of_github(secret: dict[str, str]):
    """From its page on validating deliveries."""
    secret["text"] = "It's a Secret to Everybody"
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

    check("github", "Hello, World!", x_hub_signature_256=signature)

    assert refusal("github", "Hello, World?", x_hub_signature_256=signature) == (
        "The signature in X-Hub-Signature-256 does not match this request."
    )


SLACK_BODY = (
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
    "&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
    "%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121"
    ".803a0bc887a14d10d2c447fce8b6703c"
)


def test_the_example_of_slack(secret: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    """From its page on verifying requests, up to five minutes late or early."""
    secret["text"] = "8f742231b10e8888abcd99yyyzzz85a5"
    headers = {
        "x_slack_signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        "x_slack_request_timestamp": "1531420618",
    }
    for off_s in (0, 300, -300):
        monkeypatch.setattr(clock, "now_ms", lambda off_s=off_s: (1531420618 + off_s) * 1000)
        check("slack", SLACK_BODY, **headers)

    for off_s in (301, -301):
        monkeypatch.setattr(clock, "now_ms", lambda off_s=off_s: (1531420618 + off_s) * 1000)
        assert refusal("slack", SLACK_BODY, **headers) == (
            "The signature in X-Slack-Signature is from the time '1531420618'; it must be within 300 s of now."
        )


@pytest.mark.usefixtures("secret")
def test_stripe_signs_the_time_as_well():
    """Any of its signatures of version 1 will do: while a secret is rolled there are two."""
    body = '{"id": "evt_ü"}'
    ours = hexed(f"{NOW_S - 299}.{body}")

    check("stripe", body, stripe_signature=f"t={NOW_S - 299},v1={ours},v0=0")
    check("stripe", body, stripe_signature=f"t={NOW_S - 299}, v1={'0' * 64}, v1={ours}")

    for wrong in (
        f"t={NOW_S},v1={ours}",
        f"t={NOW_S - 299},v0={ours}",
        f"v1={ours}",
        f"t={NOW_S - 299}",
        "x",
        "t=,v1=",
    ):
        assert "does not match this request" in refusal("stripe", body, stripe_signature=wrong)
    late = f"t={NOW_S - 301},v1={hexed(f'{NOW_S - 301}.{body}')}"
    assert "must be within 300 s of now" in refusal("stripe", body, stripe_signature=late)


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize("moment", ["", "x", "-1", "1e9", "\u0661\u0668", "9" * 400])
def test_a_time_that_is_none_is_refused(moment: str):
    """Though it is signed."""
    signature = hexed(f"{moment}.{{}}")

    assert "must be within" in refusal("stripe", "{}", stripe_signature=f"t={moment},v1={signature}")


@pytest.mark.usefixtures("secret")
def test_shopify_writes_its_signature_in_base64():
    """Over the body."""
    check("shopify", "{}", x_shopify_hmac_sha256=based("{}"))

    for wrong in (hexed("{}"), based("{} "), based("{}").rstrip("="), "ü", "===="):
        assert "X-Shopify-Hmac-Sha256" in refusal("shopify", "{}", x_shopify_hmac_sha256=wrong)


@pytest.mark.usefixtures("secret")
def test_other_senders_name_their_header():
    """In hex or base64, with or without sha256= before it."""
    for before in ("", "sha256="):
        check("hmac-sha256-hex:X-Sign", "a", x_sign=before + hexed("a"))
        check("hmac-sha256-base64:Typeform-Signature", "a", typeform_signature=before + based("a"))


@pytest.mark.usefixtures("secret")
def test_the_bytes_count_that_were_sent():
    """Whatever the body is, and however API Gateway hands it over: nothing of it is parsed before."""
    for body in (b"\xff\x00\r\n", b'{ "a" :1 }', "Grüße".encode("latin-1"), b""):
        check("github", body, content_type="application/json", x_hub_signature_256=f"sha256={hexed(body)}")
    check("github", "Grüße", x_hub_signature_256=f"sha256={hexed('Grüße')}")


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize(
    ("scheme", "header"),
    [
        ("github", "X-Hub-Signature-256"),
        ("shopify", "X-Shopify-Hmac-Sha256"),
        ("slack", "X-Slack-Signature"),
        ("stripe", "Stripe-Signature"),
        ("hmac-sha256-hex:X-Sign", "X-Sign"),
    ],
)
def test_a_header_that_is_missing_is_named(scheme: str, header: str):
    """Also an empty one."""
    sentence = f"This hook accepts only signed requests, and the header {header} is missing."

    assert refusal(scheme, "{}") == sentence
    assert refusal(scheme, "{}", **{header.lower().replace("-", "_"): " "}) == sentence


@pytest.mark.usefixtures("secret")
def test_slack_s_time_may_not_be_missing():
    """It is signed, too."""
    assert "the header X-Slack-Request-Timestamp is missing" in refusal("slack", "{}", x_slack_signature="v0=1")


def test_each_line_of_a_secret_is_one(secret: dict[str, str]):
    """So that a sender can change over; a line break at its end is none."""
    secret["text"] = "old-secret\r\n\n new-secret\n"

    for key in ("old-secret", "new-secret"):
        check("github", "{}", x_hub_signature_256=f"sha256={hexed('{}', key)}")
    for key in ("", "old-secret\r\n\n new-secret\n", " new-secret"):
        assert refusal("github", "{}", x_hub_signature_256=f"sha256={hexed('{}', key)}")


@pytest.mark.parametrize("text", ["", " \n", '{"secret": "a"}'])
def test_a_secret_that_is_none_signs_nothing(secret: dict[str, str], text: str, capsys: pytest.CaptureFixture[str]):
    """An empty key would be everybody's. The log says what is wrong, the client nothing of it."""
    secret["text"] = text

    with pytest.raises(CannotVerify) as refused:
        check("github", "{}", x_hub_signature_256=f"sha256={hexed('{}', text.strip())}")

    assert "interlude" not in str(refused.value)
    assert "The secret ssm:/interlude/hooks/x must be plain text" in capsys.readouterr().out


def test_a_secret_that_cannot_be_read_is_told_in_the_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """The client hears that it may come again."""

    def missing(*_: Any) -> str:
        raise NoSecret("A secret from ssm:/interlude/hooks/x is not there.")

    monkeypatch.setattr(secret_store, "read", missing)

    with pytest.raises(CannotVerify) as refused:
        check("github", "{}", x_hub_signature_256="sha256=0")

    assert str(refused.value).endswith("can't be checked at the moment. Please try again later.")
    told = json.loads(capsys.readouterr().out)
    assert (told["level"], told["message"]) == ("ERROR", "A secret from ssm:/interlude/hooks/x is not there.")


@pytest.fixture
def both_services(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(secret_store, "_read", {})
    with mock_aws():
        clients._client.cache_clear()
        clients._environment.cache_clear()
        yield
    clients._client.cache_clear()
    clients._environment.cache_clear()


@pytest.mark.usefixtures("both_services")
def test_secrets_lie_below_the_name_of_the_stack():
    """Where the API's function may read them, and no others: in one service or the other."""
    boto3.client("secretsmanager").create_secret(Name="interlude/hooks/team/repo", SecretString="from-the-manager")
    boto3.client("ssm").put_parameter(Name="/interlude/hooks/team/repo", Value="from-the-store", Type="SecureString")

    for service, key in (("secretsmanager", "from-the-manager"), ("ssm", "from-the-store")):
        verify = Verify("github", "X-Hub-Signature-256", service, "team/repo")
        event = http_event(body="{}", x_hub_signature_256=f"sha256={hexed('{}', key)}")
        signatures.check(verify, APIGatewayProxyEventV2(event))

    assert {str(source) for source in secret_store._read} == {
        "secretsmanager:interlude/hooks/team/repo",
        str(Source("ssm", "/interlude/hooks/team/repo")),
    }
