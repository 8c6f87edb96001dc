"""Where and of what a run has failed. Called by runs, which tells of it, and by failures, which does something."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Self

from interlude.errors import BadCursor
from interlude.models import Cursor, Run, Step, StepError

FIRST = Cursor(index=0, run=1, turn=1, next="continue", after="", seconds=0, wait="", segment_ms=0, expires_at="0")
"""What the state Begin sends the first step."""


@dataclass(frozen=True, slots=True)
class Death:
    """What the state machine recorded, or who closed the run in its place."""

    at: Cursor
    """Of the turn that failed."""
    error: StepError

    @classmethod
    def of(cls, run: Run) -> Self | None:
        if not run.failure:
            return None
        data = json.loads(run.failure)
        at, error = data["at"], data["error"]
        try:
            cause = json.loads(error["Cause"])
            message, frames = str(cause["errorMessage"]), [str(frame) for frame in cause.get("stackTrace") or []]
        except (ValueError, TypeError, KeyError):  # AWS's own errors have plain text there, or nothing
            message, frames = error.get("Cause", ""), []
        return cls(_cursor(run, at), StepError(error["Error"], message, "".join(frames)))

    @property
    def index(self) -> int:
        return self.at.index

    @property
    def runs(self) -> int:
        """A turn that comes from the step's own wait is the run after it."""
        return self.at.run + self.at.comes_from_own_wait

    def told_by(self, steps: list[Step]) -> StepError:
        """The error as the step itself has stored it, where it could: with the traceback of the user's own code.

        Not that of an attempt before, which was retried.
        """
        turn = self.at.turn
        return next((step.error for step in steps if step.turn == turn and step.error), self.error)


def _cursor(run: Run, at: Any) -> Cursor:
    """Where a run has failed. An execution's input that somebody has made up may name a place that there is not."""
    try:
        cursor = Cursor.parse(asdict(FIRST) | at)
    except (BadCursor, TypeError):
        return FIRST
    return cursor if cursor.index < len(run.step_names) else FIRST


def failure(run: Run, steps: list[Step], error: dict[str, str]) -> str:
    """The record of a death that the state machine could not write, for a run whose `steps` have run so far."""
    known = [*(step.answer or step.failed_at for step in steps), run.retried, FIRST]
    at = max((cursor for cursor in known if cursor), key=lambda cursor: cursor.turn)
    return json.dumps({"at": asdict(at), "error": error})
