"""What functions log, as people read it at a terminal. Called by workers; calls nothing of local."""

import json
import re
from typing import Any

_TOLD_AGAIN = re.compile(r'  File "[^"\n]*/interlude/step\.py", line \d+, in _turn\n')
"""The frame that hands a step's error on to Lambda. The step's own traceback is a line above it."""


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
    """None for an object to show as it is."""
    frames = logged["stackTrace"] if isinstance(logged.get("stackTrace"), list) else []
    told = f"{logged.get('errorType')}: {logged.get('errorMessage')}"
    if {"timestamp", "level", "message"} <= logged.keys():
        message = logged["message"]
        text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
        # logging.exception has these beside its message; a traceback of ours is the message.
        return "\n".join([text, *map(str, frames), *([told] if frames else [])])
    if {"timestamp", "level", "errorType", "errorMessage", "stackTrace"} <= logged.keys():
        again = frames and _TOLD_AGAIN.match(str(frames[-1]))
        return "\n".join([f"[ERROR] {told}", *map(str, [] if again else frames)])
    return None
