"""What can go wrong, by whose fault. Stands at the bottom: imports nothing of this package.

InterludeError
  BadCall(ValueError)       a pd call was given something that it does not take
  NotJson(BadCall)          a value that has to be JSON is not
  TooLarge(BadCall)         a value is over the limit
  CannotSend(RuntimeError)  a mail that the stack is not set up for
  UnknownRun, UnknownWorkflow, UnknownStep, UnknownLink   (NotFound)
  WaitTaken                 the other link, or the timer, was first
  RunOver                   the run has ended
"""


class InterludeError(Exception):
    """Everything that this package raises on purpose. Its text is one sentence that may be shown to a client."""


class BadCall(InterludeError, ValueError):
    """A `pd` call that names the call, the value and what is allowed."""


class NotJson(BadCall):
    """A value that cannot be written as JSON; names the offending part."""


class TooLarge(BadCall):
    """A value above the limit of `payloads.MAX_BYTES`."""


class CannotSend(InterludeError, RuntimeError):
    """A mail from a stack that was deployed without a notify address."""


class NotFound(InterludeError):
    """Nothing of that name. A bad signature and an unknown run look the same."""


class UnknownRun(NotFound):
    def __init__(self, run_id: str) -> None:
        super().__init__(f"There is no run {run_id!r}.")


class UnknownWorkflow(NotFound):
    def __init__(self, workflow: str) -> None:
        super().__init__(f"There is no workflow {workflow!r}.")


class UnknownStep(NotFound):
    def __init__(self, workflow: str, step: str, steps: list[str]) -> None:
        super().__init__(f"Workflow {workflow!r} has no step {step!r}; its steps are {', '.join(steps)}.")


class UnknownLink(NotFound):
    def __init__(self) -> None:
        super().__init__("No wait has this link. It may have been cut off where it was copied from.")


class WaitTaken(InterludeError):
    """The wait ended in another way: `outcome` is resumed, cancelled or elapsed; `at` says when, if it is known."""

    def __init__(self, outcome: str, at: str) -> None:
        self.outcome, self.at = outcome, at
        known = {"elapsed": f"The time of this wait was up at {at}."}
        told = known.get(outcome, f"Somebody was first: this wait was {outcome} at {at}.")
        super().__init__(told if at else "The run has gone on without this wait.")


class RunOver(InterludeError):
    """The run has ended, so that nothing about it can be changed."""

    def __init__(self, status: str, at: str) -> None:
        self.status, self.at = status, at
        super().__init__(f"This run has ended: it {'was cancelled' if status == 'cancelled' else status} at {at}.")
