"""Where and of what a run has failed. Called by runs, which tells of it, and by failures, which does something."""

import json
from dataclasses import dataclass
from typing import Self

from interlude.models import RETRY, Run, Step, StepError


@dataclass(frozen=True, slots=True)
class Death:
    """What the state machine recorded, or who closed the run in its place."""

    index: int
    runs: int
    error: StepError

    @classmethod
    def of(cls, run: Run) -> Self | None:
        if not run.failure:
            return None
        data = json.loads(run.failure)
        at, error = data["at"], data["error"]
        try:
            cause = json.loads(error["Cause"])
            message, frames = cause["errorMessage"], cause.get("stackTrace") or []
        except (ValueError, TypeError, KeyError):  # AWS's own errors have plain text there, or nothing
            message, frames = error.get("Cause", ""), []
        # A turn that comes from the step's own wait is the run after it.
        runs = at["run"] + (at["wait"].removesuffix(RETRY) == f"{at['index']}.{at['run']}")
        return cls(at["index"], runs, StepError(error["Error"], message, "".join(frames)))

    def told_by(self, steps: list[Step]) -> StepError:
        """The error as the step itself has stored it, where it could: with the traceback of the user's own code."""
        return next((step.error for step in steps if step.index == self.index and step.error), self.error)


def failure(steps: list[Step], error: dict[str, str]) -> str:
    """The record of a death that the state machine could not write, for a run whose `steps` have run so far."""
    last = steps[-1] if steps else None
    at = {"index": 0, "run": 1, "wait": ""}
    if last and last.answer:
        at = {"index": last.answer.index, "run": last.answer.run, "wait": last.answer.wait}
    elif last:
        at = {"index": last.index, "run": last.runs, "wait": ""}
    return json.dumps({"at": at, "error": error})
