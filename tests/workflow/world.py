"""The project's template with some workflows of tests, deployed into moto; its functions run in this process.

What AWS does with a state machine, moto's interpreter does. The steps' functions are called through the seam of
local.moto_differences, one at a time, each with the environment that the template gives it.
"""

import copy
import json
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from moto import mock_aws

import interlude.step
from interlude.aws import clients
from interlude.control import failures, repeats, revival, runs, waits, wakeups
from interlude.pd import usercode
from interlude.settings import settings
from local import moto_differences
from local.deploy import deploy
from tests import templates
from tests.waiting import until
from tests.workflow import outside

STEPS = Path(__file__).parent / "steps"
BASE_URL = "https://interlude.example"

WORKFLOWS = {
    "plain": ["first", "second", "last"],
    "asking": ["ask", "tell"],
    "asking_last": ["ask"],
    "polling": ["poll", "tell"],
    "calling": ["call", "tell"],
    "counting": ["count", "report"],
    "delaying": ["delay", "tell"],
    "failing": ["fail", "never"],
    "exiting": ["leave", "never"],
    "racing": ["race"],
    "rolling": ["roll"],
    "connecting": ["gather", "use"],
    "disconnected": ["ask"],
    "remembering": ["remember", "tell"],
    "telling": ["tell"],
    "retrying": ["fetch", "tell"],
    "retrying_waits": ["ask", "tell"],
    "responding": ["answer", "late"],
    "filing": ["write", "change", "look"],
    "erring": ["err"],
    "mistaken": ["err"],
    "heeding": ["heed"],
    "reviving": ["gather", "work", "tell"],
    "lasting": ["poll", "tell"],
}

ENVIRONMENT = {
    "connecting": {
        "ACCOUNTS": "app=secretsmanager:interlude/tests-app",
        "SECRETS": "API_KEY=ssm:/interlude/tests-api-key",
    },
}
OPTIONS = {
    "retrying": "retry",
    "retrying_waits": "retry",
    "filing": "retry",
    "erring": "on_error=heeding",
    "mistaken": "on_error=nobody",
    "heeding": "quiet on_error=heeding",
}


@dataclass
class Invocation:
    """One call of a step's function, with the operations of DynamoDB and S3 that it made."""

    step: str
    payload: dict[str, Any]
    answer: dict[str, Any]
    failed: bool
    requests: list[str] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)


class World:
    def __init__(self, template: Path) -> None:
        self.stack = deploy(template, BASE_URL)
        self.sfn: Any = boto3.client("stepfunctions", region_name="us-east-1")
        self.dynamodb: Any = boto3.client("dynamodb", region_name="us-east-1")
        self.table = self.stack.outputs["RunsTable"]
        self.invocations: list[Invocation] = []
        self.told: list[dict[str, Any]] = []
        """The events that the function Failures was called with."""
        self.streamed: list[dict[str, Any]] = []
        """The batches that the function Wakeups was called with."""
        self.streams = True
        """Whether that function works."""
        self.instead: Callable[[str], dict[str, str] | None] = lambda function: None
        """Asked before each invocation: what the function dies of instead of answering, or None. It may raise, too."""
        self.twice = False
        """Whether Lambda calls each function twice at the same time, which it may."""
        self.time_left_ms = 0
        """What each function says that it has until Lambda ends it."""
        self._alone = threading.RLock()
        self._requests: list[str] = []
        self._objects: list[str] = []
        self._environments = template.parent / "environments"
        outside.open_link = self.open
        moto_differences.run_functions_with(self._invoke)
        clients.client("dynamodb").meta.events.register("request-created.dynamodb", self._note)
        clients.client("s3").meta.events.register("request-created.s3", self._note_object)

    # ---- Lambda ----

    def _invoke(self, function: str, _qualifier: str | None, payload: bytes) -> tuple[bytes, str | None]:
        with self.as_function(function):
            if function == "interlude-failures":
                return self._tell(json.loads(payload))
            if function == "interlude-wakeups":
                return self._stream(json.loads(payload))
            if died := self.instead(function):
                return json.dumps(died).encode(), "Unhandled"
            event = json.loads(payload)
            if not self.twice:
                call = self.call(event)
            else:
                with ThreadPoolExecutor(2) as both:
                    call, _ = both.map(self.call, [event, event])
            return json.dumps(call.answer).encode(), "Unhandled" if call.failed else None

    def _tell(self, event: dict[str, Any]) -> tuple[bytes, str | None]:
        """Calls the function Failures. Lambda would call it again where it fails."""
        self.told.append(event)
        try:
            failures.handle(event)
        except Exception as error:  # noqa: BLE001  # Lambda answers with whatever it was
            return json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)}).encode(), "Unhandled"
        return b"null", None

    def _stream(self, event: dict[str, Any]) -> tuple[bytes, str | None]:
        """Calls the function Wakeups, unless it is down."""
        self.streamed.append(event)
        if not self.streams:
            return json.dumps({"errorType": "Down", "errorMessage": "a test has switched it off"}).encode(), "Unhandled"
        return json.dumps(wakeups.handle(event)).encode(), None

    def call(self, event: dict[str, Any]) -> Invocation:
        """Calls the step's entry point as awslambdaric does."""
        seen, seen_objects = len(self._requests), len(self._objects)
        try:
            answer, failed = interlude.step.handler(copy.deepcopy(event), self), False
        except Exception as error:  # noqa: BLE001  # Lambda answers with whatever it was
            answer, failed = {"errorType": type(error).__name__, "errorMessage": str(error), "stackTrace": []}, True
        answer = json.loads(json.dumps(answer))
        made = self._requests[seen:], self._objects[seen_objects:]
        invocation = Invocation(event["step"], event, answer, failed, *made)
        self.invocations.append(invocation)
        return invocation

    def get_remaining_time_in_millis(self) -> int:
        """As the context of a call, which this is, too."""
        return self.time_left_ms

    def call_again(self, invocation: Invocation) -> Invocation:
        """Calls a step with an event that it has had already."""
        with self.as_function(f"interlude-{invocation.payload['workflow']}-{invocation.step}"):
            return self.call(invocation.payload)

    @contextmanager
    def as_function(self, name: str) -> Iterator[None]:
        """Inside, this process is one function of the stack, and nobody else is any."""
        function = self.stack.functions[name]
        # Each function has one environment, which is warm from its second call on. Never this machine's /tmp.
        tmp_folder = self._environments / name
        tmp_folder.mkdir(parents=True, exist_ok=True)
        with self._alone:
            before = dict(os.environ)
            os.environ.update(function.environment)
            os.environ.update(
                LAMBDA_TASK_ROOT=str(function.folder),
                AWS_LAMBDA_FUNCTION_MEMORY_SIZE=str(function.memory),
                AWS_LAMBDA_FUNCTION_VERSION=function.version,
                TMP_FOLDER=str(tmp_folder),
            )
            try:
                settings.cache_clear()
                usercode.load.cache_clear()
                yield
            finally:
                # Name by name, and never pytest's own, which its thread sets and removes meanwhile.
                for name in (os.environ.keys() | before.keys()) - {"PYTEST_CURRENT_TEST"}:
                    if name in before:
                        os.environ[name] = before[name]
                    else:
                        os.environ.pop(name, None)
                settings.cache_clear()

    def _note(self, operation_name: str, **_: Any) -> None:
        self._requests.append(operation_name)

    def _note_object(self, operation_name: str, **_: Any) -> None:
        self._objects.append(operation_name)

    # ---- What the API does ----

    def start(self, workflow: str, event: Any = None, key: str = "") -> str:
        """Starts a run, by a request with this Idempotency-Key."""
        with self.as_function("interlude-api"):
            return runs.start(workflow, event, repeats.mark(key, "api", event))

    def describe(self, run_id: str) -> dict[str, Any]:
        with self.as_function("interlude-api"):
            return runs.describe(run_id, BASE_URL)

    def open(self, url: str, request: Any = "opened", key: str = "") -> waits.Ended:
        """Opens a resume or cancel link."""
        _, action, run_id, wait, signature = urlsplit(url).path.split("/")
        with self.as_function("interlude-api"):
            return waits.end(action, run_id, wait, signature, lambda: request, key)  # type: ignore[arg-type]

    def stop(self, run_id: str) -> None:
        with self.as_function("interlude-api"):
            waits.stop(run_id)

    def retry(self, run_id: str) -> None:
        with self.as_function("interlude-api"):
            revival.retry(run_id)

    # ---- What has happened ----

    def item(self, run_id: str, sort_key: str = "RUN") -> dict[str, Any]:
        key = {"pk": {"S": f"RUN#{run_id}"}, "sk": {"S": sort_key}}
        return dict(self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item", {}))

    def keys(self, run_id: str) -> list[str]:
        """The sort keys of all items of a run."""
        query = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": f"RUN#{run_id}"}}}
        pages = self.dynamodb.get_paginator("query").paginate(TableName=self.table, **query)
        return [item["sk"]["S"] for page in pages for item in page["Items"]]

    def ended(self, run_id: str) -> dict[str, Any]:
        """The run, once it has ended and nothing of it is executed any more."""
        workflow = run_id.rsplit("-", 2)[0]
        until(lambda: self.item(run_id).get("ended_at") and not self.executions(workflow, "RUNNING"))
        return self.describe(run_id)

    def paused(self, run_id: str) -> dict[str, Any]:
        """The run, once the state machine is in its wait."""
        until(lambda: (self.entered(run_id) or [""])[-1] in ("Park", "Delay"))
        view = self.describe(run_id)
        if view["wait"] and view["wait"]["resume_url"]:
            wait = urlsplit(view["wait"]["resume_url"]).path.split("/")[3]
            until(lambda: "task_token" in self.item(run_id, f"WAIT#{wait}"))
        return view

    def until_over(self, execution: str) -> None:
        until(lambda: self.sfn.describe_execution(executionArn=execution)["status"] != "RUNNING")

    def execution(self, run_id: str) -> str:
        machine = self.stack.state_machines[f"interlude-{run_id.rsplit('-', 2)[0]}"]
        return f"{machine.replace(':stateMachine:', ':execution:')}:{run_id}"

    def executions(self, workflow: str, status: str | None = None) -> list[dict[str, Any]]:
        machine = self.stack.state_machines[f"interlude-{workflow}"]
        asked = {"stateMachineArn": machine, **({"statusFilter": status} if status else {})}
        pages = self.sfn.get_paginator("list_executions").paginate(**asked)
        return [execution for page in pages for execution in page["executions"]]

    def executions_of(self, run_id: str) -> list[str]:
        """The ARNs of all executions of a run, in order."""
        workflow, found = run_id.rsplit("-", 2)[0], {}
        for each in self.executions(workflow):
            given = self.sfn.describe_execution(executionArn=each["executionArn"])["input"]
            cursor = json.loads(given) if "interlude_cursor" in given else {}
            if cursor.get("run_id") == run_id:
                found[cursor["at"]["turn"]] = each["executionArn"]
        return [self.execution(run_id), *(found[turn] for turn in sorted(found))]

    def history(self, execution: str) -> list[dict[str, Any]]:
        """The events of an execution, page after page."""
        pages = self.sfn.get_paginator("get_execution_history").paginate(executionArn=execution, maxResults=1000)
        return [event for page in pages for event in page["events"]]

    def entered(self, run_id: str) -> list[str]:
        """The states that the run's first execution has entered: each is a transition that AWS bills."""
        return self.entered_by(self.execution(run_id))

    def entered_by(self, execution: str) -> list[str]:
        """The states that one execution has entered."""
        events = self.history(execution)
        return [event["stateEnteredEventDetails"]["name"] for event in events if event["type"].endswith("StateEntered")]

    def parked_s(self, run_id: str) -> int:
        """The timeout of the last state Park that the run's first execution has entered."""
        events = self.sfn.get_execution_history(executionArn=self.execution(run_id), maxResults=1000)["events"]
        scheduled = [event["taskScheduledEventDetails"] for event in events if event["type"] == "TaskScheduled"]
        parked = [task for task in scheduled if task["resource"].endswith("waitForTaskToken")]
        return int(parked[-1]["timeoutInSeconds"])

    def requests(self, run_id: str) -> list[list[str]]:
        """The DynamoDB operations of each turn of a run."""
        return [made.requests for made in self.invocations if made.payload["run_id"] == run_id]

    def objects(self, run_id: str) -> list[list[str]]:
        """The S3 operations of each turn of a run."""
        return [made.objects for made in self.invocations if made.payload["run_id"] == run_id]

    def calls_of(self, run_id: str, step: str) -> int:
        return outside.calls[f"{run_id} {step}"]


@contextmanager
def deployed(template: Path) -> Iterator[World]:
    """A stack on a moto of its own, until the block ends."""
    with (
        pytest.MonkeyPatch.context() as environment,
        mock_aws(config={"stepfunctions": {"execute_state_machine": True}}),
    ):
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        clients._client.cache_clear()
        clients._environment.cache_clear()
        yield World(template)
        moto_differences.all_delivered()
    moto_differences.run_functions_with(None)
    clients._client.cache_clear()
    clients._environment.cache_clear()


def write_template(folder: Path, workflows: dict[str, list[str]] = WORKFLOWS, code: Path = STEPS) -> Path:
    """The project's template with workflows of tests, whose code is in a folder of its own for each."""
    made = [
        templates.workflow(name, steps, str(code / name), OPTIONS.get(name, ""), ENVIRONMENT.get(name))
        for name, steps in workflows.items()
    ]
    return templates.written(templates.with_workflows(made), folder)
