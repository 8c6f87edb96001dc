"""What the functions log: one JSON object in a line, with the run that it is about.

A step prints as it likes: `install` puts a stream in the place of stdout and stderr that makes such a line of each
print. Records of `logging` are made JSON by Lambda; they get the same fields. What a step prints or logs stands below
`message` or `extra`, and never at the top level: there CloudWatch looks for metrics, and an operator for what Interlude
says. Called by the entry points, and by who has more to say than a print.
"""

import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from copy import copy
from typing import Any, TextIO

from interlude import clock

LINE = 40_000
"""Characters of a message in one line. CloudWatch takes 256 KB, and a character may become six bytes in JSON."""

mask: Callable[[str], str] = str
"""What is done with a text first. `masking` says what, because it stands above."""

_about: dict[str, Any] = {}
_of_threads: dict[threading.Thread, dict[str, Any]] = {}
"""What lines of the thread that began the run are about, and those of threads that are older than the run."""
_streams: list["Lines"] = []
"""In the place of stdout and stderr, once they are installed."""


def begin(context: Any, **fields: Any) -> None:
    """From now on lines are about this, and about the invocation, and no longer about what was before.

    But for those of threads that are there already: what they do belongs to an earlier run, or to none.
    """
    global _about, _of_threads  # noqa: PLW0603  # of the process, as its output is
    before = {"thread_of_run": _about["run_id"]} if "run_id" in _about else {}
    _about = {}
    _of_threads = {thread: _of_threads.get(thread, {**before}) for thread in threading.enumerate()}
    _of_threads[threading.current_thread()] = _about
    add(**fields, requestId=getattr(context, "aws_request_id", None))


def add(**fields: Any) -> None:
    """Lines are about this, too."""
    _fields().update({name: value for name, value in fields.items() if value is not None})


def write(message: str, level: str = "INFO", **fields: Any) -> None:
    """One line with fields of its own, which stand at the top level."""
    flush()
    masked = {name: mask(value) if isinstance(value, str) else value for name, value in fields.items()}
    line = _line(mask(message), level, {**_fields(), **masked})
    with suppress(Exception):  # a step may have closed its stdout
        _streams[0].write_line(line) if _streams else print(line)


def install() -> None:
    """In a function: whatever is printed or logged from now on is about the run."""
    if "AWS_LAMBDA_RUNTIME_API" not in os.environ or _streams:
        return
    _streams[:] = Lines(sys.stdout, "INFO"), Lines(sys.stderr, "WARNING")
    # Some write to the streams that Python began with.
    sys.stdout = sys.__stdout__ = _streams[0]  # type: ignore[assignment, misc]
    sys.stderr = sys.__stderr__ = _streams[1]  # type: ignore[assignment, misc]
    for handler in logging.getLogger().handlers:
        _make_lines(handler)


def flush() -> None:
    """Writes what was printed without an end of line: the process may be frozen now, or be about another run next."""
    for stream in _streams:
        with suppress(Exception):
            stream.flush()


def _fields() -> dict[str, Any]:
    return _of_threads.get(threading.current_thread(), _about)


def _make_lines(handler: logging.Handler) -> None:
    """Has a handler of Lambda's, which writes past the streams, say of which run a record is.

    Its formatter writes each attribute of a record at the top level, also those of `extra`, and a formatter that the
    step has set may write whatever it likes there.
    """
    formatter = handler.formatter
    known = {*vars(logging.makeLogRecord({})), "message", "asctime", "aws_request_id", "tenant_id", "_frame_type"}

    def layout(record: logging.LogRecord) -> str:
        laid_out = copy(record)
        extra = {name: vars(laid_out).pop(name) for name in vars(record) if name not in known}
        # Lambda's own attribute for requestId: of the invocation, whichever thread it is.
        vars(laid_out).update(
            _fields(), aws_request_id=_fields().get("requestId"), **({"extra": extra} if extra else {})
        )
        text = logging.Handler.format(handler, laid_out)
        if handler.formatter is not formatter:
            return _line_of(text.rstrip("\r\n"), record.levelname, {"logger": record.name, **_fields()}) + "\n"
        # By which Lambda's handler knows that the text is JSON.
        vars(record).update({name: vars(laid_out)[name] for name in ("_frame_type",) if name in vars(laid_out)})
        return text

    handler.format = layout  # type: ignore[method-assign]


class Lines:
    """A stream of text that writes each print as one line of JSON, also one of several lines."""

    def __init__(self, stream: TextIO, level: str) -> None:
        self._stream, self._level = stream, level
        self._begun: dict[threading.Thread, str] = {}
        """By thread: what has no end yet."""
        self.buffer = _Bytes(self)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            return self._stream.write(text)  # which says what is wrong with that
        thread = threading.current_thread()
        begun = self._begun.pop(thread, "") + text
        if begun.endswith("\n") or len(begun) > LINE:
            self._emit(begun, _fields())
        elif begun:
            self._begun[thread] = begun
        return len(text)

    def writelines(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.write(text)

    def write_line(self, line: str) -> None:
        """Writes a line that is ready."""
        self._stream.write(f"{line}\n")
        self._stream.flush()

    def flush(self) -> None:
        for thread in list(self._begun):
            self._emit(self._begun.pop(thread, ""), _of_threads.get(thread, _about))
        self._stream.flush()

    def reconfigure(self, **_: Any) -> None:
        """Changes nothing: lines are UTF-8, also those of the next run."""

    def detach(self) -> "_Bytes":
        """The bytes, for who lays a text of their own over them. The stream itself goes on."""
        return self.buffer

    def close(self) -> None:
        """Writes what there is. The stream behind stays open: it is the process's, whose next run has to print, too."""
        self.flush()

    def _emit(self, printed: str, fields: dict[str, Any]) -> None:
        # All of it at once: a secret may have been written in parts.
        text = mask(printed).rstrip("\r\n")
        if not text.strip():
            return
        parts = [text[at : at + LINE] for at in range(0, len(text), LINE)]
        line = _line_of if len(parts) == 1 else _line
        self.write_line("\n".join(line(part, self._level, fields) for part in parts))


class _Bytes:
    """The bytes behind a stream of text, for who writes those: they are a print, too."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lines, name)

    def write(self, data: bytes) -> int:
        self._lines.write(str(data, "utf-8", "replace"))
        return len(data)

    def writelines(self, many: Iterable[bytes]) -> None:
        for data in many:
            self.write(data)


def _line(message: Any, level: str, fields: dict[str, Any]) -> str:
    line = {"timestamp": clock.iso(clock.now_ms()), "level": level, "message": message, **fields}
    text = json.dumps(line, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=str)
    # Lone surrogates: JSON can escape them, UTF-8 can't hold them.
    return text.encode("utf-8", "backslashreplace").decode()


def _line_of(text: str, level: str, fields: dict[str, Any]) -> str:
    """The line of a text. Where that is an object in JSON, the message is the object, whose keys can be searched."""
    if text.startswith("{") and text.endswith("}"):
        with suppress(ValueError, RecursionError):
            return _line(json.loads(text), level, fields)
    return _line(text, level, fields)
