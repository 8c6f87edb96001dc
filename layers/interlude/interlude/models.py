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
"""The suffix of a wait for the next attempt."""

ENDED = ("succeeded", "failed", "cancelled")


class Record(Protocol):
    """A dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


R = TypeVar("R", bound=Record)


def known(kind: type[R], given: dict[str, Any]) -> R:
    """A record without unknown fields: a run on an old layer reads what a newer API and state machine write."""
    return kind(**{name: value for name, value in given.items() if name in kind.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class Cursor:
    """`at` in the state machine's data: what to run next. See the state Route in workflow.asl.json."""

    index: int
    run: int
    """1 for the first run of a step, one more for each rerun."""
    turn: int
    """Number of this call among all calls of the run. A turn's answer is stored under its number."""
    next: Next
    after: Next | Literal[""]
    """What comes next in the new execution, if `next` is roll."""
    seconds: int
    wait: str
    """The `own_wait` or `retry_wait` that the run comes from or goes to; empty if it does neither."""
    segment_ms: int
    """Compute since the run last paused, in ms at 256 MB. Credits are counted per segment."""
    expires_at: str
    """When the run's item may expire if the run ends here: seconds since the epoch, as text for DynamoDB."""
    retries: int = 0
    """How often this step was retried after a failure. `run` includes these; the user's count of runs does not."""
    failures: int = 0
    """How many of these retries are the latest in a row."""
    files: str = ""
    """Name of the snapshot that holds the run's files; empty if there are no files."""

    @classmethod
    def parse(cls, given: Any) -> Self:
        """Raises BadCursor: the input of an execution can be forged."""
        if not isinstance(given, dict):
            raise BadCursor(f"at is {given!r:.80}; it must be a cursor that a step returned.")
        for name, field in cls.__dataclass_fields__.items():
            value = given.get(name, field.default)
            allowed = "whole number, 0 or more" if field.type is int else "text"
            valid = isinstance(value, str) if allowed == "text" else type(value) is int and value >= 0
            if not valid:
                actual = f"is {value!r:.80}" if name in given else "is missing"
                raise BadCursor(f"at.{name} {actual}; it must be a {allowed}.")
        return known(cls, given)

    @property
    def own_wait(self) -> str:
        """The wait in which this run of the step may end."""
        return f"{self.index}.{self.run}"

    @property
    def retry_wait(self) -> str:
        """The wait for the next attempt. Links of the failed attempt belong to a different wait."""
        return f"{self.own_wait}{RETRY}"

    @property
    def comes_from_own_wait(self) -> bool:
        return self.wait in (self.own_wait, self.retry_wait)

    def next_step(self, **changes: Any) -> Self:
        """The cursor of the first run of the step after this one."""
        return self.then("continue", index=self.index + 1, run=1, retries=0, failures=0, **changes)

    def then(self, what: Next, **changes: Any) -> Self:
        """The cursor of the next turn, without a wait unless `changes` has one."""
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
        """The number of the run as the step sees it: a retry repeats the same run."""
        return self.at.run - self.at.retries

    @property
    def is_last(self) -> bool:
        return self.at.index == self.step_count - 1


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored JSON value: its text, or the key of the text in the bucket."""

    text: str = ""
    key: str = ""
    size: int = 0
    """Bytes of an object in S3; 0 for a text."""


@dataclass(frozen=True, slots=True)
class Pause:
    """The wait at the end of a step. A link can end a `parked` wait; only the timer ends any other."""

    wait: str
    kind: Kind
    since: str
    until: str
    parked: bool
    on_timeout: Literal["resume", "cancel"]
    origin: str = ""
    """For a retry: the wait that the failed attempt came from. The next attempt gets the same request."""


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
    """The credits of all segments that have ended."""
    ended_at: str = ""
    exit_reason: str = ""
    failure: str = ""
    """Where and why the run failed: the state machine's data as JSON text, with `at` and `error`."""
    options: str = ""
    """The workflow's `Options` when the run began, or was last retried."""
    retried: Cursor | None = None
    """Where the run continued when it was last retried."""
    kept_until: int = 0
    """Until when all of its data is kept, in seconds since the epoch: see turns.renewal."""

    def is_past(self, turn: int) -> bool:
        """Whether a turn is from before the last retry, and no longer counts."""
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
    """None if the last run failed."""
    started_at: str
    ended_at: str
    compute_ms: int
    segment_ms: int
    """Cursor.segment_ms at the step's end; 0 if the step ended the segment."""
    exports: Stored
    context: Stored
    """What the last run received from the rerun before it."""
    next_context: Stored | None = None
    """What the next run will receive."""
    resume_data: Stored | None = None
    pause: Pause | None = None
    """The wait at the end of the last run."""
    error: StepError | None = None
    failed_at: Cursor | None = None
    """The cursor of an attempt that failed for good. Its `wait` is the one that the attempt came from, retry or not."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Identifies a request with an Idempotency-Key when its sender repeats it. Both fields are digests."""

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
    """The mark of the request that ended the wait, if it had an Idempotency-Key."""


@dataclass(frozen=True, slots=True)
class Directive:
    """What a step asked for through `pd.flow`; it takes effect at the step's end."""

    kind: Kind
    wait_ms: int
    on_timeout: Literal["resume", "cancel"] = "resume"
    context: str = "null"
    """For a rerun: the context as JSON text, as it was at the call."""
    origin: str = ""
    """See Pause.origin."""
