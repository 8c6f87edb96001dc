"""The API as clients have it, in this process: gateway, routes, function, on a stack of its own."""

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from werkzeug.test import Client, TestResponse

import entry
from local.gateway import Gateway
from local.invocations import Done
from local.routes import Routes
from tests.workflow.world import World
from tests.wsgi import as_wsgi

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

DOMAIN = "127.0.0.1:3000"
CONTEXT: Any = SimpleNamespace(
    function_name="interlude-api",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:interlude-api",
    aws_request_id="1",
)


@dataclass
class Service:
    world: World
    application: "WSGIApplication" = field(init=False)
    broken: list[str] = field(default_factory=list)
    """What the function died of, where it did: it has to answer everything itself."""

    def __post_init__(self) -> None:
        gateway = Gateway(Routes(self.world.stack.routes), self._invoke, DOMAIN, lambda line: None)
        self.application = as_wsgi(gateway)
        self.client = Client(self.application)

    def _invoke(self, function: str, _qualifier: str | None, payload: bytes, done: Done) -> None:
        answer = b"{}"
        error: str | None = None
        try:
            with self.world.as_function(function):
                answer = json.dumps(entry.handler(json.loads(payload), CONTEXT)).encode()
        except Exception as failure:  # noqa: BLE001  # Lambda answers with whatever it was
            self.broken.append(repr(failure))
            error = "Unhandled"
        done(answer, error)

    def ask(self, method: str, path: str, **more: Any) -> TestResponse:
        more["headers"] = {"Host": DOMAIN, **more.get("headers", {})}
        return self.client.open(path, method=method, **more)


def never_broken(service: Service, answer: Any, *, tells_of_steps: bool = False) -> None:
    """No 5xx, and nothing of the inside: only those who are signed in see the traceback of a step."""
    assert (answer.status_code < 500, service.broken) == (True, []), answer.text
    assert tells_of_steps or "Traceback" not in (answer.text or "")


def parts(url: str) -> tuple[str, str, str, str]:
    """Action, run, wait and signature of a link."""
    _, action, run_id, wait, signature = urlsplit(url).path.split("/")
    return action, run_id, wait, signature
