"""What functions log, as people read it at a terminal. Called by workers; calls nothing of local."""

import json
from typing import Any


def readable(line: str) -> list[str]:
    """The lines to show for one that a function has logged: of JSON the message, or the error that Lambda tells."""
    # awslambdaric indents with no-break spaces.
    text = line.rstrip().replace("\u00a0", " ")
    shown = _shown(_object(text)) if text.startswith("{") else text
    return [each.rstrip() for each in (text if shown is None else shown).split("\n") if each.strip()]


def _object(text: str) -> dict[str, Any]:
    try:
        return dict(json.loads(text))
    except (ValueError, TypeError, RecursionError):
        return {}


def _shown(logged: dict[str, Any]) -> str | None:
    """None for an object that only its author can read: somebody has printed it."""
    if isinstance(logged.get("message"), str):
        told = f"{logged.get('errorType')}: {logged.get('errorMessage')}"
        # logging.exception has these beside its message; a traceback of ours is the message.
        frames = logged["stackTrace"] if isinstance(logged.get("stackTrace"), list) else []
        return "\n".join([logged["message"], *map(str, frames), *([told] if frames else [])])
    if logged.get("level") == "ERROR" and "errorType" in logged:
        frames = logged.get("stackTrace") or []
        return "\n".join([f"[ERROR] {logged['errorType']}: {logged.get('errorMessage')}", *map(str, frames)])
    return None
