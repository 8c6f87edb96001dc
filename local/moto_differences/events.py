"""How moto 5.2.5 delivers events of EventBridge, and the event of Step Functions that it does not send."""

import copy
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from moto.awslambda.utils import get_backend as lambda_backend
from moto.events.models import Rule, events_backends
from moto.events.utils import EventTemplateParser
from moto.stepfunctions.responses import get_backend as step_functions_backend

from local.engine.machines import Ended
from local.moto_differences import awslambda, iam
from local.moto_differences.deliveries import deliver_by, later, send
from local.moto_differences.patch import replace
from local.moto_differences.patterns import matches

_OURS = ("lambda", "states")
_DATA_BYTES = 248 * 1024
"""What an event of Step Functions has room for, escaped."""

# Beside the requests and the executions that the events come from: nobody waits for a delivery.
_pool = ThreadPoolExecutor(4, "events")


def install() -> None:
    deliver_by("event", _pool, _deliver_each)

    # moto: raises NotImplementedError for a target that is a function or a state machine, delivers inside of the
    # request, and takes a disabled rule, and one that has no pattern, for one that matches. AWS: delivers some time
    # later, and neither of the two rules ever matches.
    send_to_targets = Rule.send_to_targets

    def send_to_ours(self: Rule, event: Any, transform_input: bool = True) -> None:
        if self.state == "DISABLED" or not self.event_pattern.get_pattern():
            return
        ours = [target for target in self.targets if _service(target) in _OURS]
        if ours and matches(self.event_pattern, event):
            for target in ours:
                send("event", {"target": target, "event": event})
        if len(ours) < len(self.targets):
            others = copy.copy(self)
            others.targets = [target for target in self.targets if target not in ours]
            later(_pool, send_to_targets, others, event, transform_input)

    replace(Rule, "send_to_targets", send_to_ours)


def execution_ended(execution: Ended) -> None:
    """Puts the event that an execution has ended onto the default bus. Called in the transaction that it ends in."""
    # moto: sends none. AWS: sends one for each change of the status; here it is the last one only.
    rules = events_backends[execution.account][execution.region].event_buses["default"].rules.values()
    if not rules:
        return
    detail = {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.start_ms,
        "stopDate": execution.stop_ms,
        "error": execution.error,
        "cause": execution.cause,
        **_data("input", execution.input),
        **_data("output", execution.output),
    }
    event: Any = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "account": execution.account,
        "time": execution.stop_ms / 1000,
        "region": execution.region,
        "resources": [execution.arn],
        "detail": detail,
        "ingestion-time": execution.stop_ms / 1000,
    }
    for rule in list(rules):
        rule.send_to_targets(event)


def _data(name: str, text: str | None) -> dict[str, Any]:
    if text is None:
        return {name: None, f"{name}Details": None}
    included = len(json.dumps(text)) <= _DATA_BYTES
    return {name: text if included else None, f"{name}Details": {"included": included}}


def _deliver_each(messages: list[dict[str, Any]]) -> None:
    for message in messages:
        _deliver(message["target"], message["event"])


def _deliver(target: dict[str, Any], event: dict[str, Any]) -> None:
    _, _, service, region, account, *_ = target["Arn"].split(":")
    payload = _payload(target, event)
    if service == "lambda":
        awslambda._invoke(lambda_backend(account, region).get_function(target["Arn"]), payload.encode())
    elif "RoleArn" not in target or iam.may(target["RoleArn"], "states:StartExecution", target["Arn"]):
        backend: Any = step_functions_backend(account, region)
        execution = f"{event['id']}_{uuid.uuid4()}"
        backend.start_execution(target["Arn"], name=execution, execution_input=payload)


def _payload(target: dict[str, Any], event: dict[str, Any]) -> str:
    """What a target gets of an event, as JSON text: the event as EventBridge shows it, unless the target says more."""
    if "Input" in target:
        return str(target["Input"])
    moment = event["time"]
    shown = {key: value for key, value in event.items() if key != "ingestion-time"}
    if not isinstance(moment, str):
        shown["time"] = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if "InputTransformer" in target:
        transformer = target["InputTransformer"]
        whole: Any = {**shown, "ingestion-time": shown["time"]}
        return json.dumps(
            EventTemplateParser.parse(transformer["InputTemplate"], transformer.get("InputPathsMap", {}), whole)
        )
    if "InputPath" in target:
        from jsonpath_ng.ext.parser import parse

        return json.dumps(next((found.value for found in parse(target["InputPath"]).find(shown)), None))
    return json.dumps(shown)


def _service(target: dict[str, Any]) -> str:
    return str(target["Arn"].split(":")[2])
