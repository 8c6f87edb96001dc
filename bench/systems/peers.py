"""The systems that Interlude is compared with. Each runs the same two workflows, from bench/peers/."""

import asyncio
from pathlib import Path

from bench.systems.system import NotInstalled, Processes, free_port, version_of
from bench.traffic import Answer, send

FOLDER = Path(__file__).parents[1] / "peers"
PYTHON = Path(__file__).parents[2] / ".venv-bench" / "bin" / "python"
_RESTATE_SERVER = FOLDER / "node_modules" / ".bin" / "restate-server"


class _Peer:
    """An ASGI application of bench/peers under hypercorn."""

    name = ""
    note = ""
    application = ""
    distribution = ""
    settle_s = 0.2
    """Pause between the call of `ask` and the callback, so that the run waits."""

    def __init__(self, folder: Path, listener: str) -> None:
        folder.mkdir()
        self.processes = Processes(folder)
        self.base_url = f"http://127.0.0.1:{free_port()}"
        self.version = version_of(PYTHON, self.distribution)
        self._listener = listener

    async def start(self) -> None:
        self._serve({})
        await self.processes.until_answering(f"{self.base_url}/ready/now")

    async def begin(self, workflow: str, run: str) -> Answer:
        return await send("POST", f"{self.base_url}/{workflow}/{run}")

    async def paused(self, run: str) -> None:  # noqa: ARG002  # of no peer here can it be asked without disturbing it
        await asyncio.sleep(self.settle_s)

    def stop(self) -> None:
        self.processes.stop()

    def pids(self) -> list[int]:
        return self.processes.pids()

    def _serve(self, environment: dict[str, str], port: str = "") -> None:
        bind = port or self.base_url.removeprefix("http://")
        command = [str(PYTHON), "-m", "hypercorn", self.application, "--bind", bind, "--log-level", "error"]
        given = {"LISTENER": self._listener, "FOLDER": str(self.processes.folder), "PYTHONUNBUFFERED": "1"}
        self.processes.start([*command, "--backlog", "4096"], FOLDER, given | environment)


class Restate(_Peer):
    name = "Restate"
    note = "One server process in Rust beside the Python service; state on disk."
    application = "restate_app:app"
    distribution = "restate-sdk"

    async def start(self) -> None:
        if not _RESTATE_SERVER.exists():
            raise NotInstalled("@restatedev/restate-server is not installed in bench/peers/node_modules")
        service, admin, fabric = free_port(), free_port(), free_port()
        self._serve({}, f"127.0.0.1:{service}")
        self.processes.start(
            [str(_RESTATE_SERVER), "--base-dir", str(self.processes.folder), "--node-name", "bench"],
            self.processes.folder,
            {
                "RESTATE_INGRESS__BIND_ADDRESS": self.base_url.removeprefix("http://"),
                "RESTATE_ADMIN__BIND_ADDRESS": f"127.0.0.1:{admin}",
                "RESTATE_BIND_ADDRESS": f"127.0.0.1:{fabric}",
                "RESTATE_ADVERTISED_ADDRESS": f"http://127.0.0.1:{fabric}",
                "RESTATE_DISABLE_TELEMETRY": "true",
                "DO_NOT_TRACK": "1",
                "RUST_LOG": "warn",
            },
        )
        await self.processes.until_answering(f"http://127.0.0.1:{service}/restate/health")
        await self.processes.until_answering(f"http://127.0.0.1:{admin}/health")
        await send("POST", f"http://127.0.0.1:{admin}/deployments", {"uri": f"http://127.0.0.1:{service}"})

    async def begin(self, workflow: str, run: str) -> Answer:
        return await send("POST", f"{self.base_url}/bench/{workflow}/send", run)


class Dbos(_Peer):
    name = "DBOS"
    note = (
        "A library in one process, here on SQLite, polled every 10 ms for callbacks (by default every second; "
        "on PostgreSQL it is notified)."
    )
    application = "dbos_app:app"
    distribution = "dbos"


class Prefect(_Peer):
    name = "Prefect"
    note = (
        "Flows in the process that receives the request, beside `prefect server` on SQLite; a paused flow checks "
        "every second whether it may continue, the shortest interval it has."
    )
    application = "prefect_app:app"
    distribution = "prefect"

    async def start(self) -> None:
        server = f"127.0.0.1:{free_port()}"
        environment = {
            "PREFECT_HOME": str(self.processes.folder),
            "PREFECT_API_URL": f"http://{server}/api",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_LOGGING_LEVEL": "ERROR",
            "DO_NOT_TRACK": "1",
        }
        host, port = server.split(":")
        command = [str(PYTHON), "-m", "prefect", "server", "start", "--host", host, "--port", port, "--no-ui"]
        self.processes.start(command, self.processes.folder, environment)
        await self.processes.until_answering(f"http://{server}/api/health")
        self._serve(environment)
        await self.processes.until_answering(f"{self.base_url}/ready/now")


class Durable(_Peer):
    name = "AWS durable SDK, local runner"
    note = "Functions and their history in the memory of one process: nothing outlives it."
    application = "durable_app:app"
    distribution = "aws-durable-execution-sdk-python-testing"


PEERS: list[type[_Peer]] = [Restate, Dbos, Prefect, Durable]
