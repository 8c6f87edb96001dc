"""The developer's own secrets: what secrets.json beside the template holds, for Secrets Manager and Parameter Store.

    {"interlude/slack": {"oauth_access_token": "…"}, "/interlude/api-key": "…"}

Called by server, before functions run. Calls both services, and says which secrets are not there.
"""

import json
import re
from pathlib import Path

import boto3
from botocore.exceptions import ClientError

from local.errors import LocalError
from local.stack import Stack

FILE = "secrets.json"

_ENTRY = re.compile(r"[^=,]+=\s*(secretsmanager|ssm):([^,]+)")
_VERIFY = re.compile(r"\bverify=\S+?:(secretsmanager|ssm):(\S+)")
_ARN_NAME = re.compile(r"arn:[^:]*:(?:secretsmanager:[^:]*:[^:]*:secret:|ssm:[^:]*:[^:]*:parameter)(.+?)(?:-\w{6})?")


def read(template: Path) -> dict[str, str]:
    """Each secret's text by its name; empty where there is no file. Raises LocalError, which never quotes a secret."""
    path = template.parent / FILE
    try:
        given = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        place = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise LocalError(f"{path} is not valid JSON{place}; it holds secrets by their names.") from None
    if not isinstance(given, dict):
        raise LocalError(f"{path} holds a {type(given).__name__}, but must hold an object with secrets by their names.")
    for name, value in given.items():
        if not isinstance(value, str | dict) or not value:
            raise LocalError(f"{path}: {name!r} is {_kind(value)}, but must be text, or an object for an account.")
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()}


def create(secrets: dict[str, str], region: str, endpoint: str | None) -> None:
    """Puts each secret into both services, as the template says which one is asked. Raises LocalError."""
    if not secrets:
        return
    session = boto3.Session("local", "local", region_name=region)
    manager = session.client("secretsmanager", endpoint_url=endpoint)
    parameters = session.client("ssm", endpoint_url=endpoint)
    for name, text in secrets.items():
        try:
            try:
                manager.create_secret(Name=name, SecretString=text)
            except manager.exceptions.ResourceExistsException:  # the template has made it
                manager.put_secret_value(SecretId=name, SecretString=text)
            # The Parameter Store takes no other names with a / in them.
            if name.startswith("/") or "/" not in name:
                parameters.put_parameter(Name=name, Value=text, Type="SecureString", Overwrite=True)
        except ClientError as error:
            raise LocalError(f"{FILE}: {name!r} can't be a secret: {error.response['Error']['Code']}.") from None


def missing(secrets: dict[str, str], stack: Stack, options: dict[str, str]) -> list[str]:
    """A line for each secret that a function or a hook wants and the file lacks. `options` are words, by workflow."""
    wanted: dict[str, list[str]] = {}
    for workflow, words in options.items():
        for service, name in _VERIFY.findall(words):
            below = f"{stack.name}/hooks/{name}"
            wanted.setdefault(f"/{below}" if service == "ssm" else below, []).append(f"the hook of {workflow}")
    for function in stack.functions.values():
        for variable in ("ACCOUNTS", "SECRETS"):
            for _, name in _ENTRY.findall(function.environment.get(variable, "")):
                wanted.setdefault(_plain(name.strip()), []).append(stack.short_name(function.name))
    return [
        f"{FILE} has no {name!r}, which {', '.join(sorted(set(functions)))} will ask for."
        for name, functions in wanted.items()
        if name not in secrets
    ]


def _plain(name: str) -> str:
    """A secret's name, also where the template has its ARN."""
    found = _ARN_NAME.fullmatch(name)
    return found[1] if found else name


def _kind(value: object) -> str:
    return "empty" if value in ("", {}) else f"a {type(value).__name__}"
