"""Where secrets lie: `secretsmanager:<name>` or `ssm:<name>`."""

import re
from collections.abc import Iterator
from collections.abc import Mapping as Pairs

from ruamel.yaml.comments import CommentedSeq

from sync.document import Mapping

ACCOUNTS = "secretsmanager:${AWS::StackName}/"
"""Where an account is of which only the name is given."""
SECRETS = "ssm:/${AWS::StackName}/"
"""The same for a secret."""

_ACCOUNT = re.compile(r"[A-Za-z0-9_.-]+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLACE = re.compile(r"(?:secretsmanager|ssm):[^,=\s]+")


def accounts(mapping: Mapping) -> Pairs[str, str]:
    """The place of each account, of a list of names or of a mapping of names to places. Raises Refused."""
    places = {}
    for name, place, line in _pairs(mapping, "accounts", ACCOUNTS):
        if not _ACCOUNT.fullmatch(name):
            raise mapping.refusal_at(line, f"accounts has {name!r}; a name must have letters, digits, _, . and -.")
        places[name] = place
    return places


def secrets(mapping: Mapping) -> Pairs[str, str]:
    """The place of each variable, in the same forms. Raises Refused."""
    places = {}
    for name, place, line in _pairs(mapping, "secrets", SECRETS):
        if not _VARIABLE.fullmatch(name):
            text = f"secrets has {name!r}; a name must have letters, digits and _, and no digit first."
            raise mapping.refusal_at(line, text)
        places[name] = place
    return places


def join(places: Pairs[str, str]) -> str:
    """As the runtime reads them."""
    return ",".join(f"{name}={place}" for name, place in places.items())


def _pairs(mapping: Mapping, key: str, default: str) -> Iterator[tuple[str, str, int]]:
    """Each name with its place and its line."""
    if isinstance(mapping.node.get(key), CommentedSeq):
        for element, line in mapping.elements(key):
            if not isinstance(element, str):
                text = f"{key} must be a list of names, or a mapping of names to places."
                raise mapping.refusal_at(line, text)
            yield str(element), default + element, line
        return
    places = mapping.mapping(key)
    for name in places.node:
        place = places.text(name, default + name)
        if name and not _PLACE.fullmatch(place):
            text = f"{key} has {name} in {place!r}; it must be secretsmanager:<name or ARN> or ssm:<name>."
            raise places.refusal(name, text)
        yield name, place, places.line_of(name)
