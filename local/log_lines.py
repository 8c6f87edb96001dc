"""What functions log, as people read it at a terminal. Called by workers; calls nothing of local."""

import codecs
import io
import json
import re
import time
from typing import Any

_TOLD_AGAIN = re.compile(r'  File "[^"\n]*/interlude/step\.py", line \d+, in _turn\n')
"""The frame that hands a step's error on to Lambda. The step's own traceback is a line above it."""


class Lines:
    """The lines of what a process writes, in the pieces in which it is read."""

    def __init__(self) -> None:
        # Universal newlines: awslambdaric ends the lines of a traceback with carriage returns.
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._decoder = io.IncrementalNewlineDecoder(decoder, translate=True)
        self._begun: list[str] = []

    def feed(self, data: bytes) -> list[str]:
        """The lines that the next piece ends."""
        first, *more = self._decoder.decode(data).split("\n")
        self._begun.append(first)
        if not more:
            return []
        ended = ["".join(self._begun), *more[:-1]]
        self._begun = [more[-1]]
        return ended

    def rest(self) -> str:
        """The last line, where nothing ends it."""
        return "".join(self._begun) + self._decoder.decode(b"", final=True)


def readable(line: str) -> list[str]:
    """The lines to show for one that a function has logged: of JSON the message, or the error that Lambda tells.

    Each begins with the id of the run that it is about.
    """
    # awslambdaric indents with no-break spaces.
    text = line.rstrip().replace("\u00a0", " ")
    logged = _object(text)
    shown = _shown(logged) if logged else text
    run = f"[{logged['run_id']}] " if "run_id" in logged else ""
    return [f"{run}{each.rstrip()}" for each in (text if shown is None else shown).split("\n") if each.strip()]


def as_json(text: str, function: str = "") -> str:
    """A line as an object: what is one already with the function that has logged it, other text as its message."""
    about = {"function": function} if function else {}
    text = text.strip()
    if logged := _object(text):
        return json.dumps({**about, **logged}, ensure_ascii=False)
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return json.dumps({"timestamp": at, "level": "INFO", "message": text, **about}, ensure_ascii=False)


def is_object(text: str) -> bool:
    """Whether a line is a JSON object that says something."""
    return bool(_object(text))


def _object(text: str) -> dict[str, Any]:
    if not text.startswith("{"):
        return {}
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
