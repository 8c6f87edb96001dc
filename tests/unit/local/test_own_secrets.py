"""local.own_secrets: the file that holds a developer's secrets, and what becomes of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local import own_secrets
from local.errors import LocalError
from local.stack import Function, Stack


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


def read(folder: Path, text: str) -> dict[str, str]:
    (folder / "secrets.json").write_text(text, encoding="utf-8")
    return own_secrets.read(folder / "template.yaml")


def stack(**environment: str) -> Stack:
    function = Function(
        logical_id="Notify",
        name="interlude-sales-notify",
        arn="arn",
        version="1",
        handler="x",
        folder=Path(),
        environment=environment,
    )
    return Stack("interlude", "us-east-1", {function.name: function}, {}, (), {})


def test_without_a_file_there_are_no_secrets(tmp_path: Path):
    """And nothing is created, nor asked for."""
    assert own_secrets.read(tmp_path / "template.yaml") == {}
    own_secrets.create({}, "us-east-1", "http://127.0.0.1:1")
    assert own_secrets.missing({}, stack(STEP="notify"), {"sales": "quiet"}) == []


@pytest.mark.usefixtures("aws")
def test_secrets_can_be_asked_for_in_both_services(tmp_path: Path):
    """An object as JSON, a text as it is; again after a change, and where the template has made the secret."""
    boto3.client("secretsmanager").create_secret(Name="interlude/slack")
    for token in ("old", "new"):
        secrets = read(tmp_path, json.dumps({"interlude/slack": {"token": token}, "/interlude/key": "k", "plain": "p"}))
        own_secrets.create(secrets, "us-east-1", None)

    manager, parameters = boto3.client("secretsmanager"), boto3.client("ssm")

    assert json.loads(manager.get_secret_value(SecretId="interlude/slack")["SecretString"]) == {"token": "new"}
    found = {
        name: parameters.get_parameter(Name=name, WithDecryption=True)["Parameter"]
        for name in ("/interlude/key", "plain")
    }
    assert {name: (each["Value"], each["Type"]) for name, each in found.items()} == {
        "/interlude/key": ("k", "SecureString"),
        "plain": ("p", "SecureString"),
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"a": "my-secret",\n}', "is not valid JSON at line"),
        ('{"a": "\udcff"}', "is not valid JSON"),
        ('["my-secret"]', "holds a list, but must hold an object with secrets by their names."),
        ('{"a": ["my-secret"]}', "'a' is a list, but must be text, or an object for an account."),
        ('{"a": 12345678}', "'a' is a int, but must be text, or an object for an account."),
        ('{"a": null}', "'a' is a NoneType, but must be text, or an object for an account."),
        ('{"a": ""}', "'a' is empty, but must be text, or an object for an account."),
    ],
)
def test_a_file_that_is_none_is_told_without_a_secret(tmp_path: Path, text: str, sentence: str):
    """One sentence, which names the file."""
    (tmp_path / "secrets.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(LocalError) as refused:
        own_secrets.read(tmp_path / "template.yaml")

    said = str(refused.value)
    assert said.startswith(str(tmp_path / "secrets.json"))
    assert sentence in said
    assert "\n" not in said
    assert "my-secret" not in said
    assert "12345678" not in said


@pytest.mark.usefixtures("aws")
def test_a_name_that_aws_does_not_take_is_told():
    """As it would be when it is created there."""
    with pytest.raises(LocalError, match=r"^secrets.json: '/aws/reserved' can't be a secret: "):
        own_secrets.create({"/aws/reserved": "my-secret"}, "us-east-1", None)


def test_what_the_template_wants_and_the_file_lacks_is_told():
    """Once for each name, with who asks; an ARN by its name."""
    given: dict[str, Any] = {
        "ACCOUNTS": "slack=secretsmanager:interlude/slack, github=ssm:/interlude/github",
        "SECRETS": "A=ssm:/interlude/github,"
        "B=secretsmanager:arn:aws:secretsmanager:us-east-1:1:secret:interlude/b-a1B2c3,"
        "C=ssm:arn:aws:ssm:us-east-1:1:parameter/interlude/c",
    }

    assert own_secrets.missing({"interlude/slack": "{}"}, stack(**given), {}) == [
        "secrets.json has no '/interlude/github', which sales-notify will ask for.",
        "secrets.json has no 'interlude/b', which sales-notify will ask for.",
        "secrets.json has no '/interlude/c', which sales-notify will ask for.",
    ]


def test_what_a_hook_checks_signatures_with_and_the_file_lacks_is_told():
    """By the name below the stack's, as the API asks for it."""
    options = {
        "orders": "respond verify=shopify:ssm:shop",
        "pushes": "verify=github:secretsmanager:team/repo",
        "forms": "verify=hmac-sha256-hex:X-Sign:ssm:forms",
        "slash": "verify=slack:ssm:app",
    }

    assert own_secrets.missing({"/interlude/hooks/app": "x"}, stack(STEP="notify"), options) == [
        "secrets.json has no '/interlude/hooks/shop', which the hook of orders will ask for.",
        "secrets.json has no 'interlude/hooks/team/repo', which the hook of pushes will ask for.",
        "secrets.json has no '/interlude/hooks/forms', which the hook of forms will ask for.",
    ]


def test_git_ignores_the_file():
    """Wherever a template lies."""
    lines = (Path(__file__).parents[3] / ".gitignore").read_text(encoding="utf-8").splitlines()

    assert "secrets.json" in lines
