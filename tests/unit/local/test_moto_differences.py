"""local.deploy and local.moto_differences under mock_aws: what a workflow sees is what it sees on AWS."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.cloudformation import parsing

from local import moto_differences, outbox
from local.deploy import deploy, update
from local.errors import LocalError
from local.template import Translated, load
from tests.waiting import LIMIT_S, until

FIXTURE = Path(__file__).parents[2] / "local_template" / "template.yaml"
TIMESTAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


class Aws:
    """The fixture's stack, and a function that says what it was called with."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str | None, Any]] = []
        self.answer: Callable[[Any], tuple[bytes, str | None]] = lambda event: (json.dumps(event).encode(), None)
        self.stack = deploy(FIXTURE, "http://127.0.0.1:3000")
        self.states = boto3.client("stepfunctions", region_name="us-east-1")
        self.dynamodb = boto3.client("dynamodb", region_name="us-east-1")
        self.functions = boto3.client("lambda", region_name="us-east-1")
        self.cloudformation = boto3.client("cloudformation", region_name="us-east-1")
        self.machine = self.stack.state_machines["interlude-machine"]
        self.table = self.stack.functions["interlude-step"].environment["TABLE_NAME"]

    def invoke(self, name: str, qualifier: str | None, payload: bytes) -> tuple[bytes, str | None]:
        self.calls.append((name, qualifier, json.loads(payload)))
        return self.answer(json.loads(payload))

    def start(self, do: str = "nothing", seconds: int = 0, **more: Any) -> str:
        event = json.dumps({"do": do, "seconds": seconds, **more})
        return str(self.states.start_execution(stateMachineArn=self.machine, input=event)["executionArn"])

    def end(self, execution: str) -> dict[str, Any]:
        described: dict[str, Any] = {}

        def ended() -> bool:
            described.update(self.states.describe_execution(executionArn=execution))
            return bool(described["status"] != "RUNNING")

        until(ended)
        return described

    def output(self, execution: str) -> Any:
        ended = self.end(execution)
        assert ended["status"] == "SUCCEEDED", ended
        return json.loads(ended["output"])

    def token(self, execution: str) -> str:
        key = {"pk": {"S": execution.rsplit(":", 1)[1]}}
        until(lambda: "Item" in self.dynamodb.get_item(TableName=self.table, Key=key))
        return str(self.dynamodb.get_item(TableName=self.table, Key=key)["Item"]["token"]["S"])

    def history(self, execution: str) -> list[str]:
        return [event["type"] for event in self.states.get_execution_history(executionArn=execution)["events"]]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    outbox.keep_in(None)
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        made = Aws()
        moto_differences.run_functions_with(made.invoke)
        yield made
        moto_differences.run_functions_with(None)
    outbox.keep_in(None)


def test_a_stack_tells_what_the_template_has(aws: Aws) -> None:
    """Functions with resolved variables, folders and layers; state machines; routes; outputs."""
    step = aws.stack.functions["interlude-step"]
    assert (step.handler, step.timeout, step.memory, step.version) == ("step.handler", 2, 128, "1")
    assert step.folder == FIXTURE.parent / "step"
    assert step.layers == (FIXTURE.parent / "layer",)
    assert step.environment == {
        "TABLE_NAME": aws.table,
        "BASE_URL": "http://127.0.0.1:3000",
        "WORD": "hello",
        "NOTIFY_ADDRESS": "you@example.com",
    }
    assert aws.stack.outputs == {"Url": "http://127.0.0.1:3000"}
    assert {(route.method, route.path, route.function, route.signed_in) for route in aws.stack.routes} == {
        ("ANY", "/hooks/{workflow}/{key}", "interlude-api", False),
        ("GET", "/workflows", "interlude-api", True),
        ("POST", "/step", "interlude-api", True),
        ("ANY", "/echo/{proxy+}", "interlude-api", False),
    }


def test_a_state_machine_calls_the_version_that_it_was_deployed_with(aws: Aws) -> None:
    """Ref of a version is its ARN, and the qualifier reaches whoever runs functions."""
    aws.output(aws.start())
    ((name, version, _),) = aws.calls
    assert (name, version) == ("interlude-step", "1")


def test_times_are_texts_with_milliseconds(aws: Aws) -> None:
    """State.EnteredTime and Execution.StartTime can be stored as they are."""
    event = aws.output(aws.start())["called"]["answer"]
    assert re.fullmatch(TIMESTAMP, event["entered"])
    assert re.fullmatch(TIMESTAMP, event["started"])


def test_an_error_has_its_type_as_its_name(aws: Aws) -> None:
    """A Catch finds it, and a client is told that it was not handled."""
    aws.answer = lambda _: (b'{"errorType": "Sandbox.Timedout", "errorMessage": "late"}', "Unhandled")
    error = aws.output(aws.start())["error"]
    assert error["Error"] == "Sandbox.Timedout"
    assert json.loads(error["Cause"])["errorMessage"] == "late"
    assert aws.functions.invoke(FunctionName="interlude-step")["FunctionError"] == "Unhandled"


@pytest.mark.parametrize(
    "form", ["interlude-step:1", "arn:aws:lambda:us-east-1:123456789012:function:interlude-step:1"]
)
def test_a_client_can_call_a_version(aws: Aws, form: str) -> None:
    """By name or by ARN, with an empty payload as {}."""
    answer = aws.functions.invoke(FunctionName=form)
    assert (answer["ExecutedVersion"], answer["Payload"].read()) == ("1", b"{}")
    aws.functions.invoke(FunctionName="interlude-step", Qualifier="1")
    assert aws.calls == [("interlude-step", "1", {})] * 2


def test_an_event_invocation_does_not_wait(aws: Aws) -> None:
    """It answers 202 while the function is at work."""
    go_on = threading.Event()

    def answer(event: Any) -> tuple[bytes, str | None]:
        assert go_on.wait(LIMIT_S)
        return json.dumps(event).encode(), None

    aws.answer = answer
    assert aws.functions.invoke(FunctionName="interlude-step", InvocationType="Event")["StatusCode"] == 202
    go_on.set()
    until(lambda: len(aws.calls) == 1)


def test_a_function_that_is_not_there(aws: Aws) -> None:
    """ResourceNotFoundException, as on AWS."""
    with pytest.raises(aws.functions.exceptions.ResourceNotFoundException):
        aws.functions.invoke(FunctionName="interlude-nothing")


def test_a_token_is_settled_once(aws: Aws) -> None:
    """The second outcome, and one after the end, are TaskTimedOut; a token that never was is InvalidToken."""
    execution = aws.start("park", 30)
    token = aws.token(execution)
    aws.states.send_task_success(taskToken=token, output='{"first": true}')
    with pytest.raises(aws.states.exceptions.TaskTimedOut):
        aws.states.send_task_failure(taskToken=token, error="Second")
    assert aws.output(execution)["outcome"] == {"first": True}
    with pytest.raises(aws.states.exceptions.TaskTimedOut):
        aws.states.send_task_success(taskToken=token, output="{}")
    with pytest.raises(aws.states.exceptions.InvalidToken):
        aws.states.send_task_success(taskToken="never", output="{}")


def test_a_failed_task_has_error_and_cause(aws: Aws) -> None:
    """Both of SendTaskFailure reach the Catch."""
    execution = aws.start("park", 30)
    aws.states.send_task_failure(taskToken=aws.token(execution), error="Cancelled", cause="by me")
    assert aws.output(execution)["error"] == {"Error": "Cancelled", "Cause": "by me"}


def test_a_task_that_nobody_settles_times_out(aws: Aws) -> None:
    """And its token is of no use any more, though the execution may still run."""
    execution = aws.start("park", 1)
    token = aws.token(execution)
    assert aws.output(execution)["error"]["Error"] == "States.Timeout"
    with pytest.raises(aws.states.exceptions.TaskTimedOut):
        aws.states.send_task_success(taskToken=token, output="{}")


@pytest.mark.parametrize("state", ["Delay", "Park", "Call"])
def test_a_stopped_execution_is_aborted_at_once(aws: Aws, state: str) -> None:
    """In a wait, in a task that waits for its token, and while a function is at work; nothing follows it."""
    go_on = threading.Event()

    def answer(event: Any) -> tuple[bytes, str | None]:
        assert state != "Call" or go_on.wait(LIMIT_S)
        return json.dumps(event).encode(), None

    aws.answer = answer
    execution = aws.start({"Delay": "wait", "Park": "park", "Call": "nothing"}[state], 30)
    reached = {"Delay": "WaitStateEntered", "Park": "TaskSubmitted", "Call": "TaskStarted"}[state]
    until(lambda: aws.history(execution)[-1:] == [reached])
    stopped = aws.states.stop_execution(executionArn=execution, error="Stopped", cause="by me")
    described = aws.states.describe_execution(executionArn=execution)
    assert (described["status"], described["error"], described["cause"]) == ("ABORTED", "Stopped", "by me")
    assert described["stopDate"] == stopped["stopDate"]
    go_on.set()
    assert aws.history(execution)[-1] == "ExecutionAborted"


def test_an_execution_can_be_stopped_before_its_first_state(aws: Aws) -> None:
    """It does not run on behind its status."""
    for _ in range(20):
        execution = aws.start("wait", 30)
        aws.states.stop_execution(executionArn=execution)
        assert aws.states.describe_execution(executionArn=execution)["status"] == "ABORTED"
        assert aws.history(execution)[-1] == "ExecutionAborted"
        assert "WaitStateEntered" not in aws.history(execution)[:-2]


def test_an_execution_without_a_name_gets_one(aws: Aws) -> None:
    """Any number of them can be started."""
    first, second = aws.start(), aws.start()
    assert first != second
    assert not first.endswith("None")


def test_a_name_is_taken_once(aws: Aws) -> None:
    """By one of many requests at the same moment; the same name with the same input is the same execution."""
    answers: list[str] = []

    def start(number: int) -> None:
        try:
            event = json.dumps({"do": "wait", "seconds": 30, "number": number})
            aws.states.start_execution(stateMachineArn=aws.machine, name="once", input=event)
            answers.append("started")
        except ClientError as error:
            answers.append(error.response["Error"]["Code"])

    threads = [threading.Thread(target=start, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    assert sorted(answers) == ["ExecutionAlreadyExists"] * 7 + ["started"]


def test_a_state_machine_starts_an_execution(aws: Aws) -> None:
    """Its input is an object, and the second of the same name is an error that can be caught."""
    started = aws.output(aws.start("again", name="n1"))["started"]
    assert started["ExecutionArn"].endswith(":interlude-machine:n1")
    assert aws.output(started["ExecutionArn"])["do"] == "nothing"
    error = aws.output(aws.start("again", name="n1"))["error"]
    assert error["Error"] == "StepFunctions.ExecutionAlreadyExistsException"


def test_one_conditional_write_of_many_wins(aws: Aws) -> None:
    """Conditions are evaluated and items written one after the other."""
    results: list[bool] = []

    def claim(number: int) -> None:
        try:
            aws.dynamodb.update_item(
                TableName=aws.table,
                Key={"pk": {"S": "wait"}},
                UpdateExpression="SET outcome = :me",
                ConditionExpression="attribute_not_exists(outcome)",
                ExpressionAttributeValues={":me": {"N": str(number)}},
            )
            results.append(True)
        except aws.dynamodb.exceptions.ConditionalCheckFailedException:
            results.append(False)

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    assert sorted(results) == [False] * 19 + [True]


def test_a_query_between_two_ends_the_wrong_way_round_is_refused(aws: Aws) -> None:
    """Equal ones are in order."""
    aws.dynamodb.create_table(
        TableName="ranged",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
    aws.dynamodb.put_item(TableName="ranged", Item={"pk": {"S": "p"}, "sk": {"S": "b"}})

    def between(low: str, high: str) -> int:
        values = {":p": {"S": "p"}, ":low": {"S": low}, ":high": {"S": high}}
        condition = "pk = :p AND sk BETWEEN :low AND :high"
        return aws.dynamodb.query(
            TableName="ranged", KeyConditionExpression=condition, ExpressionAttributeValues=values
        )["Count"]

    assert (between("a", "c"), between("b", "b"), between("c", "d")) == (1, 1, 0)
    with pytest.raises(ClientError, match=r"ValidationException.*upper bound to be greater than or equal to lower"):
        between("b", "a")


def test_an_update_changes_no_index_and_adds_one_at_most(aws: Aws) -> None:
    """As of a table that holds something. The stack stays what it was, and one that is added by itself is taken."""

    def changed(*indexes: tuple[str, str]) -> Translated:
        translated = load(FIXTURE, {}, "us-east-1")
        properties = translated.template["Resources"]["Items"]["Properties"]
        properties["AttributeDefinitions"].append({"AttributeName": "other", "AttributeType": "S"})
        properties["GlobalSecondaryIndexes"] = [
            {
                "IndexName": name,
                "KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": [attribute]},
            }
            for name, attribute in indexes
        ]
        return translated

    def update_to(*indexes: tuple[str, str]) -> None:
        update(changed(*indexes), "http://127.0.0.1:3000", region="us-east-1")

    with pytest.raises(LocalError, match="Cannot perform more than one GSI creation or deletion"):
        update_to(("first", "a"), ("second", "a"))
    update_to(("first", "a"))
    with pytest.raises(LocalError, match="Cannot update GSI's properties: Items, first"):
        update_to(("first", "b"))
    update_to(("first", "a"), ("second", "a"))


def test_items_of_a_table_in_a_template_expire(aws: Aws) -> None:
    """By the attribute that it names."""
    expiry = aws.dynamodb.describe_time_to_live(TableName=aws.table)["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}


def test_mail_is_kept_with_both_parts(aws: Aws) -> None:
    """From an address that nobody has verified."""
    boto3.client("sesv2", region_name="us-east-1").send_email(
        FromEmailAddress="you@example.com",
        Destination={"ToAddresses": ["you@example.com"]},
        Content={
            "Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "there"}, "Html": {"Data": "<b>there</b>"}}}
        },
    )
    (message,) = outbox.messages()
    assert re.fullmatch(TIMESTAMP, message.pop("sent_at"))
    assert message == {
        "from": "you@example.com",
        "to": "you@example.com",
        "subject": "Hi",
        "text": "there",
        "html": "<b>there</b>",
    }


def test_no_value_in_a_list_is_nothing(aws: Aws) -> None:
    """A policy's statement under a condition that does not hold, for instance."""
    assert parsing.clean_json([{"Ref": "AWS::NoValue"}, "x"], {"AWS::NoValue": None}) == ["x"]  # type: ignore[arg-type]


def test_resources_have_the_same_names_in_the_next_process() -> None:
    """In AWS's form, where AWS makes up others for another stack: rows are found by their table's name."""
    stacks = []
    for _ in range(2):
        with mock_aws():
            stacks.append(deploy(FIXTURE, "http://127.0.0.1:3000"))

    assert stacks[0] == stacks[1]
    table = stacks[0].functions["interlude-step"].environment["TABLE_NAME"]
    assert re.fullmatch(r"interlude-Items-[A-Z0-9]{12}", table)


def test_a_stack_of_somebody_else_has_other_names_each_time(aws: Aws) -> None:
    """As on AWS: what one has left when it was deleted is not in the way of the next."""
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "DeletionPolicy": "Retain"}}}
    names = set()
    for _ in range(2):
        aws.cloudformation.create_stack(StackName="other", TemplateBody=json.dumps(template))
        [made] = aws.cloudformation.describe_stack_resources(StackName="other")["StackResources"]
        names.add(made["PhysicalResourceId"])
        aws.cloudformation.delete_stack(StackName="other")

    assert len(names) == 2
