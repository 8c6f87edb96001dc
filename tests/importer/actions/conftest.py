"""Translated actions as they run: with the real runtime, moto's data stores and a server that notes its requests."""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from importer.actions import translate
from interlude.models import Directive, StepError
from interlude.pd import usercode
from interlude.pd.attempt import Attributes, Pd
from interlude.pd.data_stores import DataStore
from interlude.pd.flow import Flow
from interlude.settings import settings
from local import outbox
from tests.data_stores import data_stores_table

ADDRESS = "owner@example.com"


@dataclass
class Ran:
    """What came of a step."""

    exports: dict[str, Any]
    error: StepError | None
    ended: bool
    reason: str
    pause: Directive | None
    responses: list[Any]

    @property
    def returned(self) -> Any:
        """Fails the test where the step has failed."""
        assert self.error is None, self.error
        return self.exports.get("$return_value")


Act = Callable[..., Ran]


@pytest.fixture
def act(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Act]:
    """Translates an action with its props and runs the step, with the exports of `steps` before it."""
    # Python takes compiled code for that of a later file which is as long and as old, in seconds.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    variables = {
        "TABLE_NAME": "runs",
        "DATA_STORES_TABLE": "data-stores",
        "BUCKET_NAME": "payloads",
        "RETENTION_DAYS": "30",
        "BASE_URL": "https://interlude.example",
        "NOTIFY_ADDRESS": ADDRESS,
        "SUSPEND_TIMEOUT_ACTION": "resume",
        "LAMBDA_TASK_ROOT": str(tmp_path),
        "STEP": "act",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    def run(uses: str, props: dict[str, Any], steps: dict[str, Any] | None = None) -> Ran:
        made = translate(uses, props)
        assert made is not None
        (tmp_path / "act.py").write_text(made.code, encoding="utf-8")
        (tmp_path / "act.inputs.json").write_text(json.dumps(made.inputs), encoding="utf-8")
        usercode.load.cache_clear()
        flow = Flow(1, "resume", lambda: {"resume_url": "https://resume", "cancel_url": "https://cancel"})
        responses: list[Any] = []
        text, error = usercode.run("act", Pd(flow, Attributes(), lambda: steps or {}, responses.append))
        return Ran(json.loads(text), error, flow.exited, flow.exit_reason, flow.directive, responses)

    settings.cache_clear()
    yield run
    settings.cache_clear()
    usercode.load.cache_clear()


@pytest.fixture(scope="module")
def deployed() -> Iterator[None]:
    """The table of the data stores, as the template describes it."""
    with data_stores_table("data-stores"):
        yield


@pytest.fixture
def aws(deployed: None, act: Act) -> Iterator[None]:
    """Data stores with nothing in them, and a place for mail."""
    outbox.keep_in(None)
    yield
    outbox.keep_in(None)
    for name in ("ds_l6ujg2", "ds_other"):
        DataStore(name).clear()


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    """By their names in lower case."""
    body: bytes


@dataclass
class Server:
    """Answers each path with what `answers` has for it, and anything else with 404 and a text."""

    url: str
    requests: list[Request] = field(default_factory=list)
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)

    @property
    def asked(self) -> Request:
        """The one request that was made."""
        assert len(self.requests) == 1
        return self.requests[0]


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            given.requests.append(Request(self.command, self.path, headers, body))
            status, sent, content = given.answers.get(self.path.partition("?")[0], (404, {}, b"nothing here"))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **sent}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  # the names that http.server looks for

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        given = Server(f"http://127.0.0.1:{running.server_port}")
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield given
        running.shutdown()
        thread.join()
