"""One run of the real code, in which every process is moved by hand. Called by the tests of this folder.

API, steps, Wakeups and Failures are the project's own, on moto's table; Step Functions is `machine`.
"""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import interlude.step
from interlude.aws import clients, executions, records
from interlude.control import failures, revival, waits, wakeups
from interlude.run import links, store
from tests.model import machine
from tests.model.actors import READS, Actor
from tests.model.machine import LIVE, Execution, Refused

WORKFLOW = "acting"
STEPS = ("act", "then")
LONG_AGO = "2020-01-01T00:00:00.000Z"
LATER_MS = 86_400_000
LONG_MS = 300 * LATER_MS


class Stage:
    def __init__(self, run_id: str, does: Callable[[int, int], str], **more: Any) -> None:
        self.run_id, self._does = run_id, does
        self._on_timeout, self._rolls = more.get("on_timeout", "resume"), more.get("rolls", False)
        self._steps = STEPS[: more.get("steps", 2)]
        self.records: list[dict[str, Any]] = []
        """What the table's stream has for Wakeups."""
        self.words: list[int] = []
        self.requests = 0
        """To the table, so far."""
        self.executions: list[Execution] = []
        self._begin("retry quiet" if more.get("retries") else "quiet")

    # ---- Step Functions ----

    def _begin(self, options: str) -> None:
        pinned = ",".join(f"{name}=arn:{name}" for name in self._steps)
        arn = executions.arn_of(WORKFLOW, self.run_id)
        values = machine.parameters(
            "Begin",
            {"Table": self._table, "Workflow": WORKFLOW, "Steps": pinned, "Options": options},
            {"Execution": {"Name": self.run_id, "Id": arn, "Input": {}}, "State": {"EnteredTime": machine.now()}},
            {},
        )
        clients.client("dynamodb").put_item(**values)
        at = {**machine.STATES["Begin"]["ResultSelector"]["at"]}
        self.executions.append(Execution(self.run_id, arn, "{}", at))

    @property
    def _table(self) -> str:
        from interlude.settings import settings

        return settings().table

    def _fill(self, state: str, number: int, **context: Any) -> Any:
        e = self.executions[number]
        told = {
            "Execution": {"Id": e.arn, "Name": e.name, "StartTime": LONG_AGO if self._rolls else machine.now()},
            "State": {"EnteredTime": machine.now()},
            "StateMachine": {"Id": "machine"},
            **context,
        }
        names = {"Table": self._table, "Workflow": WORKFLOW}
        data = {"run_id": self.run_id, "steps": list(self._steps), "at": e.at, "error": e.error}
        return machine.parameters(state, names, told, data)

    def call(self, number: int) -> Actor:
        """Run step calls a function."""
        e = self.executions[number]
        e.calls, e.state = e.calls + 1, "invoked"
        at, call = dict(e.at), e.calls
        index, own = at["index"], f"{at['index']}.{at['run']}"
        own_wait = at["wait"] in (own, f"{own}r")
        payload = {
            "run_id": self.run_id,
            "workflow": WORKFLOW,
            "step": self._steps[index],
            "step_count": len(self._steps),
            "execution": e.arn,
            "execution_started_at": LONG_AGO if self._rolls else machine.now(),
            "at": at,
        }
        known = {"number": number, "call": call, "at": at, "on_timeout": self._on_timeout}
        does = self._does(index, at["run"] + own_wait)
        # Whoever comes from a wait comes when its time is up, if nobody has ended it.
        later_ms = LATER_MS * own_wait * at["turn"]
        return Actor(f"step {index}", lambda: interlude.step.handler(payload, None), later_ms, does=does, **known)

    def answered(self, actor: Actor) -> None:
        """A function has come to its end. Only the last call is listened to."""
        e = self.executions[actor.number]
        if (e.state, e.calls) != ("invoked", actor.call):
            return
        if actor.error and machine.is_tried_again("Run step", type(actor.error).__name__):
            e.state = "run"
            return
        if actor.error:
            e.error = {"Error": type(actor.error).__name__, "Cause": str(actor.error)}
            e.state = "record"
            return
        e.at = actor.result
        self._route(actor.number)

    def _route(self, number: int) -> None:
        e = self.executions[number]
        [target] = [c["Next"] for c in machine.STATES["Route"]["Choices"] if c["StringEquals"] == e.at["next"]]
        states = {"Run step": "run", "Delay": "delay", "Park": "park", "Roll over": "roll", "Finished": "succeeded"}
        e.state = states.get(target, "failed")
        if target == "Cancelled":
            self.end(number, "failed")

    def write(self, number: int, *, lost: bool = False) -> None:
        """Park, Roll over or Record failure. `lost` is an answer that does not come: it is done once more."""
        e = self.executions[number]
        {"park": self._park, "roll": self._roll_over, "record": self._record_failure}[e.state](number, lost)

    def _update(self, values: dict[str, Any]) -> bool:
        dynamodb = clients.client("dynamodb")
        try:
            dynamodb.update_item(**values)
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _park(self, number: int, lost: bool) -> None:
        e = self.executions[number]
        e.tokens += 1
        token = f"{number}:{e.tokens}"
        held = self._update(self._fill("Park", number, Task={"Token": token}))
        if not lost:
            e.state, e.token = ("parked", token) if held else ("run", "")

    def _roll_over(self, number: int, lost: bool) -> None:
        e = self.executions[number]
        name = sha256(f"{self.run_id}.{e.at['turn']}".encode()).hexdigest()
        given = {"run_id": self.run_id, "at": {**e.at, "next": e.at["after"], "after": ""}, "interlude_cursor": 1}
        self.start(name, json.dumps(given))
        if not lost:
            e.state = "succeeded"

    def _record_failure(self, number: int, lost: bool) -> None:
        self._update(self._fill("Record failure", number))
        if not lost:
            self.end(number, "failed")

    def start(self, name: str, given: str) -> None:
        if any(e.name == name for e in self.executions):
            return
        self.executions.append(Execution(name, executions.arn_of(WORKFLOW, name), given, json.loads(given)["at"]))
        self._route(len(self.executions) - 1)

    def end(self, number: int, how: str) -> None:
        self.executions[number].state, self.executions[number].token = how, ""
        self.words.append(number)

    def time_is_up(self, number: int) -> None:
        self.executions[number].state, self.executions[number].token = "run", ""

    def ask(self, operation: str, given: dict[str, Any]) -> Any:
        """What the API of Step Functions answers."""
        asked = given["body"] if isinstance(given["body"], dict) else json.loads(given["body"])
        by_arn = {e.arn: (number, e) for number, e in enumerate(self.executions)}
        number, e = by_arn.get(asked.get("executionArn", ""), (-1, None))
        if operation == "StartExecution":
            if any(each.name == asked["name"] for each in self.executions):
                raise Refused("ExecutionAlreadyExists")
            self.start(asked["name"], asked["input"])
        elif operation == "StopExecution" and e and e.state in LIVE:
            self.end(number, "aborted")
        elif operation == "DescribeExecution":
            if not e:
                raise Refused("ExecutionDoesNotExist")
            return {"status": "TIMED_OUT" if e.state == "timed out" else "FAILED"}
        elif operation.startswith("SendTask"):
            self._wake(asked["taskToken"], cancel=operation == "SendTaskFailure")
        return None if operation == "DescribeStateMachine" else {}

    def _wake(self, token: str, *, cancel: bool) -> None:
        parked = [n for n, e in enumerate(self.executions) if e.state == "parked" and e.token == token]
        if not parked:
            raise Refused("TaskTimedOut")
        if cancel:
            self.end(parked[0], "failed")
        else:
            self.time_is_up(parked[0])

    # ---- Everybody else ----

    def click(self, name: str, action: Any, wait: str, key: str = "") -> Actor:
        url_key = store.load(self.run_id, 0).run.url_key
        signature = links._sign(url_key, action, self.run_id, wait)
        request = {"method": "POST", "path": "/", "query": {}, "body": name}
        return Actor(name, lambda: waits.end(action, self.run_id, wait, signature, lambda: request, key))

    def stop(self, name: str) -> Actor:
        return Actor(name, lambda: waits.stop(self.run_id))

    def retry(self, name: str, *, late: bool) -> Actor:
        return Actor(name, lambda: revival.retry(self.run_id), LONG_MS * late)

    def tell_wakeups(self, record: dict[str, Any]) -> Actor:
        return Actor("wakeups", lambda: wakeups.handle({"Records": [record]}))

    def tell_failures(self, number: int) -> Actor:
        e = self.executions[number]
        machine_arn = e.arn.rsplit(":", 1)[0].replace(":execution:", ":stateMachine:")
        status = {"aborted": "ABORTED", "timed out": "TIMED_OUT"}.get(e.state, "FAILED")
        detail = {
            "executionArn": e.arn,
            "stateMachineArn": machine_arn,
            "name": e.name,
            "status": status,
            "input": e.given,
        }
        return Actor("failures", lambda: failures.handle({"detail": detail}))

    # ---- What the table has ----

    def items(self) -> dict[str, dict[str, Any]]:
        pages = clients.client("dynamodb").query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": records.text(f"RUN#{self.run_id}")},
            ConsistentRead=True,
        )
        return {item["sk"]["S"]: item for item in pages["Items"]}


def step(actor: Actor, effect: str = "") -> None:
    """Moves an actor on to its next request, past reads that nothing depends on."""
    actor.step()
    while actor.pending in READS and actor.pending != effect:
        actor.step()
