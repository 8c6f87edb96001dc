"""How many durable operations the money's three kinds of run have in AWS's durable-execution SDK: prints JSON.

Run by figures.money with the number of reruns of the poll. Counted in the history that the local runner keeps.
"""

import json
import logging
import re
import sys
from collections import Counter
from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import Duration
from aws_durable_execution_sdk_python_testing.runner import DurableFunctionTestRunner

logging.disable(logging.CRITICAL)
RERUNS = int(sys.argv[1])


@durable_execution
def plain(event: Any, context: DurableContext) -> int:
    for name in ("one", "two", "three"):
        context.step(lambda _: {"step": 1}, name=name)
    return 3


@durable_execution
def approval(event: Any, context: DurableContext) -> int:
    context.wait_for_callback(lambda name, _: None, name="ask")
    context.step(lambda _: {"step": 2}, name="publish")
    return 2


@durable_execution
def poll(event: Any, context: DurableContext) -> int:
    for number in range(RERUNS + 1):
        context.step(lambda _: {"step": 1}, name=f"poll{number}")
        if number < RERUNS:
            context.wait(Duration.from_seconds(1))
    context.step(lambda _: {"step": 2}, name="report")
    return 2


def operations(handler: Any) -> dict[str, int]:
    with DurableFunctionTestRunner(handler=handler, poll_interval=0.01) as runner:
        arn = runner.run_async("{}")
        if handler is approval:
            runner.send_callback_success(runner.wait_for_callback(arn), b'"yes"')
        runner.wait_for_result(arn)
        events = runner.get_execution_history(arn).events
    kinds = [(event.operation_id, event.event_type) for event in events]
    # An operation has several events, such as StepStarted and StepSucceeded: its kind is their first word.
    first = {key: _first_word(kind) for key, kind in kinds if not kind.startswith(("Execution", "Invocation"))}
    return {"Execution": 1, **Counter(first.values())}


def _first_word(kind: str) -> str:
    return re.findall(r"[A-Z][a-z]+", kind)[0]


print(json.dumps({"plain": operations(plain), "approval": operations(approval), "poll": operations(poll)}))
