"""The errors of the runtime, by cause. At the bottom of the imports: this module imports nothing of the package.

InterludeError
  BadCall(ValueError)       a pd call with an argument that is not allowed
  NotJson(BadCall)          a value that must be JSON and is not
  TooDeep(NotJson)          a value that is nested too deeply
  TooLarge(BadCall)         a value that is too large
  BadOption(BadCall)        an unknown option of a workflow in the template
  CannotSend(RuntimeError)  a mail in a stack without a notify address
  CannotBring(RuntimeError) a run's files that can't be put where its next step runs
  BadInputs(ValueError)     a step's file of inputs that can't be resolved
  NoSecret(RuntimeError)    a secret that can't be read, or has the wrong content
  MissingKey(TypeError, KeyError)  a key that the data store does not have
  MissingObject(RuntimeError)  an object of a run that the bucket does not have
  UnknownRun, UnknownWorkflow, UnknownStep, UnknownLink   (NotFound)
  WaitTaken                 the other link or the timer ended the wait first
  RunOver                   the run has ended
    LinkUnused(RunOver)     and the link was not used before
    WaitTimedOut(RunOver)   and the link's wait had timed out before
  WorkflowOff               the workflow's Options have off
  NoTimeBetween             started_after is not before started_before
  KeyReused                 the Idempotency-Key of a different request
  CannotWake(RuntimeError)  Step Functions refused to end a wait
  CannotRetry               the run has not failed, or its workflow now has other steps
  InterludeStoreUnavailable(RuntimeError)  DynamoDB or S3 refused a turn's request, retries included
  BadCursor(ValueError)     the input of an execution has a cursor that no step returned
"""


class InterludeError(Exception):
    """Base of all errors that this package raises on purpose. The text is one sentence that a client may see."""


class BadCall(InterludeError, ValueError):
    """A wrong `pd` call; names the call, the value and what is allowed."""


class NotJson(BadCall):
    """A value that can't be written as JSON; names the offending part."""


class TooDeep(NotJson):
    """A value with more levels than `payloads.MAX_DEPTH`. `size` is in bytes of JSON, 0 if unknown."""

    def __init__(self, name: str, levels: int, size: int = 0) -> None:
        self.size = size
        super().__init__(f"{name} is nested too deeply; at most {levels} levels of lists and objects are allowed.")


class TooLarge(BadCall):
    """A value above the limit of `payloads.MAX_BYTES`, or files above that of `files.MAX_BYTES`."""


class BadOption(BadCall):
    """An unknown word in a workflow's Options; names it and what is allowed."""


class CannotSend(InterludeError, RuntimeError):
    """A mail from a stack that was deployed without a notify address."""


class BadInputs(InterludeError, ValueError):
    """Inputs that can't be resolved; names the step, the input, the problem and the remedy."""


class NoSecret(InterludeError, RuntimeError):
    """Names the secret's user and its source, never its content."""


class MissingKey(InterludeError, TypeError, KeyError):
    """A TypeError as on Pipedream, and the KeyError that a dict would raise."""

    def __init__(self, store: str, key: str) -> None:
        super().__init__(f"The data store {store!r} has no key {key!r}.")

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would add quotes


class CannotBring(InterludeError, RuntimeError):
    """Files in /tmp that can't be brought to a run's next step, or files of another run that can't be removed."""


class MissingObject(InterludeError, RuntimeError):
    """An object of an existing run that was deleted, or whose permission to be read was removed."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"The object {key} is no longer in the bucket, or reading it is not allowed.")


class NotFound(InterludeError):
    """A name that does not exist. A bad signature and an unknown run look the same."""


class UnknownRun(NotFound):
    def __init__(self, run_id: str) -> None:
        super().__init__(f"Run {run_id!r} does not exist.")


class UnknownWorkflow(NotFound):
    def __init__(self, workflow: str) -> None:
        super().__init__(f"Workflow {workflow!r} does not exist.")


class UnknownStep(NotFound):
    def __init__(self, workflow: str, step: str, steps: list[str]) -> None:
        super().__init__(f"Workflow {workflow!r} has no step {step!r}; its steps are {', '.join(steps)}.")


class UnknownLink(NotFound):
    def __init__(self) -> None:
        super().__init__("This link does not match any wait. It may have been truncated.")


class WaitTaken(InterludeError):
    """The wait ended in another way: `outcome` is resumed, cancelled or elapsed; `at` is the time, empty if unknown.

    `cancels` says whether its timeout cancels the run.
    """

    def __init__(self, outcome: str, at: str, *, cancels: bool = False) -> None:
        self.outcome = outcome
        self.at = at
        if not at:
            sentence = "The run is no longer waiting here."
        elif outcome == "elapsed":
            sentence = _timed_out(at, cancels)
        else:
            sentence = f"This wait was already {outcome} at {at}."
        super().__init__(sentence)


class RunOver(InterludeError):
    """The run has ended and can't be changed any more."""

    def __init__(self, status: str, at: str, sentence: str = "") -> None:
        self.status = status
        self.at = at
        super().__init__(sentence or f"This run has ended: it {_ended(status, at)}.")


class LinkUnused(RunOver):
    """A link whose wait ended together with its run."""

    def __init__(self, status: str, at: str) -> None:
        super().__init__(status, at, f"This link was not used before the run ended: the run {_ended(status, at)}.")


class WaitTimedOut(RunOver):
    """A link whose wait timed out at `timed_out_at`. The run has ended since, or that timeout cancelled it."""

    def __init__(self, timed_out_at: str, status: str, at: str, *, cancels: bool) -> None:
        sentence = _timed_out(timed_out_at, cancels)
        if not cancels:
            sentence += f" The run {_ended(status, at)}."
        super().__init__(status, at, sentence)


def _timed_out(at: str, cancels: bool) -> str:
    effect = "that cancelled the run" if cancels else "the run continued"
    return f"This wait timed out at {at}, and {effect}."


def _ended(status: str, at: str) -> str:
    verb = "was cancelled" if status == "cancelled" else status
    return f"{verb} at {at}"


class WorkflowOff(InterludeError):
    """A hook of a workflow that is switched off."""

    def __init__(self, workflow: str) -> None:
        super().__init__(f"Workflow {workflow!r} is switched off: its Options in the template contain off.")


class NoTimeBetween(InterludeError):
    """A filter by start time that can match no run."""

    def __init__(self, after: str, before: str) -> None:
        super().__init__(f"started_after is {after} and started_before is {before}; the first must be earlier.")


class KeyReused(InterludeError):
    """A request with the Idempotency-Key of an earlier, different request."""

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was already used for a different request; use a new key.")


class CannotWake(InterludeError, RuntimeError):
    """Names the operation and AWS's code, but not the task token. `busy`: the same request may work a little later."""

    def __init__(self, operation: str, code: str, *, busy: bool = False) -> None:
        self.busy = busy
        super().__init__(f"{operation} was refused: {code}.")


class CannotRetry(InterludeError):
    """A run that can't be retried; says why."""


class InterludeStoreUnavailable(InterludeError, RuntimeError):
    """Names the operation and AWS's code. The Retry of the state Run step lists it by name.

    The prefix keeps it apart from a user's own StoreUnavailable, which must not be retried.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(f"The run's data can't be read or written at the moment ({problem}).")


class BadCursor(InterludeError, ValueError):
    """An invalid cursor; names the part, its value and what it must be."""
