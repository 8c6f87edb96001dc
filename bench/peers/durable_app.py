"""The two workflows of the bench for AWS's durable-execution SDK: `hypercorn durable_app:app`.

They run in the local runner of its testing package, which keeps everything in this process.
"""

import asyncio
import json
import logging
from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python_testing.runner import DurableFunctionTestRunner
from front import application
from hit import hit

logging.disable(logging.WARNING)


@durable_execution
def handler(event: Any, context: DurableContext) -> dict[str, int]:
    run = event["run"]
    if event["workflow"] == "three":
        context.step(lambda _: {"step": 1}, name="one")
        context.step(lambda _: {"step": 2}, name="two")
        context.step(lambda _: hit(run, "three"), name="three")
    else:
        context.wait_for_callback(lambda name, _: hit(run, "ask", _callback(name)), name="ask")
        context.step(lambda _: hit(run, "answer"), name="answer")
        context.step(lambda _: {"step": 3}, name="last")
    return {"step": 3}


def _callback(name: str) -> dict[str, Any]:
    from urllib.parse import quote

    return {"method": "POST", "url": f"/callback/{quote(name, safe='')}", "body": {}}


runner = DurableFunctionTestRunner(handler=handler, skip_time=False)


async def start(workflow: str, run: str) -> None:
    given = json.dumps({"workflow": workflow, "run": run})
    await asyncio.to_thread(runner.run_async, given, 3_600, execution_name=run)


async def callback(name: str) -> None:
    await asyncio.to_thread(runner.send_callback_success, name, b'"yes"')


async def begin() -> None:
    """The runner is there already."""


app = application(start, callback, begin)
