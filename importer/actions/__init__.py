"""Translates simple, frequent actions of Pipedream's registry into steps.

translation < requests, filters, records, others    which action becomes which step, and how props become inputs
steps/    the steps: each file stands alone
"""

from collections.abc import Mapping
from typing import Any

from importer.actions import filters, others, records, requests
from importer.actions.translation import Translation, Version

__all__ = ["Translation", "translate"]

ACTIONS = {**requests.ACTIONS, **filters.ACTIONS, **records.ACTIONS, **others.ACTIONS}


def translate(uses: str, props: Mapping[str, Any]) -> Translation | None:
    """The step for an action such as `http-return-http-response@0.0.5`; None for an action without a translation.

    In `props`, accounts and data stores have the form of inputs.json, everything else that of workflow.yaml.
    """
    key, _, version = uses.partition("@")
    action = ACTIONS.get(key)
    if action is None:
        return None
    return action(props, _version(version))


def _version(text: str) -> Version:
    return tuple(int(part) for part in text.split(".") if part.isdecimal())
