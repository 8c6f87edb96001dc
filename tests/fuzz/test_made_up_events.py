"""What AWS hands to the functions Failures and Wakeups, in forms that it never should."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlude.control import failures, wakeups
from tests.fuzz.amount import MARKS, inputs
from tests.fuzz.service import Service
from tests.fuzz.values import VALUES
from tests.unit.stream_records import TTL, record

pytestmark = MARKS

RUN_IDS = st.sampled_from(["telling-01a2042e9d7c-dd072481e1ca7708", "nope", "", "a" * 100, "ü"])
KEYS = st.sampled_from(
    ["RUN", "STEP#0000", "WAIT#0.1", "WAIT#", "RETRY#3", "RETRY#", "RESPONSE", "HOOK", "telling", "x"]
)
TEXTS = st.text(max_size=20).map(lambda text: {"S": text.encode("utf-8", "replace").decode()})
OUTCOMES = st.sampled_from(["resumed", "cancelled", "elapsed", "?", ""]).map(lambda outcome: {"S": outcome})
IMAGES = st.fixed_dictionaries(
    {},
    optional={
        "task_token": TEXTS,
        "outcome": OUTCOMES,
        "outcome_at": TEXTS,
        "status": TEXTS,
        "stopped": st.just({"BOOL": True}),
        "callback": st.just({"M": {"text": {"S": "1"}}}),
        "retried": st.just({"S": "{}"}),
        "other": st.just({"N": "1"}),
    },
)


@st.composite
def records(draw: st.DrawFn, number: str) -> dict[str, Any]:
    """Items of runs, and of all that shares their table."""
    pk = draw(st.sampled_from(["RUN#", "WORKFLOW#", "NOTICE#", "KEY#", ""])) + draw(RUN_IDS)
    image = {"pk": {"S": pk}, "sk": {"S": draw(KEYS)}, **draw(IMAGES)}
    name = draw(st.sampled_from(["INSERT", "MODIFY", "REMOVE"]))
    more = draw(st.sampled_from([{}, {"userIdentity": TTL}, {"userIdentity": None}])) if name == "REMOVE" else {}
    return record(number, name, image, **more)


BATCHES = st.integers(0, 5).flatmap(lambda size: st.tuples(*(records(str(number)) for number in range(size))))


@inputs(100)
@given(BATCHES)
def test_a_batch_of_the_stream_is_always_answered(service: Service, batch: tuple[dict[str, Any], ...]):
    """With records that were in it; nothing that asks for nothing holds up what comes behind it."""
    with service.world.as_function("interlude-wakeups"):
        answer = wakeups.handle({"Records": list(batch)})

    assert {each["itemIdentifier"] for each in answer["batchItemFailures"]} <= {str(n) for n in range(len(batch))}


@pytest.fixture(scope="module")
def going(service: Service) -> str:
    """A run that waits, and that no event about another execution may end."""
    run_id = service.world.start("asking", {})
    service.world.paused(run_id)
    return run_id


# Valid JSON that Python does not take.
STRANGE = ['{"interlude_cursor": ' + "1" * 5_000 + "}", '{"interlude_cursor": ' + "[" * 5_000 + "]" * 5_000 + "}"]
INPUTS = st.none() | VALUES.map(json.dumps) | st.sampled_from(["", '"interlude_cursor"', "[]", "null", *STRANGE])
STATUSES = st.sampled_from(["FAILED", "TIMED_OUT", "ABORTED"])


@inputs(100)
@given(data=st.data())
def test_an_event_about_an_execution_ends_no_other_run(service: Service, going: str, data: st.DataObject):
    """Its input may be made up, and its name one that another state machine has, too."""
    names = ["nope", "", going]
    cursor = st.fixed_dictionaries(
        {"interlude_cursor": st.just(1)},
        optional={
            "run_id": st.sampled_from(names) | VALUES,
            "at": st.fixed_dictionaries({}, optional={"turn": st.integers() | VALUES}) | VALUES,
        },
    ).map(json.dumps)
    # Of its own state machine the event would be right to end it.
    machine = service.world.stack.state_machines["interlude-telling"]
    name = data.draw(st.sampled_from(names))
    detail = {
        "executionArn": f"{machine.replace(':stateMachine:', ':execution:')}:{name}",
        "stateMachineArn": machine,
        "name": name,
        "status": data.draw(STATUSES),
        "input": data.draw(INPUTS | cursor),
    }

    with service.world.as_function("interlude-failures"):
        failures.handle({"detail": detail})

    assert service.world.item(going)["status"]["S"] == "paused"
