"""Connected accounts and secret variables, read from moto's Secrets Manager and Parameter Store."""

import logging
import os
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from interlude import clock
from interlude.aws import clients, secret_store
from interlude.errors import NoSecret
from interlude.pd import accounts, masking, usercode

TOKEN = "xoxb-a-token-of-slack"


class Clock:
    """The time, in ms since the epoch."""

    now_ms = 1_800_000_000_000


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    given = Clock()
    monkeypatch.setattr(clock, "now_ms", lambda: given.now_ms)
    return given


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The requests to both services, which hold some secrets."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(masking, "_forms", set())
    monkeypatch.setattr(masking, "_pattern", None)
    monkeypatch.setattr(masking, "_watch_output", lambda: None)
    monkeypatch.setattr(secret_store, "_read", {})
    made: list[str] = []
    with mock_aws():
        clients._client.cache_clear()
        clients._environment.cache_clear()
        for service in ("secretsmanager", "ssm"):
            clients.client(service).meta.events.register(
                f"request-created.{service}", lambda operation_name, **_: made.append(operation_name)
            )
        store("interlude/slack", f'{{"oauth_access_token": "{TOKEN}", "team": {{"id": 5}}}}')
        store("interlude/text", "the-secret-text")
        boto3.client("secretsmanager").create_secret(Name="interlude/binary", SecretBinary=b"bytes")
        store_parameter("/interlude/github", '{"token": "ghp-a-token"}')
        store_parameter("/interlude/api-key", "key-12345")
        yield made
    clients._client.cache_clear()
    clients._environment.cache_clear()


def store(name: str, text: str) -> str:
    return str(boto3.client("secretsmanager").create_secret(Name=name, SecretString=text)["ARN"])


def store_parameter(name: str, text: str) -> None:
    boto3.client("ssm").put_parameter(Name=name, Value=text, Type="SecureString", Overwrite=True)


@pytest.fixture
def connected(requests: list[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A step's function with two accounts."""
    monkeypatch.setenv("ACCOUNTS", "slack=secretsmanager:interlude/slack, github=ssm:/interlude/github")
    return requests


def test_an_account_is_what_its_secret_holds(connected: list[str]):
    """An object of any shape, from either service, decrypted."""
    assert accounts.account("slack", "x") == {"oauth_access_token": TOKEN, "team": {"id": 5}}
    assert accounts.account("github", "x") == {"token": "ghp-a-token"}
    assert connected == ["GetSecretValue", "GetParameter"]


def test_an_account_can_be_named_by_arn(requests: list[str], monkeypatch: pytest.MonkeyPatch):
    """Which has colons of its own, and may have a =."""
    arn = store("odd=name", '{"a": "bcdefg"}')
    monkeypatch.setenv("ACCOUNTS", f"slack=secretsmanager:{arn}")

    assert accounts.account("slack", "x") == {"a": "bcdefg"}


def test_an_account_is_read_again_after_five_minutes(connected: list[str], time: Clock):
    """So a rotated secret is used from then on, and a busy step does not ask each time."""
    accounts.account("slack", "x")["oauth_access_token"] = "changed by the step"
    time.now_ms += 299_999
    assert accounts.account("slack", "x")["oauth_access_token"] == TOKEN
    boto3.client("secretsmanager").put_secret_value(SecretId="interlude/slack", SecretString='{"new": "rotated"}')
    assert connected == ["GetSecretValue"]

    time.now_ms += 1

    assert accounts.account("slack", "x") == {"new": "rotated"}
    assert masking.mask(f"{TOKEN} rotated") == "(secret) (secret)"


def answering(error: Exception) -> Any:
    """A request that fails."""

    def request(**_: Any) -> Any:
        raise error

    return request


def refusal(code: str, status: int = 400) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": TOKEN}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "GetSecretValue")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (refusal("ThrottlingException"), "Secrets Manager answered ThrottlingException."),
        (refusal("InternalServiceError", 500), "Secrets Manager answered InternalServiceError."),
        (refusal("ServiceUnavailable", 503), "Secrets Manager answered ServiceUnavailable."),
        (
            EndpointConnectionError(endpoint_url="https://x"),
            "Secrets Manager can't be reached: EndpointConnectionError.",
        ),
    ],
)
@pytest.mark.usefixtures("connected")
def test_a_secret_that_cannot_be_read_again_for_now_is_used_on(
    error: Exception, told: str, time: Clock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """Most likely it is still the right one; the log tells of it, and it is asked for again five minutes later."""
    accounts.account("slack", "x")
    time.now_ms += 300_000
    with monkeypatch.context() as away:
        away.setattr(clients.client("secretsmanager"), "get_secret_value", answering(error))

        assert accounts.account("slack", "x")["oauth_access_token"] == TOKEN
        time.now_ms += 299_999
        assert accounts.account("slack", "x")["oauth_access_token"] == TOKEN
    boto3.client("secretsmanager").put_secret_value(SecretId="interlude/slack", SecretString='{"new": "rotated"}')
    time.now_ms += 1

    assert accounts.account("slack", "x") == {"new": "rotated"}
    assert capsys.readouterr().out == (
        f"x is the account 'slack' from secretsmanager:interlude/slack, but {told} The previous value is used for 5 "
        "more minutes.\n"
    )


@pytest.mark.parametrize("code", ["AccessDeniedException", "ResourceNotFoundException", "DecryptionFailure"])
@pytest.mark.usefixtures("connected")
def test_a_secret_that_has_been_taken_away_is_not_used_on(code: str, time: Clock, monkeypatch: pytest.MonkeyPatch):
    """Somebody has said that this step shall not have it any more."""
    accounts.account("slack", "x")
    time.now_ms += 300_000
    monkeypatch.setattr(clients.client("secretsmanager"), "get_secret_value", answering(refusal(code)))

    assert "secretsmanager:interlude/slack, but" in refused()


@pytest.mark.usefixtures("connected")
def test_no_logger_sees_a_secret_that_is_not_known_yet(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    """A step may want all loggers at DEBUG, where botocore writes whole answers; afterwards they are as they were."""
    monkeypatch.setenv("SECRETS", "TOKEN=ssm:/interlude/api-key")
    monkeypatch.setenv("TOKEN", "")
    parsers = logging.getLogger("botocore.parsers")
    parsers.setLevel(logging.DEBUG)
    try:
        with caplog.at_level(logging.DEBUG):
            accounts.account("slack", "x")
            accounts.set_environment()
            before = caplog.text
            boto3.client("ssm").describe_parameters()
        assert parsers.level == logging.DEBUG
    finally:
        parsers.setLevel(logging.NOTSET)

    assert TOKEN not in before
    assert "key-12345" not in before
    assert "Response body" in caplog.text
    assert logging.getLogger("botocore").level == logging.WARNING
    assert logging.getLogger("urllib3").level == logging.NOTSET


def test_the_parts_of_a_secret_variable_that_is_json_are_masked(requests: list[str], monkeypatch: pytest.MonkeyPatch):
    """Secrets Manager's console makes such ones: the step takes the password out of it."""
    store("interlude/database", '{"username": "postgres", "password": "p-assword", "host": "db.example.com"}')
    monkeypatch.setenv("SECRETS", "DATABASE=secretsmanager:interlude/database")
    monkeypatch.setenv("DATABASE", "")

    accounts.set_environment()

    assert masking.mask("postgres p-assword db.example.com") == "postgres (secret) db.example.com"
    assert masking.mask(os.environ["DATABASE"]) == "(secret)"


def refused(name: str = "slack") -> str:
    with pytest.raises(NoSecret) as error:
        accounts.account(name, "pd.inputs['slack'] of step 'notify'")
    assert error.value.__cause__ is None
    return str(error.value)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("secretsmanager:gone", "but Secrets Manager has no secret of this name; create it, or correct the name."),
        ("ssm:/gone", "but the Parameter Store has no secret of this name; create it, or correct the name."),
        ("secretsmanager:interlude/binary", "but that is binary; it must be text."),
    ],
)
@pytest.mark.usefixtures("requests")
def test_a_secret_that_is_not_there_is_told(source: str, sentence: str, monkeypatch: pytest.MonkeyPatch):
    """Who wants it, from where, and what to do."""
    monkeypatch.setenv("ACCOUNTS", f"slack={source}")

    assert refused() == f"pd.inputs['slack'] of step 'notify' is the account 'slack' from {source}, {sentence}"


@pytest.mark.parametrize("name", ["secretsmanager:interlude/text", "ssm:/interlude/api-key"])
@pytest.mark.usefixtures("requests")
def test_an_account_that_is_no_object_is_told_without_what_it_is(name: str, monkeypatch: pytest.MonkeyPatch):
    """The sentence shows what it should look like."""
    monkeypatch.setenv("ACCOUNTS", f"slack={name}")

    assert refused() == (
        f"pd.inputs['slack'] of step 'notify' is the account 'slack', but {name} does not hold a JSON object such as "
        '{"oauth_access_token": "…"}.'
    )


@pytest.mark.usefixtures("connected")
def test_an_account_that_the_template_does_not_name_is_told():
    """With what to add to ACCOUNTS."""
    assert refused("gitlab") == (
        "pd.inputs['slack'] of step 'notify' is the account 'gitlab', which ACCOUNTS in the environment of the step's "
        "function does not have; add gitlab=secretsmanager:<name or ARN> or gitlab=ssm:<name> to it."
    )


@pytest.mark.parametrize("entry", ["slack", "slack=", "slack=interlude/slack", "slack=s3:x", "=ssm:x", "slack=ssm:"])
@pytest.mark.usefixtures("requests")
def test_an_entry_that_is_none_is_told(entry: str, monkeypatch: pytest.MonkeyPatch):
    """It is quoted, and the sentence says how entries look."""
    monkeypatch.setenv("ACCOUNTS", f"github=ssm:/interlude/github,{entry},")

    assert refused().startswith(
        f"ACCOUNTS in the environment of the step's function has {entry!r}; each entry must be "
    )


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (
            "AccessDeniedException",
            "but the step's function may not read it; allow secretsmanager:GetSecretValue on it in its Policies.",
        ),
        ("DecryptionFailure", "but Secrets Manager answered DecryptionFailure."),
    ],
)
@pytest.mark.usefixtures("connected")
def test_what_aws_refuses_is_told_in_our_words(code: str, sentence: str, monkeypatch: pytest.MonkeyPatch):
    """Its own message stays out of it."""
    secrets: Any = clients.client("secretsmanager")

    def refuse(**_: Any) -> Any:
        raise secrets.exceptions.ClientError({"Error": {"Code": code, "Message": TOKEN}}, "GetSecretValue")

    monkeypatch.setattr(secrets, "get_secret_value", refuse)

    assert refused().endswith(f"from secretsmanager:interlude/slack, {sentence}")


@pytest.mark.usefixtures("connected")
def test_a_service_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch):
    """One sentence, as for everything else."""

    def away(**_: Any) -> Any:
        raise EndpointConnectionError(endpoint_url="https://x")

    monkeypatch.setattr(clients.client("secretsmanager"), "get_secret_value", away)

    assert refused().endswith("but Secrets Manager can't be reached: EndpointConnectionError.")


def test_secrets_are_in_the_environment_before_the_step_is_imported(
    requests: list[str], as_step: Any, monkeypatch: pytest.MonkeyPatch
):
    """Its module's level may read them, and every attempt gets what has been rotated meanwhile."""
    monkeypatch.setenv("SECRETS", "API_KEY=ssm:/interlude/api-key,TOKEN=secretsmanager:interlude/text")
    for name in ("API_KEY", "TOKEN"):
        monkeypatch.setenv(name, "")
    step = "import os\nKEY = os.environ['API_KEY']\ndef handler(pd): return [KEY, os.environ['TOKEN']]\n"
    (as_step / "step.py").write_text(step, encoding="utf-8")

    assert usercode.ready("step")(None) == ["key-12345", "the-secret-text"]
    assert masking.mask("key-12345 the-secret-text") == "(secret) (secret)"
    assert sorted(requests) == ["GetParameter", "GetSecretValue"]


@pytest.mark.usefixtures("requests", "as_step")
def test_a_secret_variable_that_is_not_there_is_told_when_the_step_is_called(monkeypatch: pytest.MonkeyPatch):
    """As the step's own error; its file is not imported."""
    monkeypatch.setenv("SECRETS", "API_KEY=ssm:/gone")

    with pytest.raises(NoSecret) as error:
        usercode.ready("step")

    assert str(error.value) == (
        "The environment variable API_KEY is a secret from ssm:/gone, but the Parameter Store has no secret of this "
        "name; create it, or correct the name."
    )
    assert "API_KEY" not in os.environ


@pytest.mark.usefixtures("requests")
def test_a_secret_that_no_variable_can_hold_is_told_without_it(monkeypatch: pytest.MonkeyPatch):
    """A null byte ends a variable."""
    store("interlude/null", "abc\0def")
    monkeypatch.setenv("SECRETS", "TOKEN=secretsmanager:interlude/null")

    with pytest.raises(NoSecret) as error:
        accounts.set_environment()

    assert str(error.value) == (
        "The environment variable TOKEN is a secret, but secretsmanager:interlude/null holds text that a "
        "variable can't have."
    )
