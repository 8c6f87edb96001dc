"""What identity-based policies say of one action on one resource. Called by verdicts. Calls conditions."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from local.access.conditions import as_list, hold, like


@dataclass(frozen=True)
class Asked:
    """What somebody needs to be allowed. A resource of None is one that can't be told here: any will do."""

    action: str
    resource: str | None
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Grant:
    """The place that allows or denies: a policy by its name, a statement by its number, and the words that match."""

    policy: str
    statement: int
    effect: str
    action: str
    resource: str


def matching(policy: str, document: Any, asked: Asked) -> Iterator[Grant]:
    """Every statement of a policy that is about what is asked."""
    for number, statement in enumerate(_statements(document)):
        action, resource = _action(statement, asked.action), _resource(statement, asked)
        if action and resource and hold(statement.get("Condition") or {}, asked.context):
            yield Grant(policy, number, str(statement["Effect"]), action, resource)


def trusts(document: Any, service: str) -> bool:
    """Whether a role's trust policy lets a service of AWS assume it."""
    return any(
        statement["Effect"] == "Allow"
        and _action(statement, "sts:AssumeRole")
        and service in as_list((statement.get("Principal") or {}).get("Service", []))
        and hold(statement.get("Condition") or {}, {})
        for statement in _statements(document)
    )


def _statements(document: Any) -> list[dict[str, Any]]:
    found = _parsed(document) if isinstance(document, str) else document
    # moto's CloudFormation leaves a null where AWS leaves out what is AWS::NoValue.
    return [each for each in as_list(found["Statement"]) if each]


@lru_cache(maxsize=1024)
def _parsed(document: str) -> Any:
    return json.loads(document)


def _action(statement: Mapping[str, Any], action: str) -> str | None:
    """The word that takes the action; also for a NotAction, which takes what it does not name."""
    if "NotAction" in statement:
        named = any(like(each.lower(), action.lower()) for each in as_list(statement["NotAction"]))
        return None if named else "NotAction"
    return next((each for each in as_list(statement["Action"]) if like(each.lower(), action.lower())), None)


def _resource(statement: Mapping[str, Any], asked: Asked) -> str | None:
    if "NotResource" in statement:
        named = asked.resource is not None and any(like(e, asked.resource) for e in as_list(statement["NotResource"]))
        return None if named else "NotResource"
    patterns = as_list(statement["Resource"])
    if asked.resource is None:
        # Whatever it is, "*" takes it. What else is denied by name may be something else; what is allowed, this.
        wide = next((each for each in patterns if each == "*"), None)
        return wide or (patterns[0] if statement["Effect"] == "Allow" else None)
    return next((each for each in patterns if like(each, asked.resource)), None)
