"""What runs ask of AWS, counted. The tests compare these with real runs; docs/scaling.md is reckoned from them.

A request is written as its operation and the items that it is about, such as `TransactWriteItems STEP RUN/3`: a write
of the run's own item that changes an entry in three indexes.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """The states that a run enters, each a transition, and the requests that its steps make, in order."""

    states: tuple[str, ...]
    requests: tuple[str, ...]


PLAIN = Run(
    states=(
        "New or continued",
        "Begin",
        *("Run step", "Route"),
        *("Run step", "Route"),
        *("Run step", "Route"),
        "Finished",
    ),
    requests=(
        *("BatchGetItem RUN STEP", "PutItem STEP"),
        *("BatchGetItem RUN STEP", "PutItem STEP"),
        *("BatchGetItem RUN STEP", "Query", "TransactWriteItems STEP RUN/1"),
    ),
)
"""Three steps, the last of which reads pd.steps."""

APPROVAL = Run(
    states=(
        "New or continued",
        "Begin",
        *("Run step", "Route", "Park"),
        *("Run step", "Route"),
        *("Run step", "Route"),
        "Finished",
    ),
    requests=(
        *("BatchGetItem RUN STEP", "TransactWriteItems STEP RUN/3"),
        *("BatchGetItem RUN STEP WAIT", "TransactWriteItems STEP RUN/3"),
        *("BatchGetItem RUN STEP WAIT", "Query", "TransactWriteItems STEP RUN/1"),
    ),
)
"""Two steps, the first of which suspends the run until its link is opened."""

POLL_RERUNS = 2
"""How often the first step of POLL reruns."""

POLL = Run(
    states=(
        "New or continued",
        "Begin",
        *("Run step", "Route"),
        *("Run step", "Route"),
        *("Run step", "Route"),
        *("Run step", "Route"),
        "Finished",
    ),
    requests=(
        *("BatchGetItem RUN STEP", "TransactWriteItems STEP RUN/3"),
        *("BatchGetItem RUN STEP WAIT", "UpdateItem RUN/3", "TransactWriteItems STEP RUN/3"),
        *("BatchGetItem RUN STEP WAIT", "UpdateItem RUN/3", "PutItem STEP"),
        *("BatchGetItem RUN STEP", "Query", "TransactWriteItems STEP RUN/1"),
    ),
)
"""Two steps, the first of which reruns without a delay and hands out no links."""

DELAYED_TURN = ("Run step", "Route", "Delay")
"""The states of a turn that reruns after a delay."""

RERUN = ("BatchGetItem RUN STEP WAIT", "UpdateItem RUN/3", "TransactWriteItems STEP RUN/3")
"""The requests of one more turn of a poll; a part of POLL's."""

BEGIN = ("PutItem RUN/1",)
PARK = ("UpdateItem WAIT",)
"""What the states of these names ask of DynamoDB: the state machine does it, and no function."""

HOOK = ("BatchGetItem HOOK", "StartExecution")
CLICK = ("BatchGetItem RUN STEP WAIT", "UpdateItem WAIT", "SendTaskSuccess")
WAKE = ("SendTaskSuccess",)
"""What the API asks for at a hook's call and at a click, and Wakeups once more for a click."""

DESCRIPTION = ("Query", "BatchGetItem WAIT")
LIST = ("BatchGetItem HOOK", "Query")
"""What the API asks for to show a run that waits, without large values, and to list the runs of one workflow."""

EXPIRY = ("Query", "Query", "BatchWriteItem", "ListObjectsV2")
"""What Wakeups asks for when a run of up to 25 items has expired; it deletes each item but the run's own."""

LARGE_VALUE = ("PutObject", "GetObject")
"""Of a value above 64,000 bytes, where it is written and where it is read."""

RUN_BYTES = 1_000
"""A run's own item without its event, at most, for up to three steps whose names are short."""

STEP_BYTES = 900
"""A step's item without what the user exports, at most: one that suspends has the most."""

WAIT_BYTES = 250
"""A wait's item without what was sent to its link, at most; on AWS its task token adds about 700 bytes."""

INDEX_BYTES = 450
"""A run's entry in the index runs-waiting-until, at most, with the 100 bytes that DynamoDB adds to each."""

CALL_BYTES = 550
"""What the state machine sends to a step, at most. It is the same however many turns the run has made."""

CURSOR_BYTES = 250
"""What a step answers, at most."""

DEFINITION_BYTES = 13_000
"""A state machine's definition with three steps, at most; each step adds its function's ARN."""

PAGE_BYTES = 2_500
"""The page with a button that a link shows to a browser, at most."""

STEP_RESOURCES = ("AWS::IAM::Role", "AWS::Lambda::Alias", "AWS::Lambda::Function", "AWS::Lambda::Version")
WORKFLOW_RESOURCES = ("AWS::IAM::Role", "AWS::StepFunctions::StateMachine")
"""What a step and a workflow add to the stack."""


def run() -> None:
    for name, counted in (("plain", PLAIN), ("approval", APPROVAL), ("poll", POLL)):
        print(f"{name}: {len(counted.states)} transitions, {len(counted.requests)} requests of its steps to DynamoDB")
