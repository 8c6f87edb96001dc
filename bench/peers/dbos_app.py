"""The two workflows of the bench for DBOS on SQLite: `hypercorn dbos_app:app`. FOLDER is where its database lies."""

import asyncio
import os
import sqlite3
import sys
from contextlib import suppress

if sqlite3.sqlite_version_info < (3, 42):  # which DBOS needs
    with suppress(ImportError):
        import pysqlite3

        sys.modules |= {"sqlite3": pysqlite3, "sqlite3.dbapi2": pysqlite3.dbapi2}

from dbos import DBOS, SetWorkflowID
from front import application
from hit import hit

DBOS(
    config={
        "name": "bench",
        "system_database_url": f"sqlite:///{os.environ['FOLDER']}/dbos.sqlite",
        # On SQLite DBOS polls for what was sent, by default once a second, which would be all that is measured.
        "notification_listener_polling_interval_sec": 0.01,
        "log_level": "ERROR",
    }
)


@DBOS.step()
async def one() -> dict[str, int]:
    return {"step": 1}


@DBOS.step()
async def listened(run: str, step: str) -> dict[str, int]:
    callback = {"method": "POST", "url": f"/callback/{run}", "body": {"answer": "yes"}} if step == "ask" else None
    await asyncio.to_thread(hit, run, step, callback)
    return {"step": 1}


@DBOS.workflow()
async def three(run: str) -> dict[str, int]:
    await one()
    await one()
    await listened(run, "three")
    return {"step": 3}


@DBOS.workflow()
async def asking(run: str) -> dict[str, int]:
    await listened(run, "ask")
    await DBOS.recv_async("answer", timeout_seconds=3_600)
    await listened(run, "answer")
    await one()
    return {"step": 3}


async def start(workflow: str, run: str) -> None:
    with SetWorkflowID(run):
        await DBOS.start_workflow_async({"three": three, "asking": asking}[workflow], run)


async def callback(run: str) -> None:
    await DBOS.send_async(run, {"answer": "yes"}, topic="answer")


async def begin() -> None:
    DBOS.launch()


app = application(start, callback, begin)
