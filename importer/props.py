"""Turns a step's props into its inputs for the runtime."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from importer.workflow import Json
from interlude.pd import expressions

_STEP = re.compile(r"""\bsteps\s*(?:\?\.|\.|(?:\?\.)?\[\s*["'])([A-Za-z_$][\w$]*)""")
_VARIABLE = re.compile(r"""\bprocess\s*\.\s*env\s*(?:\?\.|\.|\[\s*["'])([A-Za-z_]\w*)""", re.ASCII)
_BRACES = re.compile(r"\{\{.*?\}\}", re.DOTALL)


class Accounts:
    """Names for connected accounts: that of the prop, unless props of the same name have two accounts."""

    def __init__(self, props: Iterable[Any]) -> None:
        self._ids: dict[str, set[str]] = {}
        for each in props:
            for prop, account in connections(each):
                self._ids.setdefault(_safe(prop), set()).add(account)

    def name(self, prop: str, account: str) -> str:
        if len(self._ids.get(_safe(prop), ())) < 2:
            return _safe(prop)
        return f"{_safe(prop)}_{_safe(account.removeprefix('apn_'))}"


@dataclass
class Inputs:
    """`values` is the inputs.json of a step; the other fields are for the report and the template."""

    values: Json
    accounts: dict[str, str] = field(default_factory=dict)
    """The prop of each account, by the account's name."""
    stores: set[str] = field(default_factory=set)
    scripts: list[tuple[str, str]] = field(default_factory=list)
    """Prop and expression, for each expression that is JavaScript and not a path."""
    steps: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)


def inputs(props: Mapping[str, Any], accounts: Accounts) -> Inputs:
    """The content of pd.inputs for the step."""
    made = Inputs({})
    made.values = {prop: _convert(prop, value, made, accounts) for prop, value in props.items()}
    return made


def connections(props: Any, prop: str = "") -> Iterable[tuple[str, str]]:
    """Prop and id of each connected account, at any depth."""
    if isinstance(props, dict):
        if _is_account(props):
            yield prop, str(props["authProvisionId"])
        for key, value in props.items():
            yield from connections(value, key)
    elif isinstance(props, list):
        for value in props:
            yield from connections(value, prop)


def _is_account(value: Json) -> bool:
    return set(value) == {"authProvisionId"} and isinstance(value["authProvisionId"], str)


def _convert(prop: str, value: Any, made: Inputs, accounts: Accounts) -> Any:
    """A prop's value in the form of the runtime. Collects accounts, stores and references in `made`."""
    if isinstance(value, list):
        return [_convert(prop, item, made, accounts) for item in value]
    if isinstance(value, str):
        _look_at(prop, value, made)
        return value
    if not isinstance(value, dict):
        return value
    if _is_account(value):
        name = accounts.name(prop, value["authProvisionId"])
        made.accounts[name] = prop
        return {"$account": name}
    if set(value) == {"storeId"} and isinstance(value["storeId"], str):
        made.stores.add(value["storeId"])
        return {"$data_store": value["storeId"]}
    if set(value) in ({"__lv"}, {"lv"}):
        return _convert(prop, next(iter(value.values())), made, accounts)
    if set(value) == {"label", "value"}:
        return _convert(prop, value["value"], made, accounts)
    return {key: _convert(key if _holds_account(item) else prop, item, made, accounts) for key, item in value.items()}


def _holds_account(value: Any) -> bool:
    return isinstance(value, dict) and _is_account(value)


def _look_at(prop: str, text: str, made: Inputs) -> None:
    if "{{" not in text:
        return
    made.scripts += [(prop, expression.strip()) for expression in expressions.problems(text)]
    for part in _BRACES.findall(text):
        made.steps.update(_STEP.findall(part))
        made.variables.update(_VARIABLE.findall(part))


def _safe(name: str) -> str:
    """A name that may stand in the template's ACCOUNTS and in the name of a secret."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name) or "account"
