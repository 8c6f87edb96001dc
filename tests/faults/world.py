"""One stack in this process whose calls to AWS a schedule can order.

DynamoDB is the engine's, S3 is moto's, and the rest is `machine`.

All functions of the stack run here, in the one environment. The clock stands still but for a millisecond per call.
"""

import copy
import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import interlude.step
from interlude.aws import clients
from interlude.control import failures, wakeups
from tests.faults import outside, stack, states_api, table
from tests.faults.machine import Execution, Machines, TaskFailed
from tests.faults.schedule import Killed, Stage

READS = ("BatchGetItem", "GetItem", "Query", "GetObject", "DescribeStateMachine", "DescribeExecution")
# A repetition of these changes nothing: botocore gives the first a token, and objects are named by what they hold.
IDEMPOTENT = ("TransactWriteItems", "PutObject")

SIGNS = {"api": "!+", "step": "!*+~", "machine": "!*~", "stray": "!+~", "word": "!+", "stream": "!+"}
"""What may go wrong with a call of each kind of process."""


class World:
    def __init__(self, stage: Stage, clock: Any) -> None:
        self.stage, self._clock = stage, clock
        self.local = threading.local()
        """Of each process: the event that its function was called with, and what goes wrong with its call."""
        self.machines = Machines(self._invoke, self._ended)
        self.calls: list[dict[str, Any]] = []
        """What step functions were called with."""
        self.codes: list[outside.Code] = []
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
        self._filters = stack.create()
        self.machines.definitions = stack.definitions()
        outside.on_run = self._ran
        for service in ("dynamodb", "s3", "stepfunctions"):
            events = clients.client(service).meta.events  # type: ignore[call-overload]
            events.register(f"before-call.{service}", self._before)
            events.register(f"after-call.{service}", self._after)

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
        if sign == "~":
            return self._refused(process)
        if self.left_out and isinstance(params["body"], bytes):
            # True of every item, and with all the values that the request names.
            always = b"(" + self.left_out + b" OR attribute_exists(pk) OR attribute_not_exists(pk))"
            params["body"] = params["body"].replace(self.left_out, always)
        return self._answered(name, params)

    def _refused(self, process: str) -> Any:
        """A throttle, as the SDK reports it when it has given up, or as Step Functions does for its own call."""
        if process == "machine":
            raise TaskFailed("DynamoDB.ProvisionedThroughputExceededException")
        self.local.sign = ""
        error = {"Code": "ProvisionedThroughputExceededException", "Message": "the table has trouble"}
        return SimpleNamespace(status_code=400), {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}}

    def _answered(self, name: str, params: Any) -> Any:
        """What Step Functions answers; None where moto does."""
        if not str(params["headers"].get("X-Amz-Target", "")).startswith("AWSStepFunctions"):
            return None
        status, parsed = states_api.answered(self.machines, name, json.loads(params["body"]))
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
        for (run_id, sort_key), item in stack.items("WAIT#").items():
            if "outcome" not in item:
                continue
            told = [item.get(name) for name in ("outcome", "outcome_at", "callback", "mark")]
            if self.outcomes.setdefault(f"{run_id} {sort_key}", told) != told:
                self.broken.append(f"the outcome of {sort_key} has changed")
        for (run_id, _), item in stack.items("STEP#").items():
            if "pause" in item:
                self.pauses.add((run_id, json.loads(item["pause"]["S"])["wait"]))
        for record in table.new_records():
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
        item = stack.items("STEP#").get((run_id, f"STEP#{at['index']:04d}"), {})
        stored = int(item["turn"]["N"]) >= at["turn"] if item else False
        self.codes.append(outside.Code(run_id, step, at["turn"], stored))
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

    # ---- Back to where it was ----

    def save(self) -> Any:
        objects = stack.objects()
        machines = self.machines.executions
        kept = machines, self.calls, self.codes, self.words, self.records, self.outcomes, self.pauses
        return copy.deepcopy((table.items(), kept, self._clock.ms)), dict(objects), next(self.machines.tokens)

    def restore(self, saved: Any) -> None:
        (items, kept, ms), objects, token = copy.deepcopy(saved[0]), saved[1], saved[2]
        table.restore(items)
        self.machines.executions, self.calls, self.codes, self.words, self.records, self.outcomes, self.pauses = kept
        self.machines.tokens = itertools.count(token + 1)
        self._clock.ms, self.broken = ms, []
        for key in set(stack.objects()) - set(objects):
            stack.objects().pop(key)
