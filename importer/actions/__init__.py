"""Actions of Pipedream's registry that become steps of the user's own: simple ones that occur often. Called by plan.

translation < requests, filters, records, others    which action becomes which step, and its props the inputs
steps/    what the steps are: files that each stand alone
"""

from collections.abc import Mapping
from typing import Any

from importer.actions import filters, others, records, requests
from importer.actions.translation import Translation, Version

__all__ = ["Translation", "translate"]

ACTIONS = {**requests.ACTIONS, **filters.ACTIONS, **records.ACTIONS, **others.ACTIONS}


def translate(uses: str, props: Mapping[str, Any]) -> Translation | None:
    """The step that stands for an action such as `http-return-http-response@0.0.5`, or None where there is none.

    Of props, accounts and data stores have the form that inputs.json has, everything else is as in workflow.yaml.
    """
    key, _, version = uses.partition("@")
    action = ACTIONS.get(key)
    return action(props, _version(version)) if action else None


def _version(text: str) -> Version:
    return tuple(int(part) for part in text.split(".") if part.isdecimal())
