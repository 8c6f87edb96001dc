"""statemachine/workflow.asl.json: what AWS would refuse only when it is deployed, or tell only when it is run."""

import json
import re
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

from interlude.errors import InterludeStoreUnavailable

States = dict[str, Any]


def targets(state: dict[str, Any]) -> Iterator[str]:
    """The states that may follow a state."""
    for place in (state, *state.get("Choices", []), *state.get("Catch", [])):
        yield from (place[key] for key in ("Next", "Default") if key in place)


def tasks(states: States) -> dict[str, Any]:
    return {name: state for name, state in states.items() if state["Type"] == "Task"}


def test_the_file_is_json_before_anything_is_put_into_it(definition: str):
    """Editors, linters and the local server read it as it is."""
    assert json.loads(definition)["StartAt"] == "New or continued"


def test_the_states_are_these(states: States):
    """The documentation and the console call them so."""
    assert list(states) == [
        "New or continued",
        "Begin",
        "Run step",
        "Route",
        "Delay",
        "Park",
        "Roll over",
        "Record failure",
        "Failed",
        "Cancelled",
        "Finished",
    ]


def test_every_task_has_a_timeout(states: States):
    """Nothing waits for ever: a task without a timeout would, for an answer that got lost."""
    without = [name for name, task in tasks(states).items() if not {"TimeoutSeconds", "TimeoutSecondsPath"} & set(task)]

    assert without == []
    assert len(tasks(states)) == 5


def test_what_a_task_calls_lies_in_the_partition_of_the_stack(definition: str):
    """In GovCloud and China an ARN of another partition fails every execution, with States.Runtime."""
    arns = re.findall(r"arn:[^:]*:", definition)

    assert arns == ["arn:${Partition}:"] * 5


def test_run_step_waits_longer_than_lambda_lets_a_function_run(states: States):
    """15 minutes, and a minute for what is around it."""
    assert states["Run step"]["TimeoutSeconds"] == 960


def test_every_state_can_be_reached(states: States):
    """From StartAt, by whatever leads on."""
    reached: set[str] = set()
    ahead = ["New or continued"]
    while ahead:
        state = ahead.pop()
        if state not in reached:
            reached.add(state)
            ahead += targets(states[state])

    assert set(states) - reached == set()


def test_every_target_is_a_state(states: States):
    """Next, Default and Catch name states that there are."""
    named = {target for state in states.values() for target in targets(state)}

    assert named - set(states) == set()


def test_every_state_leads_on_or_is_an_end(states: States):
    """Ends are Succeed and Fail; any other state has a way out."""
    dead_ends = [
        name for name, state in states.items() if state["Type"] not in ("Succeed", "Fail") and not list(targets(state))
    ]

    assert dead_ends == []


def test_every_end_can_be_reached_from_every_state(states: States):
    """No circle of states keeps a run from ending."""
    leads_to_end = {name for name, state in states.items() if state["Type"] in ("Succeed", "Fail")}
    for _ in states:
        leads_to_end |= {name for name, state in states.items() if set(targets(state)) & leads_to_end}

    assert set(states) - leads_to_end == set()


@pytest.mark.parametrize("name", ["Run step", "Park", "Roll over"])
def test_a_task_that_fails_after_the_run_has_begun_is_recorded(states: States, name: str):
    """The run's item says failed; a run that nobody records would seem to run for ever."""
    last = states[name]["Catch"][-1]

    assert (last["ErrorEquals"], last["Next"]) == (["States.ALL"], "Record failure")


def test_a_failure_that_cannot_be_recorded_still_fails(states: States):
    """The execution itself must not be left in between."""
    assert states["Record failure"]["Catch"] == [
        {"ErrorEquals": ["States.ALL"], "ResultPath": "$.not_recorded", "Next": "Failed"}
    ]


def test_run_step_retries_the_faults_of_lambda_and_of_the_store_and_no_other(states: States):
    """A user's error is final; so are a timeout of the function and its crash.

    Those of the second group are of a version that Lambda has to make ready again after weeks without a call, or whose
    place in a VPC is not ready. Each is an error of Invoke.
    """
    model = botocore.session.get_session().get_service_model("lambda")
    invoke = {f"Lambda.{shape.name}" for shape in model.operation_model("Invoke").error_shapes}
    retried = [error for retry in states["Run step"]["Retry"] for error in retry["ErrorEquals"]]

    assert retried == [
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.ClientExecutionTimeoutException",
        "Lambda.ResourceConflictException",
        "Lambda.ResourceNotReadyException",
        "Lambda.CodeArtifactUserPendingException",
        "Lambda.SnapStartNotReadyException",
        "Lambda.ENINotReadyException",
        "Lambda.EC2ThrottledException",
        "Lambda.ENILimitReachedException",
        "Lambda.SubnetIPAddressLimitReachedException",
        "Lambda.TooManyRequestsException",
        InterludeStoreUnavailable.__name__,
    ]
    assert set(retried[4:-1]) <= invoke


def test_every_retry_that_waits_has_jitter_and_a_limit(states: States):
    """Thousands of runs that met the same fault must not come back in the same second."""
    waiting = [retry for task in tasks(states).values() for retry in task["Retry"] if retry.get("MaxAttempts") != 0]

    assert {retry["JitterStrategy"] for retry in waiting} == {"FULL"}
    assert max(retry["MaxDelaySeconds"] for retry in waiting) == 60


def test_what_may_last_for_minutes_is_tried_again_for_ten(states: States):
    """Throttles and trouble of DynamoDB and S3. A delay is drawn between 0 and what it says here: half in the mean."""
    by_state = {name: states[name]["Retry"] for name in ("Begin", "Run step", "Park", "Roll over", "Record failure")}
    errors = {"States.ALL", "InterludeStoreUnavailable", "Lambda.TooManyRequestsException"}
    lasting = [retry for retries in by_state.values() for retry in retries if errors & set(retry["ErrorEquals"])]

    assert len(lasting) == 6
    assert {mean_delay_s(retry) for retry in lasting} == {601.5}


def mean_delay_s(retry: dict[str, Any]) -> float:
    """Of all attempts together."""
    longest, rate = retry["MaxDelaySeconds"], retry["BackoffRate"]
    return sum(min(longest, retry["IntervalSeconds"] * rate**n) / 2 for n in range(retry["MaxAttempts"]))


def test_a_failed_condition_is_caught_under_both_of_its_names(states: States):
    """The SDK integration and the optimized one spell it differently."""
    both = {"DynamoDb.ConditionalCheckFailedException", "DynamoDB.ConditionalCheckFailedException"}
    for name in ("Begin", "Record failure"):
        assert set(states[name]["Retry"][0]["ErrorEquals"]) == both
        assert states[name]["Retry"][0]["MaxAttempts"] == 0
    assert both < set(states["Park"]["Catch"][1]["ErrorEquals"])


def test_the_placeholders_are_what_each_workflow_fills_in(definition: str, source: dict[str, Any]):
    """No workflow leaves one open, none gives a value that nothing uses."""
    placeholders = set(re.findall(r"\$\{(\w+)\}", definition))
    given = [
        set(resource["Properties"]["DefinitionSubstitutions"])
        for resource in source["Resources"].values()
        if resource["Type"] == "AWS::Serverless::StateMachine"
    ]

    assert placeholders == {"Workflow", "Partition", "Table", "Steps", "Options"}
    assert all(each == placeholders for each in given)


def test_no_user_data_travels_between_the_states(states: States):
    """Run step picks the fields of the cursor one by one, so that nothing else can come along."""
    assert sorted(states["Run step"]["ResultSelector"]) == [
        "after.$",
        "expires_at.$",
        "failures.$",
        "files.$",
        "index.$",
        "next.$",
        "retries.$",
        "run.$",
        "seconds.$",
        "segment_ms.$",
        "turn.$",
        "wait.$",
    ]
    assert states["Park"]["ResultPath"] is None


def test_the_cursor_that_begins_a_run_has_the_fields_of_every_cursor(states: States):
    """Begin makes the first one, the runtime all others."""
    from dataclasses import fields

    from interlude.models import Cursor

    names = {field.name for field in fields(Cursor)}

    assert set(states["Begin"]["ResultSelector"]["at"]) == names
    assert {name.removesuffix(".$") for name in states["Run step"]["ResultSelector"]} == names


def test_route_knows_every_answer_of_a_step(states: States):
    """An answer that no choice takes would fail the run."""
    from typing import get_args

    from interlude.models import Next

    assert sorted(choice["StringEquals"] for choice in states["Route"]["Choices"]) == sorted(get_args(Next))


def test_a_version_that_has_slept_for_weeks_has_minutes_to_wake_up(states: States):
    """Lambda refuses its first call, and makes it ready meanwhile: a run that waited so long must not fail of it."""
    for error in (
        "Lambda.ResourceConflictException",
        "Lambda.ResourceNotReadyException",
        "Lambda.CodeArtifactUserPendingException",
        "Lambda.SnapStartNotReadyException",
        "Lambda.ENINotReadyException",
        "Lambda.EC2ThrottledException",
        "Lambda.ENILimitReachedException",
        "Lambda.SubnetIPAddressLimitReachedException",
    ):
        [retrier] = [each for each in states["Run step"]["Retry"] if error in each["ErrorEquals"]]

        assert (retrier["MaxAttempts"], retrier["IntervalSeconds"], retrier["MaxDelaySeconds"]) == (25, 1, 60)


INTRINSIC_FUNCTIONS = {
    "States.Array",
    "States.ArrayContains",
    "States.ArrayGetItem",
    "States.ArrayLength",
    "States.ArrayPartition",
    "States.ArrayRange",
    "States.ArrayUnique",
    "States.Base64Decode",
    "States.Base64Encode",
    "States.Format",
    "States.Hash",
    "States.JsonMerge",
    "States.JsonToString",
    "States.MathAdd",
    "States.MathRandom",
    "States.StringSplit",
    "States.StringToJson",
    "States.UUID",
}
"""All that AWS has: docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html."""


def payload_fields(value: Any) -> Iterator[tuple[str, Any]]:
    """Every field of a payload template, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            yield from payload_fields(inner)


def templates(states: States) -> list[tuple[str, Any]]:
    """The fields of all Parameters and ResultSelectors."""
    return [
        field
        for state in states.values()
        for name in ("Parameters", "ResultSelector")
        for field in payload_fields(state.get(name))
    ]


def test_a_value_is_looked_up_exactly_where_its_name_says_so(states: States):
    """AWS refuses `x.$` that is neither a path nor a function, and takes a path without `.$` for a text."""
    fields = templates(states)

    assert [key for key, value in fields if key.endswith(".$") and not re.match(r"\$|States\.", value)] == []
    assert [key for key, value in fields if not key.endswith(".$") and re.match(r"\$[.$]|States\.", str(value))] == []


def test_the_functions_are_those_that_there_are_and_nested_less_than_aws_allows(states: States):
    """No linter knows their names. AWS nests ten."""
    texts = [value for key, value in templates(states) if key.endswith(".$")]

    assert set(re.findall(r"States\.\w+", " ".join(texts))) <= INTRINSIC_FUNCTIONS
    assert max(text.count("States.") for text in texts) <= 10


def test_what_takes_any_error_stands_alone_and_last(states: States):
    """AWS refuses the machine otherwise, and the linter does not look."""
    for task in tasks(states).values():
        for each in (task.get("Retry", []), task.get("Catch", [])):
            with_all = [index for index, found in enumerate(each) if "States.ALL" in found["ErrorEquals"]]
            assert with_all in ([], [len(each) - 1])
            assert all(each[index]["ErrorEquals"] == ["States.ALL"] for index in with_all)


def test_every_task_is_tried_again(states: States):
    """Each of the five calls a service that may be busy."""
    assert [name for name, task in tasks(states).items() if not any(r.get("MaxAttempts") for r in task["Retry"])] == []


def test_a_workflow_of_a_hundred_steps_fits_into_a_definition(definition: str):
    """AWS takes 1 MB. The list of steps stands in it twice, with the longest names that functions may have."""
    arn = f"arn:aws:lambda:ap-southeast-1:123456789012:function:{'x' * 64}:99999"
    steps = ",".join(f"{'step' * 12}_{index}={arn}" for index in range(100))

    assert len(definition.replace("${Steps}", steps).encode()) < 60_000
