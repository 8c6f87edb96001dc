"""`pd.flow`: suspend, rerun, delay and exit. Each call returns at once and takes effect when the step has ended.

`exit` wins over the other calls; of those, the last one in a step counts.
"""

import math
import sys
from collections.abc import Callable
from types import CodeType, FrameType
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
    """The calls of one run of a step. Each raises BadCall for an invalid argument."""

    def __init__(self, run: int, suspend_timeout_action: str, make_links: Callable[[], Links]) -> None:
        self._run = run
        self._suspend_timeout_action = suspend_timeout_action
        self.links = make_links
        self.directive: Directive | None = None
        self.exited = False
        self.exit_reason = ""
        self.links_kept = False
        """Whether the step may have passed on a link. If not, the wait can't end early."""

    def suspend(self, timeout_ms: float = DAY_MS, on_timeout: str | None = None) -> Links:
        """Pauses the run at the end of this step until a link is used, or for `timeout_ms` (1 ms to 1 year).

        After the timeout the run continues, or is cancelled if `on_timeout` is "cancel". Without `on_timeout` the
        stack's parameter SuspendTimeoutAction decides.
        """
        action = on_timeout
        if action is None:
            action = self._suspend_timeout_action
        if action not in ("resume", "cancel"):
            raise BadCall(f'pd.flow.suspend: on_timeout is {payloads.short(action)}; it must be "resume" or "cancel".')
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
        """Runs this step again after `delay_ms` (0 to 1 year), or at once when the resume link is used.

        The next run gets `context`, any JSON value, as `pd.context["run"]["context"]`. After `max_retries` reruns
        (default 10) the call does nothing, and the run continues with the next step.
        """
        if delay_ms is None:
            delay_ms = delay
        if delay_ms is None:
            raise BadCall(
                f"pd.flow.rerun: delay_ms is missing; it must be a number of milliseconds from 0 to {YEAR_MS} (1 year)."
            )
        wait_ms = _duration("pd.flow.rerun", "delay_ms", delay_ms, least=0)
        retries = next((given for given in (max_retries, maxRetries) if given is not None), 10)
        if isinstance(retries, bool) or not isinstance(retries, int) or retries < 0:
            raise BadCall(
                f"pd.flow.rerun: max_retries is {payloads.short(retries)}; it must be a whole number, 0 or more."
            )
        text = masking.mask_json(payloads.dump(context, "pd.flow.rerun: context"))
        self.directive = None
        if self._run <= retries:
            self.directive = Directive("rerun", wait_ms, context=text)
        self.links_kept |= not _discards(sys._getframe(1), "rerun")  # noqa: SLF001  # the public way, inspect, costs an import
        return self.links()

    def delay(self, delay_ms: float) -> Links:
        """Pauses the run at the end of this step for `delay_ms` (1 ms to 1 year), or until a link is used."""
        self.directive = Directive("delay", _duration("pd.flow.delay", "delay_ms", delay_ms, least=1))
        self.links_kept |= not _discards(sys._getframe(1), "delay")  # noqa: SLF001  # the public way, inspect, costs an import
        return self.links()

    def exit(self, reason: str | None = None) -> None:
        """Ends the run as succeeded when this step has ended. The rest of the step still runs.

        The first 8,000 characters of the reason are stored.
        """
        self.exited = True
        self.exit_reason = ""
        if reason is not None:
            self.exit_reason = masking.mask(str(reason))[:REASON_LENGTH]


def _duration(call: str, name: str, value: Any, least: int) -> int:
    """Whole milliseconds. Fractions, which result from arithmetic, are rounded up."""
    if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= YEAR_MS:
        return math.ceil(value)
    allowed = f"a number of milliseconds from {least} to {YEAR_MS} (1 year)"
    raise BadCall(f"{call}: {name} is {payloads.short(value)}; it must be {allowed}.")


def _discards(caller: FrameType, method: str) -> bool:
    """Whether the caller is at a statement `….<method>(…)`, and discards the return value of this method.

    The caller's next instruction must discard a value, and its current call must be to the method itself: in
    `kept.extend(map(pd.flow.rerun, …))` C code calls the method, and the statement discards the result of `extend`.
    Anything else, and anything unknown, counts as kept.
    """
    from opcode import opname

    code = caller.f_code
    at = caller.f_lasti // 2
    instructions = [opname[each] for each in code.co_code[::2]]
    # Inline caches follow a call. Python 3.11 may be at the last of them, or before the call.
    while instructions[at] == "CACHE":
        at -= 1
    if instructions[at] == "PRECALL":
        at = instructions.index("CALL", at)
    after = next((name for name in instructions[at + 1 :] if name != "CACHE"), "")
    # Not CALL_FUNCTION_EX: it unpacks an iterator, whose code may also call the method.
    return instructions[at] in ("CALL", "CALL_KW") and after == "POP_TOP" and _callee(code, instructions, at) == method


def _callee(code: CodeType, instructions: list[str], at: int) -> str:
    """The attribute that the call at this instruction calls; empty if it calls anything else."""
    begins = [(line, column) for line, _, column, _ in code.co_positions()]
    if at >= len(begins) or None in begins[at]:
        return ""  # compiled without positions
    for index in range(at - 1, -1, -1):
        # A call and the attribute that it calls begin at the same place in the source.
        if instructions[index] in ("LOAD_ATTR", "LOAD_METHOD") and begins[index] == begins[at]:
            name = code.co_code[2 * index + 1]
            if instructions[index - 1] == "EXTENDED_ARG":
                name |= code.co_code[2 * index - 1] << 8
            if sys.version_info >= (3, 12):
                name >>= 1  # the lowest bit marks a method
            return code.co_names[name]
    return ""
