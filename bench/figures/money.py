"""What a plain, an approval and a poll run take of AWS, counted from real runs on the local server."""

import asyncio
import json
import re
import time
from collections import Counter
from typing import Any, NamedTuple

from bench.counting import CountingDynamoDb, counting, units_of
from bench.figures.playing import aws
from bench.laboratory import Laboratory
from bench.processes import usage
from bench.systems.interlude import Interlude
from bench.systems.peers import FOLDER as PEERS
from bench.systems.peers import PYTHON as PEERS_PYTHON
from bench.traffic import send

_RUNS = 10
_QUIET_S = 1.0
_INVOKED = re.compile(r"^(?P<function>[\w-]+) \d+ ms \w+\s*$", re.MULTILINE)

VCPU_MB = 1_769
"""Memory with which a function has one vCPU; with less it has a share of one."""
DYNAMODB_REQUEST_S = 0.005
"""What a function waits for one request: AWS says single-digit milliseconds."""
WAITING_GB = 0.5
"""Of the largest function, the API's; steps have half of it."""


class HumanApproval(NamedTuple):
    """What one approved run of AWS's own sample takes, by its template:
    https://docs.aws.amazon.com/step-functions/latest/dg/tutorial-human-approval.html."""

    states: tuple[str, ...] = ("Lambda Callback", "ManualApprovalChoiceState", "ApprovedPassState")
    lambda_requests: int = 2
    """The function that writes the mail, and the one behind its link."""
    api_requests: int = 1
    mails: int = 1


HUMAN_APPROVAL = HumanApproval()


async def measure(laboratory: Laboratory) -> dict[str, Any]:
    reruns = laboratory.sizes.poll_reruns
    async with counting() as counter:
        server = Interlude(
            laboratory.new_folder("money"), laboratory.listener.address, {"AWS_ENDPOINT_URL_DYNAMODB": counter.address}
        )
        try:
            start = asyncio.create_task(server.start())
            # The server's own first requests need an answer, but are not counted.
            while not server.aws_endpoint and not start.done():
                await asyncio.sleep(0.01)
                counter.endpoint = server.aws_endpoint
            await start
            kinds = {
                "plain": await _of(laboratory, server, counter, "three", _RUNS, _plain),
                "approval": await _of(laboratory, server, counter, "approval", _RUNS, _approval),
                "poll": await _of(laboratory, server, counter, "polling", 1, _poll),
            }
        finally:
            server.stop()
    return {"kinds": kinds, "poll_reruns": reruns, "durable": await _durable(laboratory, reruns)}


async def _plain(laboratory: Laboratory, server: Interlude, number: int) -> tuple[list[str], int]:
    run_ids = []
    for _ in range(number):
        run = laboratory.new_run("plain")
        run_ids.append((await server.start_run("three", {"run": run})).json["run_id"])
        # One after another, so that no run starts a second process of a function.
        await laboratory.listener.hit(run, "three")
    return run_ids, number


async def _approval(laboratory: Laboratory, server: Interlude, number: int) -> tuple[list[str], int]:  # noqa: ARG001
    """The sample: a mail, and a click on the resume link that is in it."""
    run_ids = []
    for _ in range(number):
        run_id = (await server.start_run("approval", {"document": "The new price list"})).json["run_id"]
        # By the mail, since looking at the run would be requests that a user need not make.
        while not (links := await _links(server, run_id)):
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)  # so that the run waits, and is not resumed before it does
        await send("POST", links[0])
        run_ids.append(run_id)
    return run_ids, 2 * number


async def _poll(laboratory: Laboratory, server: Interlude, number: int) -> tuple[list[str], int]:
    reruns = laboratory.sizes.poll_reruns
    run_ids = []
    for _ in range(number):
        run = laboratory.new_run("poll")
        run_ids.append((await server.start_run("polling", {"run": run, "reruns": reruns})).json["run_id"])
        await laboratory.listener.hit(run, f"poll{reruns + 1}")
    return run_ids, number


async def _links(server: Interlude, run_id: str) -> list[str]:
    mails = (await send("GET", f"{server.base_url}/local/outbox")).json["messages"]
    texts = [mail["text"] for mail in mails if run_id in mail["text"]]
    return re.findall(rf"{server.base_url}/resume/\S+", texts[-1]) if texts else []


async def _of(
    laboratory: Laboratory, server: Interlude, counter: CountingDynamoDb, workflow: str, number: int, play: Any
) -> dict[str, Any]:
    """The average of one run, of so many."""
    await _finish(server, counter, (await play(laboratory, server, 1))[0])  # warm: no first start is in the figures
    pid = server.pids()[0]
    used, invoked = usage(pid), _invocations(server)
    counter.clear()
    run_ids, http_requests = await play(laboratory, server, number)
    await _quiet(counter)
    requests = Counter(counter.requests)
    write_units, read_units = counter.write_units, counter.read_units
    since = usage(pid)
    functions = _invocations(server) - invoked
    states: Counter[str] = Counter()
    for run_id in run_ids:
        states += await asyncio.to_thread(_states, server.aws_endpoint, workflow, run_id)
    # The state machine's own: Begin and Park write without a function.
    requests += Counter({"PutItem": states["Begin"], "UpdateItem": states["Park"]})
    write_units += sum(units_of(counter.run_bytes(run_id), 1_024) + 1 for run_id in run_ids) + states["Park"]
    function_cpu_ms = (since.tree_cpu_ms - since.own_cpu_ms) - (used.tree_cpu_ms - used.own_cpu_ms)
    run = (await send("GET", f"{server.base_url}/runs/{run_ids[0]}")).json
    return {
        "runs": number,
        "transitions": sum(states.values()) / number,
        "states": {name: count / number for name, count in states.items()},
        "lambda_requests": sum(functions.values()) / number,
        "functions": {name: count / number for name, count in functions.items()},
        "function_cpu_ms": function_cpu_ms / number,
        "dynamodb_requests": {name: count / number for name, count in requests.items()},
        "write_units": write_units / number,
        "read_units": read_units / number,
        "api_requests": http_requests / number,
        "mails": 1 if workflow == "approval" else 0,
        "pipedream_credits": run["credits"],
    }


async def _finish(server: Interlude, counter: CountingDynamoDb, run_ids: list[str]) -> None:
    for run_id in run_ids:
        await server.until(run_id, "succeeded")
    await _quiet(counter)


async def _quiet(counter: CountingDynamoDb) -> None:
    """Comes back when nothing has been asked for a while: what follows a run has followed."""
    seen = -1
    while seen != (seen := counter.requests.total()):
        await asyncio.sleep(_QUIET_S)


def _states(endpoint: str, workflow: str, run_id: str) -> Counter[str]:
    """The states that a run's execution has entered: each is a transition that AWS bills."""
    states = aws("stepfunctions", endpoint)
    machines = states.list_state_machines()["stateMachines"]
    machine = next(each["stateMachineArn"] for each in machines if each["name"] == f"interlude-{workflow}")
    execution = f"{machine.replace(':stateMachine:', ':execution:')}:{run_id}"
    while states.describe_execution(executionArn=execution)["status"] == "RUNNING":
        time.sleep(0.05)
    pages = states.get_paginator("get_execution_history").paginate(executionArn=execution)
    events = [event for page in pages for event in page["events"]]
    entered = [event["stateEnteredEventDetails"]["name"] for event in events if event["type"].endswith("StateEntered")]
    return Counter(entered)


def _invocations(server: Interlude) -> Counter[str]:
    """By function, as the server's log says them."""
    return Counter(found["function"] for found in _INVOKED.finditer(server.processes.text))


async def _durable(laboratory: Laboratory, reruns: int) -> dict[str, dict[str, int]] | None:
    """The durable operations of the same runs; None where the SDK is not installed."""
    if not PEERS_PYTHON.exists():
        return None
    command = [str(PEERS_PYTHON), str(PEERS / "durable_operations.py"), str(reruns)]
    process = await asyncio.create_subprocess_exec(*command, stdout=-1, stderr=-1)
    output, errors = await process.communicate()
    if process.returncode:
        laboratory.missing["durable operations"] = errors.decode(errors="replace").strip().rpartition("\n")[2]
        return None
    operations: dict[str, dict[str, int]] = json.loads(output)
    return operations
