"""`pd.flow`: what a step may ask for. Each call notes what is to happen when the step has ended, and returns at once.

`exit` beats everything; of the other calls in one step the last one counts.
"""

import math
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, Literal, cast

from interlude import clock
from interlude.errors import BadCall
from interlude.models import Directive
from interlude.pd import masking
from interlude.run import payloads

DAY_MS = clock.DAY_S * 1000
YEAR_MS = 365 * DAY_MS
"""The longest wait."""

REASON_LENGTH = 8_000

Links = dict[str, str]


class Flow:
    """Raises BadCall, at the call, for every argument that it does not take."""

    def __init__(self, run: int, suspend_timeout_action: str, make_links: Callable[[], Links]) -> None:
        self._run = run
        self._suspend_timeout_action = suspend_timeout_action
        self.links = make_links
        self.directive: Directive | None = None
        self.exited = False
        self.exit_reason = ""
        self.links_kept = False
        """Whether the step may have handed on a link. If not, nobody can end the wait early."""

    def suspend(self, timeout_ms: float = DAY_MS, on_timeout: str | None = None) -> Links:
        """Pauses the run at the end of this step until one link is opened, or for `timeout_ms` (1 ms to 1 year).

        When the time is up the run goes on by itself, or ends where `on_timeout` is "cancel". Without `on_timeout`
        the stack's parameter SuspendTimeoutAction decides.
        """
        action = on_timeout or self._suspend_timeout_action
        if action not in ("resume", "cancel"):
            raise BadCall(f'pd.flow.suspend: on_timeout is {action!r}; it must be "resume" or "cancel".')
        wait_ms = _duration("pd.flow.suspend", "timeout_ms", timeout_ms, least=1)
        self.directive = Directive("suspend", wait_ms, cast(Literal["resume", "cancel"], action))
        self.links_kept = True
        return self.links()

    def rerun(
        self,
        delay_ms: float | None = None,
        context: Any = None,
        max_retries: int | None = None,
        *,
        delay: float | None = None,
        maxRetries: int | None = None,  # noqa: N803  # Pipedream's own spelling
    ) -> Links:
        """Runs this step again after `delay_ms` (0 to 1 year), or at once when the resume link is opened.

        The next run finds `context`, any JSON value, as `pd.context["run"]["context"]`. After `max_retries` reruns
        (10 unless told) the call pauses nothing, and the run goes on with the next step.
        """
        wanted = delay_ms if delay_ms is not None else delay
        if wanted is None:
            raise BadCall(
                f"pd.flow.rerun: delay_ms is missing; it must be a number of milliseconds from 0 to {YEAR_MS} (1 year)."
            )
        wait_ms = _duration("pd.flow.rerun", "delay_ms", wanted, least=0)
        retries = next((given for given in (max_retries, maxRetries) if given is not None), 10)
        if isinstance(retries, bool) or not isinstance(retries, int) or retries < 0:
            raise BadCall(f"pd.flow.rerun: max_retries is {payloads.short(retries)}; it must be a whole number from 0.")
        text = masking.mask_json(payloads.dump(context, "pd.flow.rerun: context"))
        self.directive = Directive("rerun", wait_ms, context=text) if self._run <= retries else None
        self.links_kept |= not _thrown_away(sys._getframe(1))  # noqa: SLF001  # the public way, inspect, costs an import
        return self.links()

    def delay(self, delay_ms: float) -> Links:
        """Pauses the run at the end of this step for `delay_ms` (1 ms to 1 year), or until a link is opened."""
        self.directive = Directive("delay", _duration("pd.flow.delay", "delay_ms", delay_ms, least=1))
        self.links_kept |= not _thrown_away(sys._getframe(1))  # noqa: SLF001  # the public way, inspect, costs an import
        return self.links()

    def exit(self, reason: str | None = None) -> None:
        """Ends the run, as succeeded, when this step has ended. The rest of the step still runs.

        The first 8,000 characters of the reason are kept.
        """
        self.exited, self.exit_reason = True, "" if reason is None else masking.mask(str(reason))[:REASON_LENGTH]


def _duration(call: str, name: str, value: Any, least: int) -> int:
    """Whole milliseconds. Fractions, which people get from arithmetic, are rounded up."""
    if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= YEAR_MS:
        return math.ceil(value)
    allowed = f"a number of milliseconds from {least} to {YEAR_MS} (1 year)"
    raise BadCall(f"{call}: {name} is {payloads.short(value)}; it must be {allowed}.")


def _thrown_away(caller: FrameType) -> bool:
    """Whether the caller's next instruction discards the value that it is waiting for.

    A call is followed by its inline caches (opcode 0), then by what happens to the result: POP_TOP for an expression
    statement. Anything else, and anything unknown, counts as kept.
    """
    from opcode import opmap

    code, position = caller.f_code.co_code, caller.f_lasti + 2
    while position < len(code) and code[position] == opmap["CACHE"]:
        position += 2
    return position < len(code) and bool(code[position] == opmap["POP_TOP"])
