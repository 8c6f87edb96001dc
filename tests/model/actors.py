"""Real code that is stopped before each request to AWS, and moves when it is told to.

An actor is a thread, and stands for a process of its own. Nobody moves while another does.
"""

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from interlude import clock
from interlude.aws import clients

READS = ("BatchGetItem", "Query", "DescribeStateMachine", "DescribeExecution")


REFUSAL = (
    SimpleNamespace(status_code=400, headers={}),
    {
        "Error": {"Code": "ProvisionedThroughputExceededException", "Message": ""},
        "ResponseMetadata": {"HTTPStatusCode": 400},
    },
)


class Killed(BaseException):
    """What a process that is killed can't catch."""


_now = threading.local()


class Actor:
    """A call of the project's own code. `pending` is the request that it is about to send, empty once it is done."""

    def __init__(self, name: str, do: Callable[[], Any], later_ms: int = 0, **known: Any) -> None:
        vars(self).update(known)
        self.name, self._do, self.later_ms = name, do, later_ms
        self.pending, self.result, self.error = "", None, None
        self._go, self._stopped, self._killed = threading.Semaphore(0), threading.Semaphore(0), False
        self.refused = False
        """Whether its next request is refused."""
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()
        self._stopped.acquire()

    def __repr__(self) -> str:
        return f"{self.name} before {self.pending or 'its end'}"

    def _run(self) -> None:
        _now.actor = self
        try:
            self.result = self._do()
        except BaseException as error:  # noqa: BLE001  # whoever looks at it tells what it means
            self.error = error
        self.pending = ""
        self._stopped.release()

    def stop_before(self, request: str) -> None:
        """Called by the actor itself."""
        if self._killed:
            raise Killed
        self.pending = request
        self._stopped.release()
        self._go.acquire()
        if self._killed:
            raise Killed

    def step(self) -> None:
        """Sends the request, and comes back when the next one is about to be sent, or there is none."""
        assert self.pending
        self._go.release()
        self._stopped.acquire()

    def refuse(self) -> None:
        """The request that it is about to send is refused, as by a table that has trouble."""
        self.refused = True
        self.step()

    def kill(self) -> None:
        """The request is not sent, and nothing is done any more."""
        self._killed = True
        if self.pending:
            self.step()
        self._thread.join()


def current() -> Actor | None:
    return getattr(_now, "actor", None)


def watch(monkeypatch: Any, answer: Callable[[str, dict[str, Any]], Any]) -> None:
    """Stops actors before each request. Those to Step Functions are answered by `answer`, unless that says None."""

    def before_call(model: Any, params: dict[str, Any], **_: Any) -> Any:
        actor = current()
        if actor is None:
            return None
        actor.stop_before(model.name)
        if actor.refused:
            actor.refused = False
            return REFUSAL
        return answer(model.name, params) if model.service_model.service_name == "stepfunctions" else None

    for service in ("dynamodb", "s3", "stepfunctions"):
        clients.client(service).meta.events.register("before-call", before_call)  # type: ignore[call-overload]
    now_ms = clock.now_ms
    monkeypatch.setattr(clock, "now_ms", lambda: now_ms() + getattr(current(), "later_ms", 0))
