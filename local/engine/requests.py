"""The engine's requests in the form that AWS's clients send: JSON with an X-Amz-Target, under somebody's credentials.

Called by endpoint and moto_differences, before moto is asked.
"""

import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.access import roles
from local.engine.access import refusal
from local.engine.errors import ServiceError
from local.engine.place import ACCOUNT, Place

Operation = Callable[[str, dict[str, Any], Place], dict[str, Any] | None]
"""Answers an operation's request, by its name; None leaves it to moto. Raises ServiceError."""

_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]*)/")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class _Protocol:
    """How a service spells its answers."""

    service: str
    """IAM's prefix."""
    content_type: str
    errors: str
    """What stands before the code of an error."""


_PROTOCOLS = {
    "DynamoDB_20120810": _Protocol("dynamodb", "application/x-amz-json-1.0", "com.amazonaws.dynamodb.v20120810#"),
    "AWSStepFunctions": _Protocol("states", "application/x-amz-json-1.0", ""),
}


class Requests:
    """Answers requests with operations, which are those of an engine by their services' IAM prefixes.

    `machine_of` finds the ARN of the state machine that a task token is of: that is what IAM judges.
    """

    def __init__(self, operations: Mapping[str, Operation], machine_of: Callable[[str], str | None]) -> None:
        self._operations, self._machine_of = operations, machine_of

    def answer(self, headers: Mapping[str, str], body: bytes) -> Answer | None:
        """None for what is moto's. The names of headers are looked up as AWS's SDKs write them."""
        target, _, name = headers.get("X-Amz-Target", "").partition(".")
        protocol = _PROTOCOLS.get(target)
        operation = self._operations.get(protocol.service) if protocol else None
        if not protocol or not operation:
            return None
        key, region = _credential(headers.get("Authorization", ""))
        place = Place(ACCOUNT, region)
        try:
            request = json.loads(body or b"{}")
            token = request.get("taskToken")
            about = {"stateMachineArn": self._machine_of(token)} if token else request
            _check_access(key, protocol.service, name, about, place)
            answer = operation(name, request, place)
        except ServiceError as error:
            said = {"__type": f"{protocol.errors}{error.code}", "message": error.message, **error.fields}
            return _answer(400, protocol, said)
        return None if answer is None else _answer(200, protocol, answer)


def _answer(status: int, protocol: _Protocol, content: dict[str, Any]) -> Answer:
    headers = {"Content-Type": protocol.content_type, "x-amzn-RequestId": secrets.token_hex(16)}
    return Answer(status, headers, json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())


def _credential(authorization: str) -> tuple[str, str]:
    """Access key and region."""
    found = _CREDENTIAL.search(authorization)
    return (found[1], found[2]) if found else ("", "us-east-1")


def _check_access(key: str, service: str, operation: str, about: dict[str, Any], place: Place) -> None:
    """Judges what comes with the credentials of a role of the stack. Raises ServiceError."""
    role = roles.assumed_by(key) if key else None
    if not role:
        return
    message = refusal(role, roles.session_of(key), service, operation, about, place)
    if message:
        raise ServiceError("AccessDeniedException", message, Message=message)
