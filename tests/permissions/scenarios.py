"""What the stack does, in as few requests as use every permission. Each fails if something of it is not allowed."""

import json
from collections.abc import Callable
from hashlib import sha256
from secrets import token_hex
from typing import Any

from moto.awslambda.utils import get_backend as lambda_backend
from moto.logs.models import logs_backends

from local.access.policies import Asked
from local.access.verdicts import judge
from local.moto_differences import streams
from local.moto_differences.deliveries import all_delivered, later
from tests.e2e.client import Run, returned
from tests.permissions.world import World
from tests.unit.stream_records import TTL, expired

LARGE = "y" * 100_000


def a_click_resumes(world: World) -> None:
    run = world.api.start("approval", {"document": "The plan"})
    links = world.status(run, "paused")["wait"]
    parked(world, run)
    assert world.api.public.post(links["resume_url"]).status_code == 200
    world.status(run, "succeeded")
    assert any(run.id in mail["text"] for mail in world.api.mails())


def a_click_cancels(world: World) -> None:
    run = world.api.start("approval", {"document": "The plan"})
    links = world.status(run, "paused")["wait"]
    parked(world, run)
    assert world.api.public.post(links["cancel_url"]).status_code == 200
    world.status(run, "cancelled")


def parked(world: World, run: Run) -> None:
    """The run waits in its state machine, so that a click has a token to send."""
    key = {"pk": {"S": f"RUN#{run.id}"}, "sk": {"S": "WAIT#0.1"}}
    world.until(
        lambda: world.dynamodb.get_item(TableName=world.table, Key=key).get("Item", {}), lambda at: "task_token" in at
    )


def a_poll_begins(world: World) -> None:
    run = world.api.start("poll", {"delay_ms": 3_600_000, "max_retries": 1, "status_url": ""})
    world.status(run, "paused")
    assert run.stop().status_code == 200


def a_callback_begins(world: World) -> None:
    run = world.api.start("callback", {"timeout_ms": 1, "service_url": "no URL"})
    world.status(run, "failed")


def a_counter_counts(world: World) -> None:
    run = world.api.start("counter", {"delay_ms": 0, "max_retries": 1})
    world.status(run, "succeeded")


def values_are_large(world: World) -> None:
    run = world.act("export_much", padding=LARGE)
    ended = world.status(run, "succeeded")
    assert returned(ended, "look")["exported"] == 100_000


def files_are_large(world: World) -> None:
    run = world.act("keep_file")
    assert returned(world.status(run, "succeeded"), "look")["kept"] == 9 * 1024 * 1024


def files_break_off(world: World) -> None:
    run = world.act("break_off")
    assert world.status(run, "failed")["error"]["message"] == "the disk is broken"
    assert "Uploads" not in world.s3.list_multipart_uploads(Bucket=world.bucket)


def a_data_store_is_used(world: World) -> None:
    run = world.act("use_store")
    assert returned(world.status(run, "succeeded"), "act") == [1, ["a", "b"]]


def a_step_mails(world: World) -> None:
    """To the NotifyAddress, and to somebody else, whom SES's sandbox knows as an identity of its own."""
    world.status(world.act("mail"), "succeeded")


def a_run_responds(world: World) -> None:
    answer = world.api.public.post(world.api.hooks["permitted"], json={"do": "respond"}, headers={"Prefer": "wait=20"})
    assert (answer.status_code, answer.text) == (201, "made")


def a_signature_is_to_be_checked(world: World) -> None:
    """Its secret is asked for each time, as long as it is not there."""
    for workflow in ("managed", "stored"):
        headers = {"X-Hub-Signature-256": "sha256=0"}
        assert world.api.public.post(world.api.hooks[workflow], json={}, headers=headers).status_code == 503


def everything_is_listed(world: World) -> None:
    ask = world.api.signed.get
    assert "approval" in [each["name"] for each in ask("/workflows").raise_for_status().json()["workflows"]]
    for path in ("/runs?workflow=approval", "/runs", "/runs?status=paused"):
        ask(path).raise_for_status()


def a_run_is_not_known(world: World) -> None:
    assert world.api.signed.get("/runs/counter-01a2042e9d7c-dd072481e1ca7708").status_code == 404


def a_run_is_stopped(world: World) -> None:
    run = world.act("wait")
    world.status(run, "paused")
    assert run.stop().status_code == 200
    world.status(run, "cancelled")


def a_step_is_tested(world: World) -> None:
    assert world.api.test_step("permitted", "act", event={"do": "nothing"})["status"] == "succeeded"


def a_run_rolls_over(world: World) -> None:
    """What a step answers after many turns, from an execution that begins with it."""
    machine = world.stack.state_machines["interlude-permitted"]
    run = world.act("wait")
    world.status(run, "paused")
    described = world.sfn.describe_execution(executionArn=f"{machine.replace('stateMachine', 'execution')}:{run.id}")
    steps = json.loads(world.sfn.describe_state_machine(stateMachineArn=machine)["definition"])
    pinned = steps["States"]["Begin"]["Parameters"]["Item"]["steps"]["S"].split(",")
    at = cursor(next="roll", after="continue")
    given = {"interlude_cursor": 1, "run_id": run.id, "steps": pinned, "at": at}
    world.sfn.stop_execution(executionArn=described["executionArn"])
    rolled = world.sfn.start_execution(stateMachineArn=machine, input=json.dumps(given))["executionArn"]
    world.until(
        lambda: world.sfn.describe_execution(executionArn=rolled), lambda execution: execution["status"] == "SUCCEEDED"
    )


def cursor(**changes: Any) -> dict[str, Any]:
    """The place at the begin of the step `look`."""
    return {
        "index": 1, "run": 1, "turn": 9, "next": "continue", "after": "", "seconds": 0, "wait": "",
        "segment_ms": 0, "expires_at": "0", "retries": 0, "failures": 0, "files": "", **changes,
    }  # fmt: skip


def a_failure_is_told(world: World) -> None:
    """Its trigger event is large, and so is the event of the workflow that it starts."""
    error = f"Failed{token_hex(4)}"  # there is one mail in 24 hours for each type
    run = world.act("fail", padding=LARGE, error=error)
    world.status(run, "failed")
    # The end of its id is made from that of the run that failed.
    end = sha256(run.id.encode()).hexdigest()[:16]
    started = world.until(lambda: [each for each in runs_of(world, "heeding") if each.id.endswith(end)], bool)
    world.status(started[0], "succeeded")
    world.until(world.api.mails, lambda mails: any(error in mail["subject"] for mail in mails))


def runs_of(world: World, workflow: str) -> list[Run]:
    listed = world.api.signed.get("/runs", params={"workflow": workflow}).raise_for_status().json()["runs"]
    return [Run(world.api, each["run_id"]) for each in listed]


def an_execution_never_becomes_a_run(world: World) -> None:
    """Another workflow's run has its name."""
    run = world.act("nothing")
    world.status(run, "succeeded")
    machine = world.stack.state_machines["interlude-counter"]
    execution = world.sfn.start_execution(stateMachineArn=machine, name=run.id, input="{}")["executionArn"]
    world.until(lambda: world.sfn.describe_execution(executionArn=execution), lambda seen: seen["status"] == "FAILED")


def a_step_dies(world: World) -> None:
    world.status(world.act("die"), "failed")


def a_failed_run_goes_on(world: World) -> None:
    run = world.act("fail")
    world.status(run, "failed")
    assert run.retry().status_code == 202
    world.until(run.get, lambda seen: seen["status"] == "failed")


def a_retry_is_left_half_done(world: World) -> None:
    """The API has written what it writes first, and died before it could start the next execution."""
    run = world.act("fail")
    world.status(run, "failed")
    all_delivered()  # nobody is to close the run for its old execution now
    key = {"pk": {"S": f"RUN#{run.id}"}, "sk": {"S": "RUN"}}
    at = {":running": {"S": "running"}, ":at": {"S": json.dumps(cursor())}, ":turn": {"N": "9"}}
    world.dynamodb.update_item(
        TableName=world.table,
        Key=key,
        UpdateExpression="SET #status = :running, retried = :at, from_turn = :turn REMOVE ended_at, failure",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues=at,
    )
    noted = {**key, "sk": {"S": "RETRY#9"}, "retried_at": {"S": "2026-11-22T16:14:00.123Z"}}
    world.dynamodb.put_item(TableName=world.table, Item=noted)
    world.status(run, "succeeded")


def a_roll_over_is_given_up(world: World) -> None:
    """The state machine says so, and nobody knows whether the next execution is there."""
    run = world.act("fail")
    world.status(run, "failed")
    all_delivered()
    machine = world.stack.state_machines["interlude-permitted"]
    failure = {"at": cursor(next="roll"), "error": {"Error": "States.Timeout", "Cause": ""}}
    world.dynamodb.update_item(
        TableName=world.table,
        Key={"pk": {"S": f"RUN#{run.id}"}, "sk": {"S": "RUN"}},
        UpdateExpression="SET failure = :failure",
        ExpressionAttributeValues={":failure": {"S": json.dumps(failure)}},
    )
    functions = (world.stack.functions[f"interlude-permitted-{step}"] for step in ("act", "look"))
    steps = [f"{name}={each.arn}:{each.version}" for name, each in zip(("act", "look"), functions, strict=True)]
    given = {"interlude_cursor": 1, "run_id": run.id, "steps": steps, "at": cursor()}
    world.sfn.start_execution(stateMachineArn=machine, input=json.dumps(given))
    all_delivered()


def a_run_expires(world: World) -> None:
    """What is left of it goes, also its objects in the bucket."""
    run = world.act("export_much")
    world.status(run, "succeeded")
    world.dynamodb.delete_item(TableName=world.table, Key={"pk": {"S": f"RUN#{run.id}"}, "sk": {"S": "RUN"}})
    stream(expired(run.id))
    world.until(
        lambda: world.s3.list_objects_v2(Bucket=world.bucket, Prefix=f"runs/{run.id}/"),
        lambda left: not left["KeyCount"],
    )


def an_old_run_is_renewed(world: World) -> None:
    """It began three years ago, so that its next turn copies its event onto itself."""
    run = world.act("wait", padding=LARGE)
    parked(world, run)
    key = {"pk": {"S": f"RUN#{run.id}"}, "sk": {"S": "RUN"}}
    world.dynamodb.update_item(
        TableName=world.table,
        Key=key,
        UpdateExpression="SET started_at = :long_ago",
        ExpressionAttributeValues={":long_ago": {"S": "2023-11-22T16:14:00.123Z"}},
    )
    [event] = world.s3.list_objects_v2(Bucket=world.bucket, Prefix=f"runs/{run.id}/")["Contents"]
    place = {"Bucket": world.bucket, "Key": event["Key"]}
    # A copy of ours has no metadata; times of S3 are whole seconds, and tell the two apart only now and then.
    world.s3.copy_object(**place, CopySource=place, MetadataDirective="REPLACE", Metadata={"copied": "before"})
    assert world.api.public.post(run.get()["wait"]["resume_url"]).status_code == 200
    world.status(run, "succeeded")
    renewed = world.s3.head_object(**place)
    assert (renewed["Metadata"], renewed["ContentType"]) == ({}, "application/json")


def a_change_is_given_up(world: World) -> None:
    """No run is called so, and the record says no more."""
    [queue] = [url for url in world.sqs.list_queues()["QueueUrls"] if "DeadWakeups" in url]
    number = token_hex(8)
    stream({"eventName": "REMOVE", "userIdentity": TTL, "dynamodb": {"SequenceNumber": number}})
    world.until(
        lambda: world.sqs.receive_message(QueueUrl=queue, VisibilityTimeout=0, MaxNumberOfMessages=10),
        lambda told: any(number in each["Body"] for each in told.get("Messages", [])),
    )


def lambda_does_its_part(world: World) -> None:
    """It writes logs, and what Failures could not do into a queue, which is not seen here: the policies are asked, with
    the ARNs that AWS would name.
    """
    [group] = [name for name in logs_backends["123456789012"]["us-east-1"].groups if name.startswith("interlude-")]
    for function in lambda_backend("123456789012", "us-east-1").list_functions():
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            stream_arn = f"arn:aws:logs:us-east-1:123456789012:log-group:{group}:log-stream:2026/11/22/[1]0a1b"
            assert judge(function.role, Asked(action, stream_arn)).allowed
        if function.function_name == "interlude-failures":
            [queue] = [url.rpartition("/")[2] for url in world.sqs.list_queues()["QueueUrls"] if "DeadFailures" in url]
            arn = f"arn:aws:sqs:us-east-1:123456789012:{queue}"
            assert judge(function.role, Asked("sqs:SendMessage", arn)).allowed


def lambda_sends_traces(world: World) -> None:
    """As with the logs, Lambda does it itself. IAM knows no resource for it."""
    for function in lambda_backend("123456789012", "us-east-1").list_functions():
        for action in ("xray:PutTraceSegments", "xray:PutTelemetryRecords"):
            assert judge(function.role, Asked(action, "*")).allowed


def waits_are_looked_at(world: World) -> None:
    """EventBridge calls the function each hour."""
    answer = world.lambda_.invoke(FunctionName="interlude-watch", Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()


def stream(record: dict[str, Any]) -> None:
    """Hands the function Wakeups a change of the table that only AWS could make."""
    backend = lambda_backend("123456789012", "us-east-1")
    [mapping] = backend._event_source_mappings.values()
    later(streams._pool, streams._hand, backend._lambdas.get_arn(mapping.function_arn), mapping, [record])


SCENARIOS: list[Callable[[World], None]] = [
    everything_is_listed,
    a_click_resumes,
    a_click_cancels,
    a_poll_begins,
    a_callback_begins,
    a_counter_counts,
    values_are_large,
    files_are_large,
    files_break_off,
    a_data_store_is_used,
    a_step_mails,
    a_run_responds,
    a_signature_is_to_be_checked,
    a_run_is_not_known,
    a_run_is_stopped,
    a_step_is_tested,
    a_run_rolls_over,
    a_failure_is_told,
    an_execution_never_becomes_a_run,
    a_step_dies,
    a_failed_run_goes_on,
    a_retry_is_left_half_done,
    a_roll_over_is_given_up,
    a_run_expires,
    an_old_run_is_renewed,
    a_change_is_given_up,
    lambda_does_its_part,
    lambda_sends_traces,
    waits_are_looked_at,
]
