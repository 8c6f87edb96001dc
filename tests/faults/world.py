"""One stack in this process whose calls to AWS a schedule can order: DynamoDB and S3 are moto's, the rest is `machine`.

All functions of the stack run here, in the one environment. The clock stands still but for a millisecond per call.
"""

import copy
import itertools
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from moto.dynamodb.models import dynamodb_backends
from moto.events.models import EventPattern
from moto.s3.models import s3_backends
from samtranslator.yaml_helper import yaml_parse

import interlude.step
from interlude.aws import clients
from interlude.control import failures, wakeups
from interlude.models import Stored
from interlude.run import payloads
from local import moto_differences
from tests.faults import outside
from tests.faults.machine import Execution, Machines, TaskFailed
from tests.faults.schedule import Killed, Stage

PROJECT = Path(__file__).parents[2]
STEPS = Path(__file__).parent / "steps"
ACCOUNT, REGION = "123456789012", "us-east-1"
ARN_PREFIX = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:interlude-"

ENVIRONMENT = {
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "TABLE_NAME": "runs",
    "BUCKET_NAME": "payloads",
    "RETENTION_DAYS": "30",
    "BASE_URL": "https://api.example",
    "NOTIFY_ADDRESS": "",
    "SUSPEND_TIMEOUT_ACTION": "resume",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
    "STATE_MACHINE_ARN_PREFIX": ARN_PREFIX,
    "LAMBDA_TASK_ROOT": str(STEPS),
    "POWERTOOLS_LOG_LEVEL": "CRITICAL",
}

WORKFLOWS = {
    "asking": ["ask", "tell"],
    "asking_last": ["ask"],
    "polling": ["poll", "tell"],
    "deferring": ["defer", "tell"],
    "failing": ["fail", "tell"],
    "trying": ["fail", "tell"],
    "leaving": ["leave", "tell"],
}
OPTIONS = {"trying": "retry"}

READS = ("BatchGetItem", "GetItem", "Query", "GetObject", "DescribeStateMachine", "DescribeExecution")
# A repetition of these changes nothing: botocore gives the first a token, and objects are named by what they hold.
IDEMPOTENT = ("TransactWriteItems", "PutObject")

SIGNS = {"api": "!+", "step": "!*+", "machine": "!*", "stray": "!+", "word": "!+", "stream": "!+"}
"""What may go wrong with a call of each kind of process."""


@dataclass
class Code:
    """A time that the code of a step ran."""

    run_id: str
    step: str
    turn: int
    stored: bool
    """Whether the result of this turn was in the table already."""


class World:
    def __init__(self, stage: Stage, clock: Any) -> None:
        self.stage, self._clock = stage, clock
        self.local = threading.local()
        """Of each process: the event that its function was called with, and what goes wrong with its call."""
        self.machines = Machines(self._invoke, self._ended)
        self.calls: list[dict[str, Any]] = []
        """What step functions were called with."""
        self.codes: list[Code] = []
        self.words: list[dict[str, Any]] = []
        """EventBridge's events about executions that ended badly, not delivered yet."""
        self.records: list[dict[str, Any]] = []
        """Of the table's stream, likewise: what Wakeups' filter takes of it."""
        self.outcomes: dict[str, Any] = {}
        self.pauses: set[tuple[str, str]] = set()
        """The waits that steps were stored with, by run."""
        self.broken: list[str] = []
        """What is wrong, as it was seen when it happened."""
        self.left_out = b""
        """A condition, or a part of one, that every request has lost: a mutation of the product."""
        template: Any = yaml_parse((PROJECT / "template.yaml").read_text(encoding="utf-8"))
        self._template = template["Resources"]
        source = self._template["Wakeups"]["Properties"]["Events"]
        filters = next(iter(source.values()))["Properties"]["FilterCriteria"]["Filters"]
        self._filters = [EventPattern.load(each["Pattern"]) for each in filters]
        self._create()
        outside.on_run = self._ran
        for service in ("dynamodb", "s3", "stepfunctions"):
            events = clients.client(service).meta.events  # type: ignore[call-overload]
            events.register(f"before-call.{service}", self._before)
            events.register(f"after-call.{service}", self._after)

    def _create(self) -> None:
        moto_differences.install()
        table = self._template["Runs"]["Properties"]
        names = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
        stream = {"StreamEnabled": True, **table["StreamSpecification"]}
        given = {name: table[name] for name in names}
        clients.client("dynamodb").create_table(TableName="runs", StreamSpecification=stream, **given)
        clients.client("s3").create_bucket(Bucket="payloads")
        text = (PROJECT / "statemachine/workflow.asl.json").read_text(encoding="utf-8")
        for workflow, steps in WORKFLOWS.items():
            values = {
                "Table": "runs",
                "Workflow": workflow,
                "Steps": ",".join(f"{step}=arn:aws:lambda:{REGION}:{ACCOUNT}:function:{step}:1" for step in steps),
                "Options": OPTIONS.get(workflow, ""),
            }
            filled = re.sub(r"\$\{(\w+)\}", lambda found, values=values: values[found[1]], text)
            self.machines.definitions[workflow] = json.loads(filled)

    # ---- The calls ----

    def as_process(self, kind: str) -> str:
        """From now on the calls of this actor come from such a process. Returns from what they came before."""
        actor = self.stage.actor
        before = actor.process if actor else ""
        if actor:
            actor.process = kind
        return before

    def _before(self, model: Any, params: Any, context: Any, **_: Any) -> Any:
        name, actor = model.name, self.stage.actor
        process = actor.process if actor else ""
        if actor and actor.abandoned:
            raise Killed("x")
        signs = SIGNS.get(process, "")
        if name in (*READS, *IDEMPOTENT) or process == "machine":
            signs = signs.replace("+", "")
        if actor and process == "api" and not actor.called:
            signs = f"-{signs}"
        sign = self.stage.point(f"{process} {name}", signs)
        if sign == "+":
            self._repeat(model, params, context)
            sign = self.stage.point(f"{process} {name} again", "")
        if actor:
            actor.called = True
        self.local.sign = sign
        if self.left_out and isinstance(params["body"], bytes):
            # True of every item, and with all the values that the request names.
            always = b"(" + self.left_out + b" OR attribute_exists(pk) OR attribute_not_exists(pk))"
            params["body"] = params["body"].replace(self.left_out, always)
        return self._answered(name, params)

    def _answered(self, name: str, params: Any) -> Any:
        """What Step Functions answers; None where moto does."""
        if not str(params["headers"].get("X-Amz-Target", "")).startswith("AWSStepFunctions"):
            return None
        status, parsed = self._step_functions(name, json.loads(params["body"]))
        return SimpleNamespace(status_code=status), parsed

    def _repeat(self, model: Any, params: Any, context: Any) -> None:
        if self._answered(model.name, params) is None:
            service = model.service_model.service_name
            client: Any = clients.client(service)
            client._make_request(model, copy.deepcopy(params), dict(context))
        self._seen()

    def _after(self, **_: Any) -> None:
        self._seen()
        actor: Any = self.stage.actor
        sign = self.local.sign if actor else ""
        if sign in ("!", "*"):
            if actor.process == "machine":
                raise TaskFailed("DynamoDB.InternalServerErrorException", for_good=sign == "!")
            actor.dead = sign
            raise Killed(sign)

    def _seen(self) -> None:
        """A call has taken effect: time goes on, and a wait's outcome must never change."""
        self._clock.ms += 1
        for (run_id, sort_key), item in self.items("WAIT#").items():
            if "outcome" not in item:
                continue
            told = [item.get(name) for name in ("outcome", "outcome_at", "callback", "mark")]
            if self.outcomes.setdefault(f"{run_id} {sort_key}", told) != told:
                self.broken.append(f"the outcome of {sort_key} has changed")
        for (run_id, _), item in self.items("STEP#").items():
            if "pause" in item:
                self.pauses.add((run_id, json.loads(item["pause"]["S"])["wait"]))
        shard = self._table.stream_shard
        records, shard.items = shard.items, []
        for each in records:
            record = each.to_json()
            record["dynamodb"].pop("ApproximateCreationDateTime")
            if any(pattern.matches_event(record) for pattern in self._filters):
                record["dynamodb"]["SequenceNumber"] = str(next(self.machines.tokens))
                self.records.append(record)

    # ---- Lambda and Step Functions ----

    def _invoke(self, payload: dict[str, Any]) -> Any:
        """A step's function, as Step Functions calls it. Raises TaskFailed."""
        actor: Any = self.stage.actor
        self.calls.append(copy.deepcopy(payload))
        before = self.as_process("step")
        try:
            answer, error = self.step(payload)
            sign = self.stage.point("step answers", "!*", alone=True)
            if sign:
                raise Killed(sign)  # noqa: TRY301  # as if the call before had raised it
        except Killed as killed:
            if killed.sign == "x":
                raise
            actor.dead = ""  # the process is, not whoever has called it
            if killed.sign == "*":
                raise TaskFailed("Lambda.SdkClientException", "no answer") from None
            raise TaskFailed("Runtime.ExitError", "RequestId: 1 Error: Runtime exited") from None
        finally:
            self.as_process(before)
        if error:
            raise TaskFailed(answer["errorType"], json.dumps(answer))
        return answer

    def step(self, payload: dict[str, Any]) -> tuple[Any, bool]:
        """What a step's function answers, and whether it is an error."""
        self.local.payload = payload
        try:
            return json.loads(json.dumps(interlude.step.handler(copy.deepcopy(payload), None))), False
        except Exception as error:  # noqa: BLE001  # Lambda answers with whatever it was
            return {"errorType": type(error).__name__, "errorMessage": str(error), "stackTrace": []}, True

    @contextmanager
    def lost_functions(self) -> Iterator[None]:
        """Inside, Step Functions calls functions and hears nothing of them any more."""

        def lose(payload: dict[str, Any]) -> Any:
            self.calls.append(copy.deepcopy(payload))
            raise TaskFailed("Runtime.ExitError", "RequestId: 1 Error: Runtime exited")

        with patch.object(self.machines, "invoke", lose):
            yield

    def _ran(self, run_id: str, step: str) -> int:
        payload = self.local.payload
        at = payload["at"]
        item = self.items("STEP#").get((run_id, f"STEP#{at['index']:04d}"), {})
        stored = int(item["turn"]["N"]) >= at["turn"] if item else False
        self.codes.append(Code(run_id, step, at["turn"], stored))
        return sum(1 for code in self.codes if (code.run_id, code.step) == (run_id, step))

    def _ended(self, execution: Execution) -> None:
        detail = {
            "executionArn": execution.arn,
            "stateMachineArn": execution.machine,
            "name": execution.name,
            "status": execution.status,
            "input": json.dumps(execution.given),
        }
        self.words.append({"detail": detail})

    def _step_functions(self, operation: str, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        machines = self.machines
        now = datetime.fromtimestamp(self._clock.ms / 1000, UTC)
        if operation == "DescribeStateMachine":
            workflow = given["stateMachineArn"].removeprefix(ARN_PREFIX)
            if workflow not in machines.definitions:
                return _refused("StateMachineDoesNotExist")
            return 200, {"definition": json.dumps(machines.definitions[workflow])}
        if operation == "StartExecution":
            workflow = given["stateMachineArn"].removeprefix(ARN_PREFIX)
            arn = f"{given['stateMachineArn'].replace(':stateMachine:', ':execution:')}:{given['name']}"
            found, value = machines.executions.get(arn), json.loads(given["input"])
            if found and not (found.status == "RUNNING" and found.given == value):
                return _refused("ExecutionAlreadyExists")
            started = found or machines.start(workflow, given["name"], value)
            return 200, {"executionArn": started.arn, "startDate": now}
        if operation.startswith("SendTask"):
            told = machines.tell(given["taskToken"], given.get("error", ""), given.get("cause", ""))
            return (200, {}) if told else _refused("TaskTimedOut")
        execution = machines.executions.get(given["executionArn"])
        if execution is None:
            return _refused("ExecutionDoesNotExist")
        if operation == "StopExecution":
            machines.stop(execution, given.get("error", ""), given.get("cause", ""))
            return 200, {"stopDate": now}
        assert operation == "DescribeExecution"
        told = {"status": execution.status, "startDate": now, "input": json.dumps(execution.given)}
        ended = {"stopDate": now, "error": execution.error, "cause": execution.cause}
        return 200, told if execution.status == "RUNNING" else {**told, **ended}

    # ---- What comes some time later ----

    def time_out(self, execution: Execution) -> None:
        """The timer of an execution ends, if it still runs."""
        if execution.rests:
            self._clock.ms = max(self._clock.ms, execution.until_ms)
            self.machines.time_out(execution)

    def go_on(self) -> bool:
        """Lets every execution go on that does not rest. Returns whether there was one."""
        moving = [each for each in self.machines.executions.values() if each.status == "RUNNING" and not each.rests]
        for execution in moving:
            self.machines.advance(execution)
        return bool(moving)

    def deliver_records(self) -> None:
        """Calls Wakeups with what is in the stream, and again with what it could not do."""
        records, self.records = self.records, []
        if records:
            answer = wakeups.handle({"Records": copy.deepcopy(records)})
            assert not answer["batchItemFailures"], answer

    def deliver_words(self) -> None:
        """Calls Failures with what EventBridge has to tell."""
        words, self.words = self.words, []
        for word in words:
            failures.handle(word)

    # ---- What is there ----

    @property
    def _table(self) -> Any:
        return dynamodb_backends[ACCOUNT][REGION].tables["runs"]

    def items(self, first: str = "") -> dict[tuple[str, str], dict[str, Any]]:
        """The items whose sort key begins so, by run and sort key."""
        return {
            (pk.value.removeprefix("RUN#"), sk.value): item.to_json()["Attributes"]
            for pk, items in self._table.items.items()
            for sk, item in items.items()
            if sk.value.startswith(first)
        }

    def value(self, stored: Stored | None) -> Any:
        return payloads.get(stored)

    # ---- Back to where it was ----

    def save(self) -> Any:
        objects = self._objects
        machines = self.machines.executions
        kept = machines, self.calls, self.codes, self.words, self.records, self.outcomes, self.pauses
        return copy.deepcopy((self._table.items, kept, self._clock.ms)), dict(objects), next(self.machines.tokens)

    def restore(self, saved: Any) -> None:
        (items, kept, ms), objects, token = copy.deepcopy(saved[0]), saved[1], saved[2]
        self._table.items = items
        self._table.stream_shard.items = []
        self.machines.executions, self.calls, self.codes, self.words, self.records, self.outcomes, self.pauses = kept
        self.machines.tokens = itertools.count(token + 1)
        self._clock.ms, self.broken = ms, []
        for key in set(self._objects) - set(objects):
            self._objects.pop(key)

    @property
    def _objects(self) -> Any:
        return s3_backends[ACCOUNT]["aws"].buckets["payloads"].keys


def _refused(code: str) -> tuple[int, dict[str, Any]]:
    return 400, {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {}}
