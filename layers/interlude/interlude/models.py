"""The records of a run, as they travel between the state machine, the store and a step."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Protocol, Self, TypeVar

from interlude.errors import BadCursor

Next = Literal["continue", "wait", "park", "roll", "finish", "cancelled"]
Kind = Literal["suspend", "rerun", "delay", "retry"]
Outcome = Literal["resumed", "cancelled", "elapsed"]
RunStatus = Literal["running", "paused", "succeeded", "failed", "cancelled"]
StepStatus = Literal["succeeded", "paused", "failed"]

RETRY = "r"
"""What the name of a wait for the next attempt ends with."""

ENDED = ("succeeded", "failed", "cancelled")


class Record(Protocol):
    """A dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


R = TypeVar("R", bound=Record)


def known(kind: type[R], given: dict[str, Any]) -> R:
    """A record of what is given, without what only a newer version of Interlude knows: a run stays on its old layer
    while others are deployed, whose API and state machine it meets.
    """
    return kind(**{name: value for name, value in given.items() if name in kind.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class Cursor:
    """`at` in the state machine's data: what to run, and what came out of it. See Route in workflow.asl.json."""

    index: int
    run: int
    """1 for the first run of a step, one more for each rerun."""
    turn: int
    """Number of this call among all calls of the run. An answer is stored under the turn that it answers."""
    next: Next
    after: Next | Literal[""]
    """What comes next in the new execution, where `next` is roll."""
    seconds: int
    wait: str
    """`own_wait` or `retry_wait` that the run comes from or goes to; empty where there is none."""
    segment_ms: int
    """Compute since the run last paused, in ms at 256 MB. A segment is what credits are counted by."""
    expires_at: str
    """When the run's item may go if it ends here, in seconds since the epoch: a number as text, for DynamoDB."""
    retries: int = 0
    """How often this step has been run again because it failed. `run` counts them, the user's runs don't."""
    failures: int = 0
    """Of these, how many in a row until now."""
    files: str = ""
    """Name of the snapshot that holds the run's files; empty where there are none."""

    @classmethod
    def parse(cls, given: Any) -> Self:
        """Raises BadCursor: who may start executions can make a cursor up."""
        if not isinstance(given, dict):
            raise BadCursor(f"at is {given!r:.80}; it must be the cursor that a step has answered.")
        for name, field in cls.__dataclass_fields__.items():
            value, is_text = given.get(name, field.default), field.type is not int
            if not (isinstance(value, str) if is_text else type(value) is int and value >= 0):
                told = f"is {value!r:.80}" if name in given else "is missing"
                raise BadCursor(f"at.{name} {told}; it must be a {'text' if is_text else 'whole number, 0 or more'}.")
        return known(cls, given)

    @property
    def own_wait(self) -> str:
        """The wait that this run of the step may end in."""
        return f"{self.index}.{self.run}"

    @property
    def retry_wait(self) -> str:
        """The wait for the next attempt. Links that the failed one has handed out are of another wait."""
        return f"{self.own_wait}{RETRY}"

    @property
    def comes_from_own_wait(self) -> bool:
        return self.wait in (self.own_wait, self.retry_wait)

    def next_step(self, **changes: Any) -> Self:
        """The cursor of the first run of the step after this one."""
        return self.then("continue", index=self.index + 1, run=1, retries=0, failures=0, **changes)

    def then(self, what: Next, **changes: Any) -> Self:
        """The next cursor: one turn on, with no wait unless `changes` names one."""
        return replace(self, **{"next": what, "after": "", "turn": self.turn + 1, "seconds": 0, "wait": "", **changes})


@dataclass(frozen=True, slots=True)
class Call:
    """What the state Run step sends to a step's function."""

    run_id: str
    workflow: str
    step: str
    step_count: int
    execution: str
    execution_started_at: str
    at: Cursor

    @classmethod
    def parse(cls, event: dict[str, Any]) -> Self:
        """Raises BadCursor."""
        if not isinstance(event["run_id"], str):
            raise BadCursor(f"run_id is {event['run_id']!r:.80}; it must be a run's id.")
        return known(cls, {**event, "at": Cursor.parse(event["at"])})

    @property
    def user_run(self) -> int:
        """The run as the step counts it: auto-retries are the same run once more."""
        return self.at.run - self.at.retries

    @property
    def is_last(self) -> bool:
        return self.at.index == self.step_count - 1


@dataclass(frozen=True, slots=True)
class Stored:
    """A JSON value at rest: its text, or where in the bucket the text lies."""

    text: str = ""
    key: str = ""
    size: int = 0
    """Bytes of an object in S3; 0 for a text."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A wait that a step ends in. `parked` waits can be ended by a link, the others only by their timer."""

    wait: str
    kind: Kind
    since: str
    until: str
    parked: bool
    on_timeout: Literal["resume", "cancel"]
    origin: str = ""
    """Of a retry: the wait that the failed attempt came from, whose request the next attempt gets, too."""


@dataclass(frozen=True, slots=True)
class Run:
    run_id: str
    workflow: str
    status: RunStatus
    started_at: str
    execution: str
    url_key: str
    steps: str
    trigger: Stored
    pauses: int = 0
    """How often the run has paused so far."""
    credits: int = 0
    """Of the segments that have ended."""
    ended_at: str = ""
    exit_reason: str = ""
    failure: str = ""
    """Where a step died: the state machine's data as JSON text, with `at` and `error`."""
    options: str = ""
    """The words of `Options` that its workflow had when it began, or was last retried."""
    retried: Cursor | None = None
    """Where it went on when it was last retried."""
    kept_until: int = 0
    """Until when all that it needs is kept, in seconds since the epoch: see turns.renewal."""

    def is_past(self, turn: int) -> bool:
        """Whether a turn is from before the run was last retried, so that it is nothing to the run any more."""
        return self.retried is not None and turn < self.retried.turn

    @property
    def step_names(self) -> list[str]:
        return [entry.partition("=")[0] for entry in self.steps.split(",")]


@dataclass(frozen=True, slots=True)
class StepError:
    type: str
    message: str
    traceback: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of one run, with all its runs so far."""

    index: int
    name: str
    status: StepStatus
    runs: int
    turn: int
    """The turn that `answer` answers."""
    answer: Cursor | None
    """None where the last run failed."""
    started_at: str
    ended_at: str
    compute_ms: int
    segment_ms: int
    """Cursor.segment_ms at the step's end; 0 where the step ended the segment."""
    exports: Stored
    context: Stored
    """What the last run received from the rerun before it."""
    next_context: Stored | None = None
    """What the next run will receive."""
    resume_data: Stored | None = None
    pause: Pause | None = None
    """The wait that the last run ended in."""
    error: StepError | None = None
    failed_at: Cursor | None = None
    """The cursor of an attempt that failed for good. Its `wait` is the one that this came from, also of a retry."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a request with an Idempotency-Key is known by when its sender repeats it. Both are digests."""

    key: str
    content: str


@dataclass(frozen=True, slots=True)
class Wait:
    wait: str
    task_token: str = ""
    outcome: Outcome | None = None
    outcome_at: str = ""
    request: Stored | None = None
    mark: Mark | None = None
    """Of the request that ended it, where that had an Idempotency-Key."""


@dataclass(frozen=True, slots=True)
class Directive:
    """What a step asked for, to happen at its end."""

    kind: Kind
    wait_ms: int
    on_timeout: Literal["resume", "cancel"] = "resume"
    context: str = "null"
    """Of a rerun: the context as JSON text, as it was when the step called."""
    origin: str = ""
    """See Pause.origin."""
