"""Models of the bodies that the API writes without a model, for the OpenAPI document only."""

from typing import Literal

from pydantic import BaseModel

from interlude.models import Outcome
from schemas import Cancelled, Run, RunList, TestResult, WorkflowList


class Problem(BaseModel):
    """One sentence that says what is wrong."""

    error: str


class Refusal(BaseModel):
    """An error that API Gateway itself sends."""

    message: str


class Started(BaseModel):
    run_id: str
    status_url: str


class EndedSilently(BaseModel):
    """A run that ended without a response while its caller waited for one."""

    run_id: str
    status: Literal["succeeded", "failed", "cancelled"]
    message: str


class LinkAnswer(BaseModel):
    """`first` is false if the same link was used before; `at` is the time of the first use."""

    run_id: str
    workflow: str
    step: str
    outcome: Outcome
    at: str
    first: bool
    message: str


class RunCancelled(BaseModel):
    run_id: str
    status: Literal["cancelled"]


ANSWERED: list[type[BaseModel]] = [
    Problem, Refusal, Started, EndedSilently, LinkAnswer, RunCancelled,
    WorkflowList, TestResult, RunList, Run, Cancelled,
]  # fmt: skip
