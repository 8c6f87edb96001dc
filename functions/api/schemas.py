"""The JSON that the API accepts and returns, apart from the users' own data."""

import base64
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, StrictBool, ValidationError, WithJsonSchema, field_validator

from inbound import BadRequest
from interlude.models import Kind, RunStatus

LISTED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}Z#.{1,80}")
"""Start time and id of a run, as the state Begin writes them. DynamoDB keys have at most 1,024 bytes."""

REASON_LENGTH = 1000
"""Characters of an exit reason in a list. 100 runs must fit into a response of 6 MB, and a reason may have 8,000."""

StepStatus = Literal["pending", "running", "paused", "succeeded", "failed", "cancelled"]
TestStatus = Literal["succeeded", "failed", "canceled"]


def _known(values: Any) -> WithJsonSchema:
    """Documents the values of a text in a response, as of this release. A newer release may have stored others, which
    are returned unchanged.
    """
    return WithJsonSchema({"type": "string", "enum": list(get_args(values))})


class Workflow(BaseModel):
    name: str
    steps: list[str]
    options: str
    hook_url: str
    error: str | None


class WorkflowList(BaseModel):
    workflows: list[Workflow]


class StepTest(BaseModel):
    """What a step is tested with: a trigger event, the exports of earlier steps by step and name, and inputs that
    replace those of the step's file.
    """

    model_config = ConfigDict(extra="forbid")

    event: Any = None
    steps: dict[str, dict[str, Any]] = {}
    inputs: dict[str, Any] = {}


class StepError(BaseModel):
    type: str
    message: str
    traceback: str


class TestResult(BaseModel):
    status: Annotated[str, _known(TestStatus)]
    message: str
    exports: dict[str, Any]
    error: StepError | None


class RunSummary(BaseModel):
    run_id: str
    workflow: str
    status: Annotated[str, _known(RunStatus)]
    started_at: str
    ended_at: str | None
    exit_reason: str | None

    @classmethod
    def listed(cls, run: dict[str, Any]) -> Self:
        """The entry of a run in a list, where a long exit reason is cut."""
        reason = run["exit_reason"]
        if len(reason) > REASON_LENGTH:
            reason = f"{reason[:REASON_LENGTH]}…"
        return cls.model_validate({**run, "exit_reason": reason})

    @field_validator("ended_at", "exit_reason", mode="before")
    @classmethod
    def nothing_is_null(cls, value: str | None) -> str | None:
        return value or None


class RunList(BaseModel):
    """Pass `cursor` to get the runs before these; null at the end."""

    runs: list[RunSummary]
    cursor: str | None


class Cancelling(BaseModel):
    """Which runs to cancel. `dry_run` has no default: a caller must always decide it on purpose."""

    model_config = ConfigDict(extra="forbid")

    workflow: str
    dry_run: StrictBool
    status: Literal["running", "paused"] | None = None
    started_after: str = ""
    started_before: str = ""
    cursor: str = ""


class Cancelled(BaseModel):
    """`run_ids` are the first of the matching runs. Pass `cursor` to continue where the time ran out."""

    dry_run: bool
    matched: int
    cancelled: int
    ended: int
    failed: list[str]
    run_ids: list[str]
    cursor: str | None


class RunError(StepError):
    step: str


class Trigger(BaseModel):
    event: Any
    context: dict[str, Any]


class Step(BaseModel):
    name: str
    status: Annotated[str, _known(StepStatus)]
    runs: int
    started_at: str | None
    ended_at: str | None
    context: Any
    error: StepError | None
    exports: dict[str, Any]


class Wait(BaseModel):
    """The links are null if the step discarded them: then only the timer ends the wait."""

    step: str
    kind: Annotated[str, _known(Kind)]
    since: str
    until: str
    resume_url: str | None
    cancel_url: str | None


class Run(RunSummary):
    error: RunError | None
    trigger: Trigger
    steps: list[Step]
    wait: Wait | None
    credits: int
    compute_ms: int


M = TypeVar("M", bound=BaseModel)


def body_as(model: type[M], body: Any, takes: str) -> M:
    """A request's JSON body as a model. Raises BadRequest, whose sentence ends with `takes`: what is allowed."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise BadRequest(f"{first_problem(error.errors())}; {takes}.") from None


def first_problem(errors: Sequence[Any]) -> str:
    """The first of pydantic's errors: its place, and what is wrong there."""
    place = ".".join(str(part) for part in errors[0]["loc"]) or "the body"
    return f"{place}: {errors[0]['msg']}"


def encode_cursor(listed: str) -> str:
    return base64.urlsafe_b64encode(listed.encode()).decode()


def decode_cursor(cursor: str) -> str:
    """The list key in a cursor. Raises BadRequest for a cursor that this API did not make."""
    try:
        listed = base64.b64decode(cursor, altchars=b"-_", validate=True).decode()
    except ValueError:
        listed = "?"
    if listed and not LISTED.fullmatch(listed):
        raise BadRequest(f"cursor is {cursor[:80]!r}; it must be one that an earlier response had.")
    return listed
