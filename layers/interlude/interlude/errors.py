"""What can go wrong, by whose fault. Stands at the bottom: imports nothing of this package.

InterludeError
  BadCall(ValueError)       a pd call was given something that it does not take
  NotJson(BadCall)          a value that has to be JSON is not
  TooDeep(NotJson)          a value is nested over the limit
  TooLarge(BadCall)         a value is over the limit
  BadOption(BadCall)        the template gives a workflow an option that there is not
  CannotSend(RuntimeError)  a mail that the stack is not set up for
  CannotBring(RuntimeError) the files of a run, to where its next step runs
  BadInputs(ValueError)     pd.inputs that can't be made of what the step's file says
  NoSecret(RuntimeError)    a secret that can't be read, or does not hold what it should
  MissingKey(TypeError, KeyError)  nothing is stored under this key of a data store
  MissingObject(RuntimeError)  an object of a run that is not in the bucket any more
  UnknownRun, UnknownWorkflow, UnknownStep, UnknownLink   (NotFound)
  WaitTaken                 the other link, or the timer, was first
  RunOver                   the run has ended
    LinkUnused(RunOver)     and the link was not used before
    WaitTimedOut(RunOver)   and the link's wait had timed out before
  WorkflowOff               the workflow's Options have off
  NoTimeBetween             started_after is not before started_before
  KeyReused                 the Idempotency-Key of another request
  CannotWake(RuntimeError)  Step Functions has refused to end a wait
  CannotRetry               a run that has not failed, or whose workflow has other steps by now
  InterludeStoreUnavailable(RuntimeError)  DynamoDB or S3 did not take a turn's request, although it was repeated
  BadCursor(ValueError)     what no step has answered, in the input of an execution that somebody has made up
"""


class InterludeError(Exception):
    """Everything that this package raises on purpose. Its text is one sentence that may be shown to a client."""


class BadCall(InterludeError, ValueError):
    """A `pd` call that names the call, the value and what is allowed."""


class NotJson(BadCall):
    """A value that cannot be written as JSON; names the offending part."""


class TooDeep(NotJson):
    """A value with more levels than `payloads.MAX_DEPTH`. `size` is in bytes of JSON, where it is known."""

    def __init__(self, name: str, levels: int, size: int = 0) -> None:
        self.size = size
        super().__init__(f"{name} is nested too deeply; at most {levels} levels of lists and objects are allowed.")


class TooLarge(BadCall):
    """A value above the limit of `payloads.MAX_BYTES`, or files above that of `files.MAX_BYTES`."""


class BadOption(BadCall):
    """A word in a workflow's Options that means nothing; names it and what is allowed."""


class CannotSend(InterludeError, RuntimeError):
    """A mail from a stack that was deployed without a notify address."""


class BadInputs(InterludeError, ValueError):
    """Names the step, the input, what is wrong with it, and what to do."""


class NoSecret(InterludeError, RuntimeError):
    """Names who wants the secret and where it is to come from, never what it holds."""


class MissingKey(InterludeError, TypeError, KeyError):
    """A TypeError as on Pipedream, and the KeyError that a dict would raise."""

    def __init__(self, store: str, key: str) -> None:
        super().__init__(f"The data store {store!r} has no key {key!r}.")

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would put it into quotes


class CannotBring(InterludeError, RuntimeError):
    """What a run has left in /tmp and its next step can't be given; or what is of another run and can't be removed."""


class MissingObject(InterludeError, RuntimeError):
    """Somebody has deleted an object of a run that is still there, or has taken the permission to read it."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"The object {key} is not in the bucket any more, or may not be read.")


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
    """The wait ended in another way: `outcome` is resumed, cancelled or elapsed; `at` says when, if it is known.

    `cancels` says whether its timeout cancels the run.
    """

    def __init__(self, outcome: str, at: str, *, cancels: bool = False) -> None:
        self.outcome, self.at = outcome, at
        if not at:
            sentence = "The run is no longer waiting here."
        elif outcome == "elapsed":
            sentence = _timed_out(at, cancels)
        else:
            sentence = f"This wait was already {outcome} at {at}."
        super().__init__(sentence)


class RunOver(InterludeError):
    """The run has ended, so that nothing about it can be changed."""

    def __init__(self, status: str, at: str, sentence: str = "") -> None:
        self.status, self.at = status, at
        super().__init__(sentence or f"This run has ended: it {_ended(status, at)}.")


class LinkUnused(RunOver):
    """A link whose wait ended together with its run."""

    def __init__(self, status: str, at: str) -> None:
        super().__init__(status, at, f"This link was not used before the run ended: the run {_ended(status, at)}.")


class WaitTimedOut(RunOver):
    """A link whose wait timed out at `timed_out_at`, in a run that has ended since, or by that."""

    def __init__(self, timed_out_at: str, status: str, at: str, *, cancels: bool) -> None:
        sentence = _timed_out(timed_out_at, cancels)
        super().__init__(status, at, sentence if cancels else f"{sentence} The run {_ended(status, at)}.")


def _timed_out(at: str, cancels: bool) -> str:
    return f"This wait timed out at {at}, and {'that cancelled the run' if cancels else 'the run continued'}."


def _ended(status: str, at: str) -> str:
    return f"{'was cancelled' if status == 'cancelled' else status} at {at}"


class WorkflowOff(InterludeError):
    """A hook of a workflow that is switched off."""

    def __init__(self, workflow: str) -> None:
        super().__init__(f"Workflow {workflow!r} is switched off: its Options in the template have the word off.")


class NoTimeBetween(InterludeError):
    """A filter by the times of a run's begin that can find none."""

    def __init__(self, after: str, before: str) -> None:
        super().__init__(f"started_after is {after} and started_before is {before}; the first must be the earlier one.")


class KeyReused(InterludeError):
    """A request with the Idempotency-Key of an earlier one that asked for something else."""

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key came with another request before; a request that differs needs its own.")


class CannotWake(InterludeError, RuntimeError):
    """Names the operation and AWS's code, and not the task token. `busy`: a little later it would not be refused."""

    def __init__(self, operation: str, code: str, *, busy: bool = False) -> None:
        self.busy = busy
        super().__init__(f"{operation} was refused: {code}.")


class CannotRetry(InterludeError):
    """A run that can't go on from a failed step; says why."""


class InterludeStoreUnavailable(InterludeError, RuntimeError):
    """Names the operation and AWS's code. Run step's Retry knows it by its name.

    With the project's name in it: a user's own StoreUnavailable is that of a shop, and must not be repeated.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(f"The run's data can't be read or written at the moment ({problem}).")


class BadCursor(InterludeError, ValueError):
    """A cursor that is none; names the part, its value and what it must be."""
