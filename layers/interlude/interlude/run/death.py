"""Where and why a run failed."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Self

from interlude.errors import BadCursor
from interlude.models import Cursor, Run, Step, StepError

FIRST = Cursor(index=0, run=1, turn=1, next="continue", after="", seconds=0, wait="", segment_ms=0, expires_at="0")
"""The cursor that the state Begin sends to the first step."""


@dataclass(frozen=True, slots=True)
class Death:
    """What the state machine recorded, or `control.failures` in its place."""

    at: Cursor
    """The cursor of the turn that failed."""
    error: StepError

    @classmethod
    def of(cls, run: Run) -> Self | None:
        if not run.failure:
            return None
        data = json.loads(run.failure)
        error = data["error"]
        traceback = ""
        try:
            cause = json.loads(error["Cause"])
            message = str(cause["errorMessage"])
            traceback = "".join(str(frame) for frame in cause.get("stackTrace") or [])
        except (ValueError, TypeError, KeyError):  # AWS's own errors have plain text there, or nothing
            message = error.get("Cause", "")
        return cls(_cursor(run, data["at"]), StepError(error["Error"], message, traceback))

    @property
    def index(self) -> int:
        return self.at.index

    @property
    def runs(self) -> int:
        """The number of the failed run. A turn that comes from the step's own wait is the run after that."""
        return self.at.run + self.at.comes_from_own_wait

    def told_by(self, steps: list[Step]) -> StepError:
        """The error as the step itself stored it, with the traceback of the user's code; else the recorded one.

        Not the error of an earlier attempt, which was retried.
        """
        turn = self.at.turn
        return next((step.error for step in steps if step.turn == turn and step.error), self.error)


def _cursor(run: Run, at: Any) -> Cursor:
    """Where a run failed. A forged input of an execution may name a place that does not exist: then FIRST."""
    try:
        cursor = Cursor.parse(asdict(FIRST) | at)
    except (BadCursor, TypeError):
        return FIRST
    if cursor.index >= len(run.step_names):
        return FIRST
    return cursor


def failure(run: Run, steps: list[Step], error: dict[str, str]) -> str:
    """The record of a failure that the state machine could not write, for a run whose `steps` have run so far."""
    known = [*(step.answer or step.failed_at for step in steps), run.retried, FIRST]
    at = max((cursor for cursor in known if cursor), key=lambda cursor: cursor.turn)
    return json.dumps({"at": asdict(at), "error": error})
