"""The policies of the deployed stack, word by word, and how one is taken away while the stack runs."""

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from moto.iam.models import iam_backends

from local.access.conditions import as_list


@dataclass(frozen=True, order=True)
class Word:
    """A statement of a policy; or of it one action, or one resource."""

    policy: str
    """Without what CloudFormation has added to its name."""
    statement: int
    kind: str
    """statement, action, resource, or an action on a resource: a pair, which can't be taken away by itself"""
    text: str

    def __str__(self) -> str:
        return f"{self.policy} {self.statement} {self.kind} {self.text}"


def documents() -> dict[str, tuple[str, Any]]:
    """Each policy of the stack's own by its place: its name as in the template, and what holds it."""
    backend = iam_backends["123456789012"]["aws"]
    found: dict[str, tuple[str, Any]] = {}
    for role in backend.roles.values():
        for name in role.policies:
            found[f"{role.name}/{name}"] = name, (role.policies, name)
    for arn, policy in backend.managed_policies.items():
        if not arn.startswith("arn:aws:iam::aws:"):
            version = next(each for each in policy.versions if each.is_default)
            found[arn] = short(policy.name), (vars(version), "document")
    return found


def short(name: str) -> str:
    """interlude-ApprovalRole-3FWATSU3Z3WA is ApprovalRole. What AWS manages is called as it is."""
    return name.split("-")[1] if name.startswith("interlude-") else name


def statements(place: Any) -> list[dict[str, Any]]:
    holder, key = place
    document = json.loads(holder[key]) if isinstance(holder[key], str) else holder[key]
    return [each for each in as_list(document["Statement"]) if each]


def words() -> Iterator[Word]:
    """Everything that could be taken away."""
    for policy, place in documents().values():
        for number, statement in enumerate(statements(place)):
            actions, resources = as_list(statement["Action"]), as_list(statement["Resource"])
            yield Word(policy, number, "statement", ", ".join(actions))
            if len(actions) > 1:
                yield from (Word(policy, number, "action", each) for each in actions)
            if len(resources) > 1:
                yield from (Word(policy, number, "resource", each) for each in resources)
            yield from (Word(policy, number, "pair", f"{action} on {one}") for action in actions for one in resources)


@contextmanager
def without(word: Word) -> Iterator[None]:
    """The policy without this, until the block ends."""
    [(holder, key)] = [place for name, place in documents().values() if name == word.policy]
    before = holder[key]
    left = copy.deepcopy(statements((holder, key)))
    if word.kind == "statement":
        del left[word.statement]
    else:
        name = word.kind.capitalize()
        left[word.statement][name] = [each for each in as_list(left[word.statement][name]) if each != word.text]
    holder[key] = json.dumps({"Version": "2012-10-17", "Statement": left})
    try:
        yield
    finally:
        holder[key] = before
