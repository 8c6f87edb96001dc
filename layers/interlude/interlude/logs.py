"""The log of the functions: one JSON object per line, with the run that it is about.

A step prints as usual: `install` replaces stdout and stderr by streams that turn each print into such a line. Lambda
turns records of `logging` into JSON; they get the same fields. Output of a step goes below `message` or `extra`, never
to the top level, where CloudWatch looks for metrics and an operator for Interlude's own fields.
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
"""Characters of a message in one line. CloudWatch allows 256 KB, and a character may become six bytes in JSON."""

mask: Callable[[str], str] = str
"""Applied to every text first. `masking` sets it, because this module can't import it."""

_about: dict[str, Any] = {}
_of_threads: dict[threading.Thread, dict[str, Any]] = {}
"""The fields for the thread that began the run, and for threads that are older than the run."""
_streams: list["Lines"] = []
"""The replacements of stdout and stderr, once installed."""


def begin(context: Any, **fields: Any) -> None:
    """Replaces the fields of all further lines with these, and with those of the invocation.

    Threads that exist already keep their fields: they belong to an earlier run, or to no run.
    """
    global _about, _of_threads  # noqa: PLW0603  # one per process, like its output
    before = {}
    if "run_id" in _about:
        before["thread_of_run"] = _about["run_id"]
    _about = {}
    _of_threads = {thread: _of_threads.get(thread, {**before}) for thread in threading.enumerate()}
    _of_threads[threading.current_thread()] = _about
    add(**fields, requestId=getattr(context, "aws_request_id", None))


def add(**fields: Any) -> None:
    """Adds fields to all further lines."""
    _fields().update({name: value for name, value in fields.items() if value is not None})


def write(message: str, level: str = "INFO", **fields: Any) -> None:
    """Writes one line, with these fields at its top level."""
    flush()
    texts = {name: mask(value) for name, value in fields.items() if isinstance(value, str)}
    line = _line(mask(message), level, {**_fields(), **fields, **texts})
    with suppress(Exception):  # a step may have closed its stdout
        if _streams:
            _streams[0].write_line(line)
        else:
            print(line)


def install() -> None:
    """In Lambda: turns all further output and log records into lines about the run."""
    if "AWS_LAMBDA_RUNTIME_API" not in os.environ or _streams:
        return
    _streams[:] = Lines(sys.stdout, "INFO"), Lines(sys.stderr, "WARNING")
    # Some code writes to the streams that Python started with.
    sys.stdout = sys.__stdout__ = _streams[0]  # type: ignore[assignment, misc]
    sys.stderr = sys.__stderr__ = _streams[1]  # type: ignore[assignment, misc]
    for handler in logging.getLogger().handlers:
        _make_lines(handler)


def flush() -> None:
    """Writes output that has no line end yet: the process may be frozen next, or serve another run."""
    for stream in _streams:
        with suppress(Exception):
            stream.flush()


def _fields() -> dict[str, Any]:
    return _of_threads.get(threading.current_thread(), _about)


def _make_lines(handler: logging.Handler) -> None:
    """Adds the run's fields to a handler of Lambda's, which bypasses the streams.

    Its formatter puts every attribute of a record at the top level, those of `extra` included, and a formatter that the
    step sets may put anything there.
    """
    formatter = handler.formatter
    known = {*vars(logging.makeLogRecord({})), "message", "asctime", "aws_request_id", "tenant_id", "_frame_type"}

    def layout(record: logging.LogRecord) -> str:
        laid_out = copy(record)
        extra = {name: vars(laid_out).pop(name) for name in vars(record) if name not in known}
        # Lambda's own attribute for requestId, which would be that of the current invocation in every thread.
        vars(laid_out).update(_fields(), aws_request_id=_fields().get("requestId"))
        if extra:
            vars(laid_out)["extra"] = extra
        text = logging.Handler.format(handler, laid_out)
        if handler.formatter is not formatter:
            return _line_of(text.rstrip("\r\n"), record.levelname, {"logger": record.name, **_fields()}) + "\n"
        # Tells Lambda's handler that the text is JSON.
        vars(record).update({name: vars(laid_out)[name] for name in ("_frame_type",) if name in vars(laid_out)})
        return text

    handler.format = layout  # type: ignore[method-assign]


class Lines:
    """A text stream that writes each print, even one of several lines, as one line of JSON."""

    def __init__(self, stream: TextIO, level: str) -> None:
        self._stream = stream
        self._level = level
        self._begun: dict[threading.Thread, str] = {}
        """By thread: output without a line end yet."""
        self.buffer = _Bytes(self)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            return self._stream.write(text)  # raises the usual TypeError
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
        """Writes a finished line."""
        self._stream.write(f"{line}\n")
        self._stream.flush()

    def flush(self) -> None:
        for thread in list(self._begun):
            self._emit(self._begun.pop(thread, ""), _of_threads.get(thread, _about))
        self._stream.flush()

    def reconfigure(self, **_: Any) -> None:
        """Does nothing: lines are always UTF-8, and the next run uses the same stream."""

    def detach(self) -> "_Bytes":
        """The bytes, for code that wraps them in a text stream of its own. This stream stays usable."""
        return self.buffer

    def close(self) -> None:
        """Flushes. The underlying stream stays open: it belongs to the process, and the next run prints to it."""
        self.flush()

    def _emit(self, printed: str, fields: dict[str, Any]) -> None:
        # The text as a whole is masked: a secret may have been written in parts.
        text = mask(printed).rstrip("\r\n")
        if not text.strip():
            return
        parts = [text[at : at + LINE] for at in range(0, len(text), LINE)]
        line = _line_of if len(parts) == 1 else _line
        self.write_line("\n".join(line(part, self._level, fields) for part in parts))


class _Bytes:
    """The bytes behind a text stream. Bytes written here count as printed text."""

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
    """The line for a text. If the text is a JSON object, the message is that object, so its keys can be searched."""
    if text.startswith("{") and text.endswith("}"):
        with suppress(ValueError, RecursionError):
            return _line(json.loads(text), level, fields)
    return _line(text, level, fields)
