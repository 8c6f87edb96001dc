"""What workflows, steps and their resources are called. Called by sync, export and plan; calls nothing."""

import hashlib
import re
from collections.abc import Collection

from importer.errors import Refused

STACK = "interlude"
"""The stack's name for which the names of functions and machines are made to fit."""

FUNCTION_LENGTH = 64
WORKFLOW_LENGTH = 40
"""Leaves room for the stack's name and 13 characters of a step's."""

RESERVED = ("api", "failures", "wakeups", "watch")
"""The folders of the functions that are no steps: the template's, whose Handler is their own."""

# They lie beside the steps, and so before the runtime's own packages on the path.
HIDING = ("interlude", "awslambdaric", "boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORKFLOW = re.compile(r"[A-Za-z0-9_-]+")


def workflow(folder: str) -> str:
    """The name of the workflow in a folder `<slug>-p_<id>`. Raises Refused."""
    slug = re.sub(r"-p_[A-Za-z0-9]+$", "", folder)
    if not _WORKFLOW.fullmatch(slug):
        raise Refused(f"The workflow's folder is called {folder!r}; its name may have letters, digits, _ and - only.")
    if slug.lower() in RESERVED:
        raise Refused(
            f"The workflow's folder is called {folder!r}, but {slug!r} is a name of Interlude's own: rename it."
        )
    return shortened(slug, WORKFLOW_LENGTH)


def is_step(name: str) -> bool:
    """Whether a step may be called so."""
    return _IDENTIFIER.fullmatch(name) is not None and not taken(name)


def taken(name: str) -> str:
    """What a step of this name would be in the way of; empty for nothing."""
    if name == "trigger":
        return "which is what the trigger's own exports are called"
    return f"which would hide the package {name} that every step needs" if name in HIDING else ""


def check_step(name: object, where: str) -> str:
    """The name of a step. Raises Refused where it can't be that of a Python file."""
    if not isinstance(name, str) or not _IDENTIFIER.fullmatch(name):
        raise Refused(f"{where}: a step is called {name!r}; a name has letters, digits and _, and no digit first.")
    if reason := taken(name):
        raise Refused(f"{where}: a step is called {name!r}, {reason}.")
    return name


def shortened(name: str, length: int) -> str:
    """The name itself, or its beginning and a hash of the whole."""
    if len(name) <= length:
        return name
    return f"{name[: length - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def function(workflow: str, step: str) -> str:
    """What follows the stack's name in the name of a step's function. It begins with the workflow's, for its policy."""
    room = FUNCTION_LENGTH - len(f"{STACK}-{workflow}-")
    return f"{workflow}-{shortened(step, room)}"


# Keys that YAML 1.1 does not take for text.
_NO_KEYS = {
    "Y",
    "N",
    "Yes",
    "No",
    "On",
    "Off",
    "True",
    "False",
    "Null",
    "YES",
    "NO",
    "ON",
    "OFF",
    "TRUE",
    "FALSE",
    "NULL",
}


def logical_id(taken: Collection[str], *names: str) -> str:
    """approval, ask: ApprovalAsk; with a number where that is taken."""
    words = (word for name in names for word in re.split(r"[^A-Za-z0-9]+", name))
    made = "".join(word[:1].upper() + word[1:] for word in words) or "Step"
    made = made if made[0].isalpha() else f"W{made}"
    number, free = 2, made
    while free in taken or free in _NO_KEYS:
        number, free = number + 1, f"{made}{number}"
    return free
