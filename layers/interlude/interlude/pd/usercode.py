"""Finds a step's file and calls its handler. The file is the user's: a plain `def handler(pd)`."""

import importlib.util
import inspect
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from interlude import logs
from interlude.errors import BadCall
from interlude.models import StepError
from interlude.pd import masking, process
from interlude.pd.attempt import Pd
from interlude.settings import settings

NAME_LENGTH = 200
MESSAGE_LENGTH = 8_000
TRACEBACK_LENGTH = 24_000

Handler = Callable[[Pd], Any]


@cache
def load(step: str) -> Handler:
    """The handler of the step's file. Raises what importing it raises, or AttributeError for a file without one."""
    path = Path(settings().task_root) / f"{step}.py"
    # By its path and under a name of its own, so that a step may be called like a library: http, code, email.
    spec = importlib.util.spec_from_file_location(f"steps.{step}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    with process.own_process():
        spec.loader.exec_module(module)
    process.keep()
    handler = getattr(module, "handler", None)
    if not callable(handler):
        raise AttributeError(  # noqa: TRY004  # what Python says of a module without a name
            f"{path.name} has no function handler(pd)."
        )
    return handler  # type: ignore[no-any-return]  # callable() can't tell of what


def ready(step: str) -> Handler:
    """The step's handler, with its secrets in the environment: before its file is imported, which may want them."""
    if os.environ.get("SECRETS"):
        from interlude.pd import accounts

        accounts.set_environment()
    return load(step)


def run(step: str, pd: Pd) -> tuple[str, StepError | None]:
    """Calls the step. Returns its exports as JSON text, and what it raised."""
    with process.own_environment():
        try:
            value = _call(ready(step), pd)
            if value is not None:
                pd.exports["$return_value"] = value
            return pd.export_text(), None
        except BaseException as error:  # noqa: BLE001  # sys.exit() in a step is a failure of the step, too
            told = described(error)
            logs.write(told.traceback, "ERROR", errorType=told.type, errorMessage=told.message)
            return _exports_of_failed(pd), told
        finally:
            pd.send.deliver()


def _exports_of_failed(pd: Pd) -> str:
    """What the step had exported by name, unless that is the very thing that is wrong."""
    pd.exports.pop("$return_value", None)
    try:
        return pd.export_text()
    except BadCall:
        return "{}"


def _call(handler: Handler, pd: Pd) -> Any:
    with process.own_process():
        value = handler(pd)
        if inspect.iscoroutine(value):
            import asyncio

            return asyncio.run(value)
        return value


def described(error: BaseException) -> StepError:
    """An error as its author wants to see it: from the step's own file on, and of a length that fits into an item."""
    import traceback

    frames, task_root = error.__traceback__, settings().task_root
    while frames is not None and not frames.tb_frame.f_code.co_filename.startswith(task_root):
        frames = frames.tb_next
    return StepError(
        type=_middle_cut(masking.mask(type(error).__name__), NAME_LENGTH),
        message=_middle_cut(_made(lambda: masking.mask(str(error))), MESSAGE_LENGTH),
        traceback=_middle_cut(
            _made(lambda: masking.mask("".join(traceback.format_exception(type(error), error, frames)))),
            TRACEBACK_LENGTH,
        ),
    )


def _made(make: Callable[[], str]) -> str:
    """A text that the user's own code has a part in making, and may fail to make."""
    try:
        return make()
    except BaseException:  # noqa: BLE001  # be it sys.exit(): the error that is being told is more important
        return "(the error's own text can't be made)"


def _middle_cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    half = length // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"
