"""Who acts in a schedule: senders of requests, the state machine, and functions that others call."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import entry
from interlude.control import failures, wakeups
from interlude.run import links
from tests.faults import stack
from tests.faults.machine import Execution
from tests.faults.schedule import Actor, Killed
from tests.faults.world import World
from tests.unit.http_events import http_event

BASE_URL = "https://api.example"


@dataclass
class Sender:
    """Sends one request, and the same again if it got no answer. `intent` is what it wants of the run."""

    name: str
    intent: str
    method: str
    path: str
    body: Any = None
    key: str = ""
    answers: list[tuple[int, Any]] = field(default_factory=list)

    def send(self, world: World) -> None:
        world.as_process("api")
        headers = {"idempotency-key": self.key} if self.key else {}
        body = None if self.body is None else json.dumps(self.body)
        event = http_event(self.method, self.path, body, content_type="application/json", **headers)
        answer = entry.handler(event, None)  # type: ignore[arg-type]  # nothing asks for the context
        if world.stage.point("api answers", "!", alone=True):
            raise Killed("!")
        self.answers.append((answer["statusCode"], json.loads(answer["body"])))

    @property
    def status(self) -> int:
        return self.answers[-1][0]

    @property
    def answer(self) -> Any:
        return self.answers[-1][1]


@dataclass
class Given:
    """What a scenario has prepared: a run and its first execution."""

    world: World
    run_id: str
    execution: Execution
    senders: list[Sender] = field(default_factory=list)

    def link(self, action: str, wait: str) -> str:
        key = stack.items("RUN")[self.run_id, "RUN"]["url_key"]["S"]
        return links.links(BASE_URL, key, self.run_id, wait)[f"{action}_url"].removeprefix(BASE_URL)

    def executions(self) -> list[Execution]:
        """Those of the run, in the order in which they were started."""
        return list(self.world.machines.executions.values())


Cast = Callable[[Given], Actor]
"""Makes an actor for what was prepared."""


def sends(name: str, intent: str, path: Callable[[Given], str], body: Any = None, key: str = "") -> Cast:
    def cast(given: Given) -> Actor:
        sender = Sender(name, intent, "POST", path(given), body, key)
        given.senders.append(sender)
        return Actor(name, lambda: sender.send(given.world))

    return cast


def opens(name: str, action: str, wait: str = "0.1", body: Any = None, key: str = "") -> Cast:
    """Opens a link. The body says whose request it is."""
    return sends(name, action, lambda given: given.link(action, wait), body or {"from": name}, key)


def hooks(name: str, workflow: str, key: str = "", body: Any = None) -> Cast:
    return sends(name, "hook", lambda given: f"/hooks/{workflow}/key-of-{workflow}", body or {"from": "hook"}, key)


def stops(name: str) -> Cast:
    """POST /runs/{run_id}/cancel."""
    return sends(name, "stop", lambda given: f"/runs/{given.run_id}/cancel")


def retries(name: str) -> Cast:
    """POST /runs/{run_id}/retry, once the run has failed."""

    def cast(given: Given) -> Actor:
        actor = sends(name, "retry", lambda given: f"/runs/{given.run_id}/retry")(given)
        actor.ready = lambda: stack.items("RUN")[given.run_id, "RUN"]["status"]["S"] == "failed"
        return actor

    return cast


def goes_on(name: str, number: int = 0, *, timer: bool = False) -> Cast:
    """The state machine, in the run's first execution or a later one: from where it is, or when its timer ends."""

    def cast(given: Given) -> Actor:
        world = given.world

        def ready() -> bool:
            return len(given.executions()) > number and (timer or not given.executions()[number].rests)

        def do() -> None:
            execution = given.executions()[number]
            world.as_process("machine")
            if timer:
                world.stage.point("the timer ends", "")
                world.time_out(execution)
            world.machines.advance(execution)

        return Actor(name, do, ready)

    return cast


def called_again(name: str, number: int = -1) -> Cast:
    """A step's function with an event that it has had: Lambda's second call of it, to which nobody listens."""

    def cast(given: Given) -> Actor:
        def ready() -> bool:
            return len(given.world.calls) > max(number, 0)

        def do() -> None:
            payload = copy.deepcopy(given.world.calls[number])
            given.world.as_process("stray")
            given.world.step(payload)

        return Actor(name, do, ready)

    return cast


def streams(name: str) -> Cast:
    """The function Wakeups, with what is in the stream by then. Comes again by itself where it fails."""

    def cast(given: Given) -> Actor:
        def do() -> None:
            records, given.world.records = given.world.records, []
            given.world.as_process("stream")
            try:
                wakeups.handle({"Records": copy.deepcopy(records)})
            except Killed:
                given.world.records = records + given.world.records
                raise

        return Actor(name, do, lambda: bool(given.world.records))

    return cast


def is_told(name: str) -> Cast:
    """The function Failures, with the first thing that EventBridge has to tell. It is told again."""

    def cast(given: Given) -> Actor:
        def do() -> None:
            word = copy.deepcopy(given.world.words[0])
            given.world.as_process("word")
            failures.handle(word)

        return Actor(name, do, lambda: bool(given.world.words))

    return cast
