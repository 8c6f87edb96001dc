"""`pd.flow`: what a step may ask for. Each call notes what is to happen when the step has ended, and returns at once.

`exit` beats everything; of the other calls in one step the last one counts.
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
        action = self._suspend_timeout_action if on_timeout is None else on_timeout
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
        self.links_kept |= not _discards(sys._getframe(1), "rerun")  # noqa: SLF001  # the public way, inspect, costs an import
        return self.links()

    def delay(self, delay_ms: float) -> Links:
        """Pauses the run at the end of this step for `delay_ms` (1 ms to 1 year), or until a link is opened."""
        self.directive = Directive("delay", _duration("pd.flow.delay", "delay_ms", delay_ms, least=1))
        self.links_kept |= not _discards(sys._getframe(1), "delay")  # noqa: SLF001  # the public way, inspect, costs an import
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


def _discards(caller: FrameType, method: str) -> bool:
    """Whether the caller is at a statement `….<method>(…)`, so that it discards what this method returns.

    Its next instruction must discard a value, and the call that it is at must be one of the method itself: from within
    `kept.extend(map(pd.flow.rerun, …))` C code calls the method, and the statement discards what `extend` returns.
    Anything else, and anything unknown, counts as kept.
    """
    from opcode import opname

    code, at = caller.f_code, caller.f_lasti // 2
    instructions = [opname[each] for each in code.co_code[::2]]
    # A call is followed by its inline caches. Python 3.11 may stand at the last of them, or before the call.
    while instructions[at] == "CACHE":
        at -= 1
    if instructions[at] == "PRECALL":
        at = instructions.index("CALL", at)
    after = next((name for name in instructions[at + 1 :] if name != "CACHE"), "")
    # Not CALL_FUNCTION_EX: it unpacks an iterator, whose code may call the method, too.
    return instructions[at] in ("CALL", "CALL_KW") and after == "POP_TOP" and _callee(code, instructions, at) == method


def _callee(code: CodeType, instructions: list[str], at: int) -> str:
    """The attribute that the call at this instruction calls; empty where it calls anything else."""
    begins = [(line, column) for line, _, column, _ in code.co_positions()]
    if at >= len(begins) or None in begins[at]:
        return ""  # compiled without positions
    for index in range(at - 1, -1, -1):
        # A call and the attribute that it calls begin at one place in the source.
        if instructions[index] in ("LOAD_ATTR", "LOAD_METHOD") and begins[index] == begins[at]:
            name = code.co_code[2 * index + 1]
            if instructions[index - 1] == "EXTENDED_ARG":
                name |= code.co_code[2 * index - 1] << 8
            # From 3.12 on the lowest bit says whether it is a method.
            return code.co_names[name if sys.version_info < (3, 12) else name >> 1]
    return ""
