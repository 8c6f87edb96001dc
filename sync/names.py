"""The names of workflows, steps and their resources."""

import hashlib
import re
from collections.abc import Collection

from sync.errors import Refused

STACK = "interlude"
"""Names of functions and machines are shortened to fit with this stack name."""

FUNCTION_LENGTH = 64
WORKFLOW_LENGTH = 40
"""Leaves room for the stack's name and 13 characters of a step's name."""

RESERVED = ("api", "failures", "wakeups", "watch")
"""The folders of the functions that are not steps: those in the template with a Handler of their own."""

# A file beside the steps comes before the runtime's own packages on the path.
HIDING = ("interlude", "awslambdaric", "boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORKFLOW = re.compile(r"[A-Za-z0-9_-]+")


def workflow(folder: str) -> str:
    """The name of the workflow in a folder `<slug>-p_<id>`. Raises Refused."""
    slug = re.sub(r"-p_[A-Za-z0-9]+$", "", folder)
    if not _WORKFLOW.fullmatch(slug):
        raise Refused(f"The workflow's folder is called {folder!r}; its name may only have letters, digits, _ and -.")
    if slug.lower() in RESERVED:
        raise Refused(
            f"The workflow's folder is called {folder!r}, but Interlude reserves the name {slug!r}: rename it."
        )
    return shortened(slug, WORKFLOW_LENGTH)


def is_step(name: str) -> bool:
    """Whether a step may have this name."""
    return IDENTIFIER.fullmatch(name) is not None and not taken(name)


def taken(name: str) -> str:
    """Why a step can't have this name, as a relative clause; empty if it can."""
    if name == "trigger":
        return "which is the name of the trigger's own exports"
    if name in HIDING:
        return f"which would hide the package {name} that every step needs"
    return ""


def check_step(name: object, where: str) -> str:
    """The name of a step. Raises Refused if it can't be the name of a Python file."""
    if not isinstance(name, str) or not IDENTIFIER.fullmatch(name):
        raise Refused(
            f"{where}: a step is called {name!r}; a name may only have letters, digits and _, and no digit first."
        )
    if reason := taken(name):
        raise Refused(f"{where}: a step is called {name!r}, {reason}.")
    return name


def shortened(name: str, length: int) -> str:
    """The name itself, or its beginning and a hash of the whole name."""
    if len(name) <= length:
        return name
    return f"{name[: length - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def room(workflow: str) -> int:
    """How many characters the name of a step's function may have after the workflow's."""
    return FUNCTION_LENGTH - len(f"{STACK}-{workflow}-")


# Keys that are not text in YAML 1.1.
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
    """A logical id such as ApprovalAsk for approval and ask; with a number if that is taken."""
    words = (word for name in names for word in re.split(r"[^A-Za-z0-9]+", name))
    made = "".join(word[:1].upper() + word[1:] for word in words) or "Step"
    if not made[0].isalpha():
        made = f"W{made}"
    free = made
    number = 2
    while free in taken or free in _NO_KEYS:
        free = f"{made}{number}"
        number += 1
    return free
