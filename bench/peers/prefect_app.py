"""The two workflows of the bench for Prefect: `hypercorn prefect_app:app`, beside a `prefect server`.

The flows run in this process. A deployment, which Prefect means for production, starts a process for each run, some
seconds later.
"""

import asyncio
import os
from uuid import UUID

from front import application
from hit import hit
from prefect import flow, task
from prefect.client.orchestration import get_client
from prefect.context import get_run_context
from prefect.flow_runs import apause_flow_run, aresume_flow_run

under_way: set["asyncio.Task[object]"] = set()


@task
async def one() -> dict[str, int]:
    return {"step": 1}


@task
async def listened(run: str, step: str, flow_run: str = "") -> dict[str, int]:
    callback = {"method": "POST", "url": f"/callback/{flow_run}", "body": {}} if flow_run else None
    await asyncio.to_thread(hit, run, step, callback)
    return {"step": 1}


@flow
async def three(run: str) -> dict[str, int]:
    await one()
    await one()
    await listened(run, "three")
    return {"step": 3}


@flow
async def asking(run: str) -> dict[str, int]:
    await listened(run, "ask", str(get_run_context().flow_run.id))
    # Whole seconds, so that 1 is the least.
    await apause_flow_run(timeout=3_600, poll_interval=1)
    await listened(run, "answer")
    await one()
    return {"step": 3}


async def start(workflow: str, run: str) -> None:
    made = asyncio.create_task({"three": three, "asking": asking}[workflow](run))
    under_way.add(made)
    made.add_done_callback(under_way.discard)


async def callback(flow_run: str) -> None:
    async with get_client() as client:
        while (await client.read_flow_run(UUID(flow_run))).state_type != "PAUSED":
            await asyncio.sleep(0.05)
    await aresume_flow_run(UUID(flow_run))


async def begin() -> None:
    assert os.environ["PREFECT_API_URL"]


app = application(start, callback, begin)
