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
    """The handler in the step's file. Raises the errors of its import, and AttributeError if it has no handler."""
    path = Path(settings().task_root) / f"{step}.py"
    # By path and under a module name of its own: a step may be named like a library, such as http, code or email.
    spec = importlib.util.spec_from_file_location(f"steps.{step}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    with process.own_process():
        spec.loader.exec_module(module)
    process.keep()
    handler = getattr(module, "handler", None)
    if not callable(handler):
        raise AttributeError(  # noqa: TRY004  # Python's own error for a name that a module lacks
            f"{path.name} has no function handler(pd)."
        )
    return handler  # type: ignore[no-any-return]  # callable() can't tell of what


def ready(step: str) -> Handler:
    """The step's handler. Sets its secrets in the environment first, because its file may need them on import."""
    if os.environ.get("SECRETS"):
        from interlude.pd import accounts

        accounts.set_environment()
    return load(step)


def run(step: str, pd: Pd) -> tuple[str, StepError | None]:
    """Calls the step. Returns its exports as JSON text, and its error."""
    with process.own_environment():
        try:
            value = _call(ready(step), pd)
            if value is not None:
                pd.exports["$return_value"] = value
            return pd.export_text(), None
        except BaseException as error:  # noqa: BLE001  # sys.exit() in a step is a failure, too
            failure = described(error)
            logs.write(failure.traceback, "ERROR", errorType=failure.type, errorMessage=failure.message)
            return _exports_of_failed(pd), failure
        finally:
            pd.send.deliver()


def _exports_of_failed(pd: Pd) -> str:
    """The named exports of a failed step, unless they are what failed."""
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
    """An error with its traceback from the step's own file on, short enough for an item."""
    import traceback

    frames = error.__traceback__
    task_root = settings().task_root
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
    """A text that the user's own code helps to make. If that fails, a sentence."""
    try:
        return make()
    except BaseException:  # noqa: BLE001  # even sys.exit(): the step's first error is more important
        return "(the error's own text can't be made)"


def _middle_cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    half = length // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"
