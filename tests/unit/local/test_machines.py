"""local.engine.machines: executions with their histories, timers, tokens and restarts."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.engine.errors import ServiceError
from local.engine.machines.control_plane import Machine
from tests.unit.local.machine_stage import (
    ARN,
    CALL,
    FUNCTION,
    PARK,
    PLACE,
    ROLE,
    START_MS,
    WAIT,
    HandClock,
    Stage,
    one,
    stages,
)

DONE = {"Type": "Succeed"}
RETRY = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 3}
CATCH = {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Done"}


@pytest.fixture(autouse=True)
def closed_stages() -> Iterator[None]:
    yield
    while stages:
        stages.pop().store.close()


def refused(stage: Stage, operation: str, **request: Any) -> str:
    """The code of the error that a request is refused with."""
    with pytest.raises(ServiceError) as error:
        stage.ask(operation, **request)
    return error.value.code


def token_of(stage: Stage) -> str:
    """The token that the last task has left."""
    return str(stage.requests[-1][1]["Item"]["token"]["S"])


# ---- Data ----


def test_a_task_is_called_with_what_its_fields_say():
    """InputPath, Parameters, ResultSelector, ResultPath and OutputPath, one after the other."""
    stage = Stage(one({**CALL, "InputPath": "$.in", "ResultPath": "$.in.result", "OutputPath": "$.in"}))
    execution = stage.start({"in": {"a": 1}, "out": 2})

    stage.answer("yes")

    assert [payload for payload, _ in stage.calls] == [{"a": 1}]
    assert stage.output(execution) == {"a": 1, "result": {"answer": "yes"}}


def test_a_result_can_be_thrown_away():
    stage = Stage(one({**CALL, "ResultPath": None}))
    execution = stage.start({"a": 1})
    stage.answer("no")
    assert stage.output(execution) == {"a": 1}


def test_the_context_object_says_where_an_execution_is():
    """With times in milliseconds, and how often the state was retried."""
    context = {key: f"$$.{path}" for key, path in {
        "id.$": "Execution.Id", "name.$": "Execution.Name", "input.$": "Execution.Input", "role.$": "Execution.RoleArn",
        "start.$": "Execution.StartTime", "state.$": "State.Name", "entered.$": "State.EnteredTime",
        "retries.$": "State.RetryCount", "machine.$": "StateMachine.Id", "called.$": "StateMachine.Name",
    }.items()}  # fmt: skip
    stage = Stage(one(
        {**WAIT, "End": False, "Next": "Two"},
        Two={**CALL, "Parameters": {"FunctionName": FUNCTION, "Payload": context}, "Retry": [RETRY]},
    ))  # fmt: skip
    execution = stage.start({"a": 1})
    stage.clock.advance(60_000)
    stage.fail("Bad")
    stage.clock.advance(1_000)

    assert stage.calls[-1][0] == {
        "id": execution, "name": "e", "input": {"a": 1}, "role": ROLE, "start": "2025-11-24T16:00:00.000Z",
        "state": "Two", "entered": "2025-11-24T16:01:00.000Z", "retries": 1, "machine": ARN, "called": "m",
    }  # fmt: skip


def test_pass_and_choice_and_fail():
    stage = Stage(one(
        {"Type": "Pass", "Result": {"kind": "bad"}, "ResultPath": "$.made", "Next": "Two"},
        Two={"Type": "Choice", "Choices": [{"Variable": "$.made.kind", "StringEquals": "bad", "Next": "Three"}]},
        Three={"Type": "Fail", "ErrorPath": "$.made.kind", "CausePath": "States.Format('by {}', $.who)"},
    ))  # fmt: skip
    assert stage.failure(stage.start({"who": "me"})) == ("bad", "by me")


def test_a_choice_without_a_match_fails_the_execution():
    stage = Stage(one({"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": True, "Next": "Done"}]}, Done=DONE))
    error, cause = stage.failure(stage.start({"a": 1}))
    assert error == "States.Runtime"
    assert cause.startswith("An error occurred while executing the state 'One' (entered at the event id #2). Failed to")


@pytest.mark.parametrize(
    ("wait", "given", "seconds"),
    [
        ({"Seconds": 5}, {}, 5),
        ({"SecondsPath": "$.s"}, {"s": 7}, 7),
        ({"SecondsPath": "$.s"}, {"s": 0}, 0),
        ({"Timestamp": "2025-11-24T16:00:09Z"}, {}, 9),
        ({"TimestampPath": "$.t"}, {"t": "2025-11-24T17:00:02.500+01:00"}, 2.5),
        ({"TimestampPath": "$.t"}, {"t": "2001-01-01T00:00:00Z"}, 0),
    ],
    ids=str,
)
def test_a_wait_lasts_as_long_as_it_says(wait: dict[str, Any], given: Any, seconds: float):
    stage = Stage(one({"Type": "Wait", "End": True, **wait}))
    execution = stage.start(given)
    if seconds:
        stage.clock.advance(round(seconds * 1000) - 1)
        assert stage.status(execution) == "RUNNING"
    stage.clock.advance(1)
    assert stage.status(execution) == "SUCCEEDED"


@pytest.mark.parametrize("given", [{}, {"s": "5"}, {"s": -1}, {"s": 1.5}, {"s": True}, {"s": 100_000_000}], ids=str)
def test_a_wait_fails_where_its_seconds_are_not_a_whole_number(given: Any):
    stage = Stage(one({"Type": "Wait", "End": True, "SecondsPath": "$.s"}))
    assert stage.failure(stage.start(given))[0] == "States.Runtime"


def test_no_data_is_above_256_kib():
    """Neither an answer nor what a state makes of it; a Catch gets it by its name only."""
    named = {"ErrorEquals": ["States.DataLimitExceeded"], "ResultPath": "$.error", "Next": "Done"}
    fits, caught = Stage(one(CALL)), Stage(one({**CALL, "Catch": [CATCH, named]}, Done=DONE))
    grown = Stage(one({"Type": "Pass", "Parameters": {"a.$": "$", "b.$": "$"}, "End": True}))

    execution = fits.start()
    fits.answer("x" * (262_144 - 200))
    assert fits.status(execution) == "SUCCEEDED"

    execution = caught.start()
    caught.answer("ü" * 131_072)
    assert caught.output(execution)["error"]["Error"] == "States.DataLimitExceeded"
    assert grown.failure(grown.start("x" * 140_000))[0] == "States.DataLimitExceeded"


def test_an_answer_above_256_kib_fails_though_its_state_throws_it_away():
    stage = Stage(one({**CALL, "ResultPath": None}))
    execution = stage.start()
    stage.answer("x" * 262_144)
    assert stage.failure(execution)[0] == "States.DataLimitExceeded"
    assert stage.types(execution)[-2:] == ["TaskFailed", "ExecutionFailed"]


# ---- Services ----


def test_dynamodb_is_asked_at_once_and_its_errors_have_its_name():
    """Optimised and SDK integrations spell it differently, and have one name for what the SDK has no class for."""

    def errors(resource: str) -> list[str]:
        state = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": {"TableName": "t"}}
        stage = Stage(one({**state, "Catch": [CATCH], "End": True}, Done=DONE))
        names = []
        for code in ("ConditionalCheckFailedException", "ValidationException", "RequestLimitExceeded"):

            def refuse(operation: str, request: Any, code: str = code) -> dict[str, Any]:
                assert (operation, request) == ("PutItem", {"TableName": "t"})
                raise ServiceError(code, "said no")

            stage.dynamodb = refuse
            error = stage.output(stage.start(name=code))["error"]
            assert error["Cause"].startswith("said no (Service: ")
            names.append(error["Error"])
        return names

    assert errors("dynamodb:putItem") == [
        "DynamoDB.ConditionalCheckFailedException",
        "DynamoDB.AmazonDynamoDBException",
        "DynamoDB.RequestLimitExceededException",
    ]
    assert errors("aws-sdk:dynamodb:putItem") == [
        "DynamoDb.ConditionalCheckFailedException",
        "DynamoDb.DynamoDbException",
        "DynamoDb.RequestLimitExceededException",
    ]


def test_a_function_that_raises_fails_its_task_with_its_own_words():
    """Its type is the error's name, its whole answer the cause."""
    stage = Stage(one(CALL))
    execution = stage.start()
    stage.fail("ValueError")
    assert stage.failure(execution) == ("ValueError", '{"errorType": "ValueError", "errorMessage": "why"}')


def test_an_error_without_a_type_is_unknown():
    stage = Stage(one(CALL))
    execution = stage.start()
    stage.calls[-1][1](b'{"errorMessage": "late"}', "Unhandled")
    error, cause = stage.failure(execution)
    assert error == "Lambda.Unknown"
    assert cause.endswith('Returned payload: {"errorMessage": "late"}')


def test_a_fault_of_lambda_has_its_name():
    """So does a function that is not there."""
    stage = Stage(one(CALL))
    execution = stage.start()
    stage.calls[-1][1](ServiceError("TooManyRequestsException", "slowly"), None)
    assert stage.failure(execution)[0] == "Lambda.TooManyRequestsException"

    other = Stage(one({**CALL, "Parameters": {"FunctionName": "other", "Payload": 1}}))
    error, cause = other.failure(other.start())
    assert error == "Lambda.ResourceNotFoundException"
    assert cause.startswith("Function not found: other (Service: AWSLambda; Status Code: 404; Error Code: Resource")


def test_an_execution_starts_another_one():
    """Whose input is an object; a name that is taken is an error that can be caught."""
    again = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution",
        "Parameters": {"StateMachineArn": ARN, "Name": "second", "Input": {"is": "second"}},
        "Catch": [{**CATCH, "ErrorEquals": ["StepFunctions.ExecutionAlreadyExistsException"]}],
        "ResultPath": "$.started",
        "End": True,
    }
    choice = {"Variable": "$.is", "IsPresent": True, "Next": "Done"}
    stage = Stage(one({"Type": "Choice", "Choices": [choice], "Default": "Again"}, Again=again, Done=DONE))

    started = stage.output(stage.start())["started"]

    assert stage.output(started["ExecutionArn"]) == {"is": "second"}
    assert started["StartDate"] == START_MS / 1000
    assert "Already Exists" in stage.output(stage.start(name="other"))["error"]["Cause"]


def test_an_execution_starts_one_of_a_machine_that_is_motos():
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:startExecution",
        "Parameters": {"StateMachineArn": "other", "Input": "[1]"},
        "End": True,
    }
    stage = Stage(one(state))

    assert stage.output(stage.start()) == {"ExecutionArn": "arn:of:moto", "StartDate": "1970-01-01T00:00:01.500Z"}
    assert stage.moto_started == [{"stateMachineArn": "other", "input": "[1]"}]


def test_a_task_needs_what_its_service_needs():
    stage = Stage(one({**CALL, "Parameters": {"Payload": 1}}))
    assert stage.failure(stage.start()) == ("States.Runtime", "The field 'FunctionName' is required but was missing.")


# ---- Retry and Catch ----


def test_a_task_is_tried_again_after_the_times_that_its_retry_says():
    """Each entry counts for itself; the first that takes the error is the one, also where it is used up."""
    first = {**RETRY, "ErrorEquals": ["A"], "MaxAttempts": 1}
    stage = Stage(one({**CALL, "Retry": [first, RETRY], "Catch": [CATCH]}, Done=DONE))
    execution = stage.start()
    calls = []
    for error, wait_ms in (("A", 1000), ("B", 1000), ("B", 3000)):
        stage.fail(error)
        stage.clock.advance(wait_ms - 1)
        calls.append(len(stage.calls))
        stage.clock.advance(1)
    stage.fail("A")

    assert (calls, len(stage.calls)) == ([1, 2, 3], 4)
    assert stage.output(execution)["error"]["Error"] == "A"
    assert stage.types(execution).count("TaskScheduled") == 4
    assert stage.types(execution).count("TaskStateEntered") == 1


def test_a_retry_of_no_attempts_keeps_later_entries_from_trying():
    stage = Stage(one({**CALL, "Retry": [{"ErrorEquals": ["A"], "MaxAttempts": 0}, RETRY]}))
    execution = stage.start()
    stage.fail("A")
    assert stage.failure(execution)[0] == "A"


def test_what_the_interpreter_itself_fails_of_is_caught_like_any_error():
    """But for States.Runtime, which ends the execution."""
    bad = {"FunctionName": FUNCTION, "Payload.$": "States.ArrayGetItem($.list, 5)"}
    caught = Stage(one({**CALL, "Parameters": bad, "Catch": [CATCH]}, Done=DONE))
    error = caught.output(caught.start({"list": []}))["error"]
    assert error["Error"] == "States.IntrinsicFailure"
    assert "The function 'States.ArrayGetItem($.list, 5)' had the following error" in error["Cause"]

    error, cause = caught.failure(caught.start({}, name="other"))
    assert error == "States.Runtime"
    assert cause.startswith("An error occurred while executing the state 'One' (entered at the event id #2).")


# ---- Time ----


def test_a_task_that_takes_too_long_times_out():
    """What the function answers afterwards changes nothing."""
    stage = Stage(one({**CALL, "TimeoutSecondsPath": "$.s", "Catch": [CATCH]}, Done={**WAIT, "Next": "One"}))
    execution = stage.start({"s": 5})
    stage.clock.advance(4_999)
    assert stage.types(execution)[-1] == "TaskStarted"
    stage.clock.advance(1)
    stage.answer("late")

    assert stage.types(execution)[-3:] == ["TaskTimedOut", "TaskStateExited", "WaitStateEntered"]
    entered = json.loads(stage.history(execution)[-1]["stateEnteredEventDetails"]["input"])
    assert entered == {"s": 5, "error": {"Error": "States.Timeout", "Cause": ""}}


def test_a_task_must_send_its_heartbeats():
    """Each one gives it the same time again."""
    stage = Stage(one({**PARK, "HeartbeatSeconds": 10}))
    execution = stage.start()
    for _ in range(3):
        stage.clock.advance(9_000)
        stage.ask("SendTaskHeartbeat", taskToken=token_of(stage))
    stage.clock.advance(9_999)
    assert stage.status(execution) == "RUNNING"
    stage.clock.advance(1)

    assert stage.failure(execution)[0] == "States.HeartbeatTimeout"
    assert refused(stage, "SendTaskHeartbeat", taskToken=token_of(stage)) == "TaskTimedOut"


def test_an_execution_has_a_time_of_its_own():
    stage = Stage({"TimeoutSeconds": 30, **one(WAIT)})
    execution = stage.start()
    stage.clock.advance(30_000)
    assert stage.status(execution) == "TIMED_OUT"
    assert stage.types(execution)[-1] == "ExecutionTimedOut"


def test_ten_thousand_waits_need_no_thread_and_one_timer():
    """And each of them ends once."""
    stage = Stage(one(WAIT))
    before = threading.active_count()
    for number in range(10_000):
        stage.start(name=f"e{number}")
    assert threading.active_count() == before
    assert len(stage.clock.waiting) == 1

    stage.clock.advance(60_000)

    assert Counter(ended.status for ended in stage.ended) == {"SUCCEEDED": 10_000}
    assert len({ended.arn for ended in stage.ended}) == 10_000


@pytest.mark.parametrize("order", [[5, 60], [60, 5]], ids=str)
def test_each_execution_has_its_own_time(order: list[int]):
    """Whichever began first, the one timer is for the earliest."""
    stage = Stage(one({"Type": "Wait", "SecondsPath": "$.s", "End": True}))
    executions = {seconds: stage.start({"s": seconds}, name=f"e{seconds}") for seconds in order}

    stage.clock.advance(5_000)
    assert (stage.status(executions[5]), stage.status(executions[60])) == ("SUCCEEDED", "RUNNING")
    stage.clock.advance(54_999)
    assert stage.status(executions[60]) == "RUNNING"
    stage.clock.advance(1)
    assert stage.status(executions[60]) == "SUCCEEDED"


def test_an_execution_that_goes_round_ends_at_25000_events():
    """The request that starts it does not wait for that: it goes on by the clock."""
    stage = Stage(one({"Type": "Pass", "Next": "One"}))
    execution = stage.start()
    assert stage.status(execution) == "RUNNING"
    assert len(stage.history(execution)) < 500

    stage.clock.advance(1)

    assert stage.failure(execution)[1] == "The execution reached the maximum number of history events (25000)."
    last = stage.ask("GetExecutionHistory", executionArn=execution, reverseOrder=True, maxResults=2)["events"]
    assert [(event["id"], event["type"]) for event in last] == [
        (25_000, "ExecutionFailed"),
        (24_999, "PassStateExited"),
    ]


def test_an_execution_that_has_ended_is_kept_for_90_days():
    """With its history and its tokens; then its name is free again."""
    stage = Stage(one(PARK))
    execution = stage.start()
    token = token_of(stage)
    stage.ask("SendTaskSuccess", taskToken=token, output="1")
    stage.clock.advance(90 * 86_400_000 - 1)
    assert stage.status(execution) == "SUCCEEDED"

    stage.clock.advance(1)

    assert stage.ask("DescribeExecution", executionArn=execution) is None
    assert stage.ask("SendTaskSuccess", taskToken=token, output="1") is None
    for table in ("executions", "events", "tokens"):
        assert stage.store.rows(f"SELECT * FROM {table}") == []  # noqa: S608  # names from this line
    assert stage.start() == execution


# ---- Tokens ----


def test_a_task_waits_for_its_token():
    """The service's answer is in the history, and the outcome is the task's result."""
    stage = Stage(one({**PARK, "ResultPath": "$.outcome"}))
    execution = stage.start({"a": 1})
    assert stage.types(execution)[-1] == "TaskSubmitted"
    assert stage.machines.machine_of_token(token_of(stage)) == ARN

    assert stage.ask("SendTaskSuccess", taskToken=token_of(stage), output='{"b": 2}') == {}

    assert stage.output(execution) == {"a": 1, "outcome": {"b": 2}}


def test_a_token_has_one_outcome():
    """Also of two at the same moment; one for another token, and none that is no JSON."""
    stage = Stage(one(PARK))
    execution = stage.start()
    assert refused(stage, "SendTaskSuccess", taskToken=token_of(stage), output="{") == "InvalidOutput"
    assert stage.ask("SendTaskSuccess", taskToken="never", output="{}") is None  # moto says InvalidToken
    outcomes: list[str] = []
    begin = threading.Barrier(8)

    def send(number: int) -> None:
        begin.wait()
        try:
            if number % 2:
                stage.ask("SendTaskSuccess", taskToken=token_of(stage), output=str(number))
            else:
                stage.ask("SendTaskFailure", taskToken=token_of(stage), error="No", cause=str(number))
            outcomes.append(str(number))
        except ServiceError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes.count("TaskTimedOut") == 7
    (winner,) = [outcome for outcome in outcomes if outcome != "TaskTimedOut"]
    described = stage.describe(execution)
    assert winner in (described.get("output"), described.get("cause"))


def test_a_failed_token_has_error_and_cause():
    stage = Stage(one({**PARK, "Catch": [CATCH]}, Done=DONE))
    execution = stage.start()
    stage.ask("SendTaskFailure", taskToken=token_of(stage), error="Cancelled", cause="by me")
    assert stage.output(execution)["error"] == {"Error": "Cancelled", "Cause": "by me"}


def test_each_attempt_has_a_token_of_its_own():
    """That of an earlier one is worth nothing."""
    stage = Stage(one({**PARK, "Retry": [RETRY]}))
    execution = stage.start()
    first = token_of(stage)
    stage.ask("SendTaskFailure", taskToken=first, error="A")
    stage.clock.advance(1_000)
    assert token_of(stage) != first
    assert refused(stage, "SendTaskSuccess", taskToken=first, output="1") == "TaskTimedOut"
    stage.ask("SendTaskSuccess", taskToken=token_of(stage), output="2")
    assert stage.output(execution) == 2


def test_an_outcome_may_come_before_its_function_has_answered():
    """A function that is called with a token can use it at once."""
    stage = Stage(one({
        **CALL, "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": FUNCTION, "Payload": {"token.$": "$$.Task.Token"}},
        "ResultSelector": {"x.$": "$"},
    }))  # fmt: skip
    execution = stage.start()
    stage.ask("SendTaskSuccess", taskToken=stage.calls[0][0]["token"], output="1")
    stage.answer("late")
    assert stage.output(execution) == {"x": 1}
    assert "TaskSubmitted" not in stage.types(execution)


# ---- Stop ----

RESTS = {
    "wait": one(WAIT),
    "call": one(CALL),
    "park": one(PARK),
    "retry": one({**CALL, "Retry": [RETRY]}),
    "round": one({"Type": "Pass", "Next": "One"}),
}
"""A definition for each way to rest."""


def resting(definition: str, path: Path | None = None) -> tuple[Stage, str]:
    """A stage with an execution that rests."""
    stage = Stage(RESTS[definition], path)
    execution = stage.start({"a": 1})
    if definition == "retry":
        stage.fail("A")
    return stage, execution


@pytest.mark.parametrize("definition", RESTS)
def test_an_execution_is_stopped_wherever_it_is(definition: str):
    """Nothing follows it in its history, and it stays as it is."""
    stage, execution = resting(definition)

    stopped = stage.ask("StopExecution", executionArn=execution, error="Stopped", cause="by me")

    described = stage.describe(execution)
    assert (described["status"], described["error"], described["cause"]) == ("ABORTED", "Stopped", "by me")
    assert described["stopDate"] == stopped["stopDate"]
    if stage.calls:
        stage.answer("late")
    if stage.requests:
        assert refused(stage, "SendTaskSuccess", taskToken=token_of(stage), output="1") == "TaskTimedOut"
    stage.clock.advance(3_600_000)
    last = stage.ask("GetExecutionHistory", executionArn=execution, reverseOrder=True)["events"][0]
    assert (last["type"], last["executionAbortedEventDetails"]) == (
        "ExecutionAborted",
        {"error": "Stopped", "cause": "by me"},
    )
    assert stage.ask("StopExecution", executionArn=execution)["stopDate"] == stopped["stopDate"]
    assert len(stage.ended) == 1


# ---- Restart ----


@pytest.mark.parametrize("definition", ["wait", "call", "park", "retry"])
@pytest.mark.parametrize("late", [False, True], ids=["in time", "late"])
def test_an_execution_outlives_the_process(definition: str, late: bool, tmp_path: Path):
    """A wait ends at its time, or at once if that is over; a task that was called is called again; a token is good."""
    stage, execution = resting(definition, tmp_path / "engine.db")
    before = stage.history(execution)
    clock = HandClock()
    clock.ms += 3_600_000 if late else 500
    again = Stage(RESTS[definition], tmp_path / "engine.db", clock)

    again.machines.resume()

    assert again.history(execution)[: len(before)] == before
    if definition == "wait":
        clock.advance(0 if late else 59_499)
        assert late or again.status(execution) == "RUNNING"
        clock.advance(1)
    elif definition == "retry":
        clock.advance(0 if late else 500)
        assert again.types(execution).count("TaskScheduled") == 2
        again.answer(5)
    elif definition == "call":
        assert again.types(execution) == [event["type"] for event in before]
        assert again.calls[0][0] == {"a": 1}
        again.answer(5)
    elif late:
        clock.advance(0)
        assert again.failure(execution)[0] == "States.Timeout"
        return
    else:
        again.ask("SendTaskSuccess", taskToken=token_of(stage), output="5")
    assert again.status(execution) == "SUCCEEDED"


def test_an_execution_goes_on_by_the_definition_that_it_began_with(tmp_path: Path):
    """A change of the template is for those that start afterwards, also over a restart."""
    stage, execution = resting("park", tmp_path / "engine.db")
    again = Stage(one({"Type": "Fail", "Error": "Changed"}), tmp_path / "engine.db", HandClock())
    again.machines.resume()

    again.ask("SendTaskSuccess", taskToken=token_of(stage), output="1")

    assert again.output(execution) == 1
    described = again.ask("DescribeStateMachineForExecution", executionArn=execution)
    assert json.loads(described["definition"]) == RESTS["park"]
    assert again.failure(again.start(name="new"))[0] == "Changed"


def test_a_task_whose_process_died_keeps_its_token(tmp_path: Path):
    """The call that is made again leaves the same one, so that none is lost."""
    stage = Stage(one(PARK), tmp_path / "engine.db")

    def die(*_: Any) -> dict[str, Any]:
        raise KeyboardInterrupt

    stage.dynamodb = die
    with pytest.raises(KeyboardInterrupt):
        stage.start()
    again = Stage(one(PARK), tmp_path / "engine.db", HandClock())
    again.machines.resume()

    assert token_of(again) == token_of(stage)
    again.ask("SendTaskSuccess", taskToken=token_of(stage), output="1")
    assert [ended.status for ended in again.ended] == ["SUCCEEDED"]


# ---- The API ----


def test_a_name_is_taken_once():
    """The same input while it runs is the same execution."""
    stage = Stage(one(WAIT))
    execution = stage.start({"a": 1})
    assert stage.start({"a": 1}) == execution
    assert refused(stage, "StartExecution", stateMachineArn=ARN, name="e", input="{}") == "ExecutionAlreadyExists"
    stage.clock.advance(60_000)
    assert refused(stage, "StartExecution", stateMachineArn=ARN, name="e", input='{"a": 1}') == "ExecutionAlreadyExists"


@pytest.mark.parametrize("name", ["a b", "a/b", "a:b", "a*", "", "a\n", 'a"b'])
def test_a_name_has_no_special_characters(name: str):
    assert refused(Stage(one(WAIT)), "StartExecution", stateMachineArn=ARN, name=name) == "InvalidName"


def test_what_is_too_long_or_not_json_is_refused():
    stage = Stage(one(WAIT))
    assert refused(stage, "StartExecution", stateMachineArn=ARN, name="n" * 81) == "ValidationException"
    assert refused(stage, "StartExecution", stateMachineArn=ARN, input="{") == "InvalidExecutionInput"
    assert refused(stage, "StartExecution", stateMachineArn=ARN, input="NaN") == "InvalidExecutionInput"
    assert refused(stage, "StartExecution", stateMachineArn=ARN, input=f'"{"x" * 262_143}"') == "ValidationException"
    assert refused(stage, "StopExecution", executionArn="x", error="e" * 257) == "ValidationException"


def test_executions_without_a_name_get_one():
    stage = Stage(one(WAIT))
    names = {stage.ask("StartExecution", stateMachineArn=ARN)["executionArn"] for _ in range(3)}
    assert len(names) == 3
    assert all(len(name.rpartition(":")[2]) == 36 for name in names)


def test_executions_are_listed_by_page_and_status():
    """The youngest first."""
    stage = Stage(one(WAIT))
    for number in range(7):
        stage.start(name=f"e{number}")
        stage.clock.advance(1_000 if number < 5 else 60_000)
    stage.ask("StopExecution", executionArn=f"{ARN.replace('stateMachine', 'execution')}:e6")
    pages, token = [], {}
    while True:
        page = stage.ask("ListExecutions", stateMachineArn=ARN, maxResults=3, **token)
        pages.append([execution["name"] for execution in page["executions"]])
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}

    assert pages == [["e6", "e5", "e4"], ["e3", "e2", "e1"], ["e0"]]
    succeeded = stage.ask("ListExecutions", stateMachineArn=ARN, statusFilter="SUCCEEDED")["executions"]
    assert {execution["status"] for execution in succeeded} == {"SUCCEEDED"}
    assert refused(stage, "ListExecutions", stateMachineArn=ARN, nextToken="?") == "InvalidToken"
    assert refused(stage, "ListExecutions", stateMachineArn=ARN, maxResults=1001) == "ValidationException"


def test_a_history_has_the_events_that_step_functions_writes():
    """With their ids, and what each follows; data is that of the state, also where it is kept once."""
    stage = Stage(one({**PARK, "Parameters": {"TableName": "t", "Item": {}}, "Next": "Done"}, Done=DONE))
    execution = stage.start({"a": 1})
    token = stage.store.row("SELECT token FROM tokens")[0]
    stage.ask("SendTaskSuccess", taskToken=token, output="1")
    resource = {"resourceType": "aws-sdk:dynamodb", "resource": "putItem.waitForTaskToken"}
    whole = {"truncated": False}

    events = stage.history(execution)

    assert [(event["id"], event["previousEventId"], event["type"]) for event in events] == [
        (1, 0, "ExecutionStarted"), (2, 0, "TaskStateEntered"), (3, 2, "TaskScheduled"), (4, 3, "TaskStarted"),
        (5, 4, "TaskSubmitted"), (6, 5, "TaskSucceeded"), (7, 6, "TaskStateExited"), (8, 7, "SucceedStateEntered"),
        (9, 8, "SucceedStateExited"), (10, 9, "ExecutionSucceeded"),
    ]  # fmt: skip
    details = [next(value for key, value in event.items() if key.endswith("Details")) for event in events]
    assert details == [
        {"roleArn": ROLE, "input": '{"a": 1}', "inputDetails": whole},
        {"name": "One", "input": '{"a": 1}', "inputDetails": whole},
        {**resource, "region": "us-east-1", "timeoutInSeconds": 60, "parameters": '{"TableName":"t","Item":{}}'},
        resource,
        {**resource, "output": "{}", "outputDetails": whole},
        {**resource, "output": "1", "outputDetails": whole},
        {"name": "One", "output": "1", "outputDetails": whole},
        {"name": "Done", "input": "1", "inputDetails": whole},
        {"name": "Done", "output": "1", "outputDetails": whole},
        {"output": "1", "outputDetails": whole},
    ]


def test_a_history_is_read_by_page_and_backwards():
    """And without data, if so asked."""
    stage = Stage(one({"Type": "Pass", "Next": "Two"}, Two={"Type": "Pass", "End": True}))
    execution = stage.start({"a": 1})

    def pages(**asked: Any) -> list[list[int]]:
        found, token = [], {}
        while True:
            page = stage.ask("GetExecutionHistory", executionArn=execution, **asked, **token)
            found.append([event["id"] for event in page["events"]])
            if "nextToken" not in page:
                return found
            token = {"nextToken": page["nextToken"]}

    assert pages(maxResults=4) == [[1, 2, 3, 4], [5, 6]]
    assert pages(maxResults=4, reverseOrder=True) == [[6, 5, 4, 3], [2, 1]]
    assert pages(maxResults=6) == [[1, 2, 3, 4, 5, 6]]
    bare = stage.ask("GetExecutionHistory", executionArn=execution, includeExecutionData=False)["events"]
    assert "input" not in json.dumps(bare)


def test_what_is_not_the_engines_is_left_to_moto():
    """Machines that it does not run, what it does not know, and operations that it has not."""
    stage = Stage(one({"Type": "Parallel", "Branches": [], "End": True}))
    assert stage.ask("StartExecution", stateMachineArn=ARN) is None
    assert stage.ask("ListExecutions", stateMachineArn=ARN) is None
    assert stage.ask("StartExecution", stateMachineArn="arn:of:another") is None
    assert stage.ask("DescribeExecution", executionArn="arn:of:another") is None
    assert stage.ask("CreateStateMachine", name="x") is None


def test_an_express_machine_is_motos():
    stage = Stage(one(WAIT))
    stage.machine = Machine(ARN, "m", json.dumps(one(WAIT)), ROLE, "EXPRESS")
    assert stage.ask("StartExecution", stateMachineArn=ARN) is None


def test_executions_go_with_their_state_machine():
    """What they wait for finds nothing to go on with."""
    stage = Stage(one(CALL))
    execution = stage.start()
    stage.machines.delete_machine(ARN)
    stage.answer("late")
    assert stage.ask("DescribeExecution", executionArn=execution) is None
    assert stage.machines.answer("ListExecutions", {"stateMachineArn": ARN}, PLACE) == {"executions": []}


def test_a_listener_hears_of_each_end():
    stage = Stage(one(WAIT))
    stage.start({"a": 1})
    stage.clock.advance(60_000)
    (ended,) = stage.ended
    assert (ended.name, ended.status, ended.input, ended.output) == ("e", "SUCCEEDED", '{"a": 1}', '{"a": 1}')
    assert (ended.start_ms, ended.stop_ms) == (START_MS, START_MS + 60_000)


def test_an_execution_by_a_name_that_no_text_can_be_is_not_here() -> None:
    """JSON can write half of a surrogate pair. moto answers then, as for any that is not known."""
    stage = Stage({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
    arn = "arn:aws:states:us-east-1:123456789012:execution:machine:\ud800"

    assert stage.ask("DescribeExecution", executionArn=arn) is None
    assert stage.machines.machine_of_token("\ud800") is None
