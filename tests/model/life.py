"""A run of the real code to which anything may happen in any order, as Hypothesis draws it, and what must hold then.

Called by a test and by the bench.
"""

import json
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import entry
from interlude.aws import records
from interlude.control import runs
from tests.model.actors import Actor
from tests.model.comparison import of_record
from tests.model.playing import playing
from tests.model.stage import LIVE, Stage

ENDED = ("succeeded", "failed", "cancelled")
PLANS = {
    "suspend": {(0, 1): "suspend", (0, 2): "suspend"},
    "rerun": {(0, 1): "rerun", (0, 2): "rerun"},
    "poll": {(0, 1): "poll"},
    "delay": {(0, 1): "delay"},
    "fails": {(0, 1): "suspend and fail", (0, 2): "suspend"},
    "auto-retry": {(0, 1): "fail and retry", (0, 2): "fail and retry"},
    "exits": {(0, 1): "suspend and exit"},
    "suspends last": {(1, 1): "suspend"},
}
REQUESTS, STOPS, FAULTS = 6, 1, 3
"""How many requests clients send in one run, how often they stop it, and how much goes wrong."""


def status_of(actor: Actor) -> int:
    """What the API answers."""
    if actor.error is None:
        return 200
    return next((status for kind, status in entry.STATUS_OF.items() if isinstance(actor.error, kind)), 500)


ACTIONS = st.sampled_from(["resume", "cancel"])


class Life(RuleBasedStateMachine):
    begin: Any = None
    """Where its runs are begun."""

    @initialize(
        plan=st.sampled_from(sorted(PLANS)),
        on_timeout=ACTIONS,
        rolls=st.booleans(),
        begun=st.integers(0, 8),
    )
    def start(self, plan: str, on_timeout: str, rolls: bool, begun: int) -> None:
        """Some things have happened already, as they usually do."""
        code = PLANS[plan]
        self.stage: Stage = self.begin(
            lambda index, run: code.get((index, run), "return"),
            on_timeout=on_timeout,
            rolls=rolls,
            retries=plan == "auto-retry",
        )
        self.actors: list[Actor] = []
        self._written, self._known = -1, {}
        self.sent = self.stops = self.faults = 0
        self.outcomes: dict[str, tuple[str, str]] = {}
        self.stored: dict[str, tuple[int, str]] = {}
        self.told: list[tuple[str, str, str]] = []
        self.code: Counter[tuple[int, int]] = Counter()
        while begun and not self._waiting() and self._recover():
            begun -= 1

    # ---- What may happen ----

    @precondition(lambda self: any(e.state == "run" for e in self.stage.executions))
    @rule(data=st.data())
    def run_step(self, data: Any) -> None:
        self._call(data.draw(st.sampled_from([n for n, e in enumerate(self.stage.executions) if e.state == "run"])))

    @precondition(lambda self: self._writing())
    @rule(data=st.data(), lost=st.booleans())
    def machine_writes(self, data: Any, lost: bool) -> None:
        """Park, Roll over, Record failure."""
        lost = lost and self._fault()
        self.stage.write(data.draw(st.sampled_from(self._writing())), lost=lost)

    @precondition(lambda self: self._waiting())
    @rule(data=st.data())
    def time_is_up(self, data: Any) -> None:
        self.stage.time_is_up(data.draw(st.sampled_from(self._waiting())))

    @precondition(lambda self: self.actors)
    @rule(data=st.data(), effects=st.integers(1, 6))
    def work(self, data: Any, effects: int) -> None:
        """Somebody sends some requests."""
        actor = data.draw(st.sampled_from(self.actors))
        for _ in range(effects):
            if actor.pending:
                self._step(actor)
        self._reap(actor)

    @precondition(lambda self: self.actors and self.faults < FAULTS)
    @rule(data=st.data(), effects=st.integers(0, 4), heard=st.booleans())
    def die(self, data: Any, effects: int, heard: bool) -> None:
        """Somebody dies after some requests. Of a step Step Functions hears as an error that it repeats, or not."""
        self._fault()
        actor = data.draw(st.sampled_from(self.actors))
        for _ in range(effects):
            if actor.pending:
                self._step(actor)
        if not actor.pending and actor.kind != "step":
            self._reap(actor)  # there was nothing left to do
            return
        self.actors.remove(actor)
        actor.kill()
        actor.again()
        if actor.kind == "step" and self._listened_to(actor):
            e = self.stage.executions[actor.number]
            e.state, e.error = ("record", {"Error": "Sandbox.Timedout", "Cause": ""}) if heard else ("run", e.error)

    @precondition(lambda self: self.faults < FAULTS and self._asking())
    @rule(data=st.data())
    def refuse(self, data: Any) -> None:
        """A step's request is refused, as by a table that has trouble: its function leaves, and is called again."""
        self._fault()
        actor = data.draw(st.sampled_from(self._asking()))
        actor.refuse()
        self._reap(actor)

    @precondition(lambda self: self.faults < FAULTS and any(e.state == "invoked" for e in self.stage.executions))
    @rule(data=st.data())
    def call_again(self, data: Any) -> None:
        """The first call goes on, unheard."""
        self._fault()
        self._call(data.draw(st.sampled_from([n for n, e in enumerate(self.stage.executions) if e.state == "invoked"])))

    @precondition(lambda self: self.sent < REQUESTS and self._handed())
    @rule(data=st.data(), actions=st.lists(ACTIONS, min_size=1, max_size=3), key=st.sampled_from(["", "one"]))
    def click(self, data: Any, actions: list[str], key: str) -> None:
        """Some people have all found a wait as it is before the first of them does anything about it."""
        wait = data.draw(st.sampled_from(sorted(self._handed())))
        for action in actions:
            self.sent += 1
            actor = self.stage.click(f"request {key or self.sent}", action, wait, key)
            self._step(actor)
            self._arrive(actor, "click", asks=(action, wait))

    @precondition(lambda self: self.stops < STOPS)
    @rule()
    def stop(self) -> None:
        self.stops += 1
        self._arrive(self.stage.stop("stop"), "stop")

    @precondition(lambda self: self.sent < REQUESTS and self._run().status == "failed")
    @rule()
    def retry(self) -> None:
        self.sent += 1
        self._arrive(self.stage.retry("retry", late=True), "retry")

    @precondition(lambda self: self.stage.records)
    @rule(data=st.data(), once_more=st.booleans())
    def stream(self, data: Any, once_more: bool) -> None:
        """Wakeups is told of a change, in any order, and perhaps again."""
        self._wakeups(data.draw(st.sampled_from(self.stage.records)), once_more and self._fault())

    @precondition(lambda self: self.stage.words)
    @rule(data=st.data(), once_more=st.booleans())
    def word(self, data: Any, once_more: bool) -> None:
        """Failures is told of an execution that has ended badly."""
        self._failures(data.draw(st.sampled_from(self.stage.words)), once_more and self._fault())

    @precondition(lambda self: not (self.actors or self.stage.records or self.stage.words) and not self._live())
    @rule()
    def look(self) -> None:
        """Somebody asks how the run is."""
        view = runs.describe(self.stage.run_id, "https://interlude.example")
        assert view["status"] in (self._run().status, "running")

    # ---- What must hold ----

    @invariant()
    def a_wait_has_one_outcome(self) -> None:
        for name, item in self._items().items():
            if name.startswith("WAIT#"):
                wait = records.wait_of(item)
                now = (wait.outcome or "", wait.outcome_at)
                assert now[0] == "" or self.outcomes.setdefault(wait.wait, now) == now

    @invariant()
    def what_a_turn_has_stored_stays(self) -> None:
        for name, item in self._items().items():
            if name.startswith("STEP#"):
                now = (int(item["turn"]["N"]), json.dumps(item, sort_keys=True))
                before = self.stored.get(name, now)
                assert before[0] < now[0] or before == now
                self.stored[name] = now

    def teardown(self) -> None:
        """All that is under way comes to its end, and so does the run."""
        if not hasattr(self, "stage"):
            return
        try:
            for _ in range(400):
                if not self._recover():
                    break
            run, alive = self._run(), self._live()
            assert run.status in ENDED, run
            assert alive == [], alive
            self.a_wait_has_one_outcome()
            self._nothing_accepted_is_lost(run.status)
        finally:
            for actor in self.actors:
                actor.kill()

    def _recover(self) -> bool:
        """One thing that happens by itself. False where nothing is left."""
        stage = self.stage
        running = [n for n, e in enumerate(stage.executions) if e.state == "run"]
        if self.actors:
            actor = self.actors[0]
            while actor.pending:
                self._step(actor)
            self._reap(actor)
        elif running:
            self._call(running[0])
        elif self._writing():
            stage.write(self._writing()[0])
        elif stage.records:
            self._wakeups(stage.records[0], again=False)
        elif stage.words:
            self._failures(stage.words[0], again=False)
        else:
            self._at_rest()
            if not self._waiting():
                return False
            stage.time_is_up(self._waiting()[0])
        return True

    def _at_rest(self) -> None:
        """Only a timer can go on: it is one that nobody has ended, and of a run that waits."""
        waits = {name: records.wait_of(item) for name, item in self._items().items() if name.startswith("WAIT#")}
        for number in self._waiting():
            e = self.stage.executions[number]
            wait = waits.get(f"WAIT#{e.at['wait']}")
            assert self._run().status == "paused"
            assert e.state == "delay" or (wait and not wait.outcome and wait.task_token == e.token)

    def _nothing_accepted_is_lost(self, status: str) -> None:
        """Who was told 200 is in the table, and the run agrees."""
        for action, wait, at in self.told:
            outcome = {"resume": "resumed", "cancel": "cancelled"}[action]
            assert self.outcomes[wait] == (outcome, at)
            assert action == "resume" or status == "cancelled"
        for name, item in self._items().items():
            step = records.step_of(item) if name.startswith("STEP#") else None
            if step and step.status == "succeeded" and step.pause and step.pause.kind == "suspend":
                wait = records.wait_of(self._items().get(f"WAIT#{step.pause.wait}", {"sk": {"S": "WAIT#"}}))
                assert step.resume_data == (wait.request if wait.outcome == "resumed" else None)

    # ---- How it is done ----

    def _items(self) -> dict[str, Any]:
        """What the table has, read once after each change of it."""
        if self._written != self.stage.requests:
            self._known = self.stage.items()
            self._written = self.stage.requests
        return self._known

    def _run(self) -> Any:
        return records.run_of(self._items()["RUN"])

    def _live(self) -> list[Any]:
        return [e for e in self.stage.executions if e.state in LIVE]

    def _writing(self) -> list[int]:
        return [n for n, e in enumerate(self.stage.executions) if e.state in ("park", "roll", "record")]

    def _waiting(self) -> list[int]:
        return [n for n, e in enumerate(self.stage.executions) if e.state in ("parked", "delay")]

    def _asking(self) -> list[Actor]:
        """The steps that are about to ask the table for something."""
        return [actor for actor in self.actors if actor.kind == "step" and actor.pending not in ("", "code")]

    def _handed(self) -> set[str]:
        """The waits whose links are known."""
        return {
            f"{index}.{run}{'r' * (does == 'fail and retry')}"
            for index, run in self.code
            if (does := self.stage._does(index, run)) not in ("return", "delay", "poll", "fail")
        }

    def _fault(self) -> bool:
        """Whether something may go wrong once more, which is counted."""
        if self.faults == FAULTS:
            return False
        self.faults += 1
        return True

    def _arrive(self, actor: Actor, kind: str, asks: Any = None, again: Any = lambda: None) -> None:
        vars(actor).update(kind=kind, asks=asks, again=again)
        self.actors.append(actor)
        self._reap(actor)

    def _call(self, number: int) -> None:
        actor = self.stage.call(number)
        at = actor.at
        run = at["run"] + (at["wait"] in (f"{at['index']}.{at['run']}", f"{at['index']}.{at['run']}r"))
        actor.attempt = (at["index"], run)
        actor.was_stored = self._is_stored(actor)
        self._arrive(actor, "step")

    def _is_stored(self, actor: Actor) -> bool:
        index, run = actor.attempt
        item = self._items().get(f"STEP#{index:04d}")
        return bool(item) and int(item["runs"]["N"]) >= run

    def _step(self, actor: Actor) -> None:
        if actor.pending == "code":
            assert not actor.was_stored, f"attempt {actor.attempt} is made again"
            self.code[actor.attempt] += 1
        actor.step()

    def _reap(self, actor: Actor) -> None:
        """What came of an actor that is done."""
        if actor.pending:
            return
        self.actors.remove(actor)
        if actor.kind == "step":
            self.stage.answered(actor)
        elif actor.kind in ("wakeups", "failures"):
            assert actor.error is None, actor.error
            assert actor.result in (None, {"batchItemFailures": []})
        else:
            code = status_of(actor)
            assert code in (200, 409, 410, 422), actor.error
            if actor.kind == "click" and code == 200:
                self.told.append((*actor.asks, actor.result.at))

    def _listened_to(self, actor: Actor) -> bool:
        e = self.stage.executions[actor.number]
        return (e.state, e.calls) == ("invoked", actor.call)

    def _wakeups(self, record: Any, again: bool) -> None:
        if not again:
            self.stage.records.remove(record)
        assert of_record(record)
        self._arrive(self.stage.tell_wakeups(record), "wakeups", again=lambda: self.stage.records.append(record))

    def _failures(self, number: int, again: bool) -> None:
        if not again:
            self.stage.words.remove(number)
        self._arrive(self.stage.tell_failures(number), "failures", again=lambda: self.stage.words.append(number))


def live(examples: int, steps: int = 30) -> None:
    """So many lives of a run, the same ones each time."""
    with playing() as begin:
        Life.begin = staticmethod(begin)
        run_state_machine_as_test(
            Life,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                derandomize=True,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
