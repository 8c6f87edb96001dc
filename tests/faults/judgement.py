"""What must be true of a run, whatever happened to it. Called by `play` when the world has recovered."""

import json
from typing import Any

from interlude.aws import records
from interlude.models import ENDED, RETRY, Run, Step, Wait
from interlude.run import payloads
from tests.faults import stack
from tests.faults.actors import Given, Sender
from tests.faults.scenarios import Scenario

ANSWERS = {
    "hook": (202,),
    "resume": (200, 409, 410),
    "cancel": (200, 409, 410),
    "stop": (200, 404, 410),
    "retry": (202, 409, 410),
}
"""What a request may be answered; 404 where the run has not begun yet."""

OUTCOMES = {"resume": "resumed", "cancel": "cancelled"}


class Judge:
    """Collects what is wrong, each as a sentence that begins with the number of the invariant."""

    def __init__(self, scenario: Scenario, given: Given, moves: list[str]) -> None:
        self.scenario, self.given, self.world = scenario, given, given.world
        self.items = stack.items()
        self.wrong = list(self.world.broken)
        self.dead = any(move[-1] == "!" for move in moves)
        self.senders = [sender for sender in given.senders if sender.answers]

    def _check(self, holds: object, sentence: str) -> None:
        if not holds:
            self.wrong.append(sentence)

    # ---- The records ----

    def runs(self) -> list[Run]:
        return [records.run_of(item) for (_, sort_key), item in self.items.items() if sort_key == "RUN"]

    def _steps(self, run: Run) -> list[Step]:
        return [
            records.step_of(self.items[key])
            for key in sorted(self.items)
            if key[0] == run.run_id and key[1][:5] == "STEP#"
        ]

    def _waits(self, run: Run) -> list[Wait]:
        return [
            records.wait_of(self.items[key])
            for key in sorted(self.items)
            if key[0] == run.run_id and key[1][:5] == "WAIT#"
        ]

    # ---- The invariants ----

    def woken(self) -> None:
        """4. Before any timer ends: no execution waits for what has come already, or for a run that has ended."""
        for execution in self.world.machines.executions.values():
            if execution.status != "RUNNING":
                continue
            run_id, at = execution.data["run_id"], execution.data["at"]
            status = self.items[run_id, "RUN"]["status"]["S"]
            # One in Delay ends with its delay, as nobody can wake it.
            if execution.token:
                wait = records.wait_of(self.items[run_id, f"WAIT#{at['wait']}"])
                open_still = wait.outcome in (None, "elapsed")
                self._check(open_still, f"4: {wait.wait} is {wait.outcome}, and nobody wakes its run")
                self._check(status not in ENDED, f"4: the run has {status}, and its execution waits on")

    def told(self) -> None:
        """1 and 2. The outcome of a wait, and what each sender was told of it."""
        for sender in self.senders:
            for status, answer in sender.answers:
                self._check(status in ANSWERS[sender.intent], f"2: {sender.name} was answered {status}: {answer}")
            if sender.intent in OUTCOMES:
                self._told_of_wait(sender)
            elif sender.intent == "stop" and sender.status == 200:
                run = self._run()
                self._check(run.status == "cancelled", f"2: {sender.name} has cancelled a run that is {run.status}")
        first = [sender for sender in self.senders if any(answer.get("first") for _, answer in sender.answers)]
        once = len({sender.key or sender.name for sender in first}) <= 1
        self._check(once, f"1: {len(first)} senders were told that they were first")

    def _run(self) -> Run:
        return next(run for run in self.runs() if run.run_id == self.given.run_id)

    def _told_of_wait(self, sender: Sender) -> None:
        name = sender.path.split("/")[3]
        item = self.items.get((self.given.run_id, f"WAIT#{name}"), {})
        wait = records.wait_of(item)
        status, answer = sender.status, sender.answer
        if status == 200:
            same = (answer["outcome"], answer["at"]) == (wait.outcome, wait.outcome_at)
            self._check(same, f"2: {sender.name} was told {answer['outcome']}; it is {wait.outcome} {wait.outcome_at}")
            self._check(
                answer["outcome"] == OUTCOMES[sender.intent], f"2: {sender.name} was told 200 of the other link"
            )
            if answer["first"] and sender.intent == "resume":
                self._check(self._sent(wait) == sender.body, f"3: {sender.name} was first, and its request is not kept")
        elif status == 409 and wait.outcome:
            named = wait.outcome_at in answer["error"]
            self._check(named, f"2: {sender.name} was not told that {wait.outcome} was first: {answer['error']}")
        if wait.outcome == "resumed" and self._sent(wait) == sender.body:
            self._check(status == 200, f"2: {sender.name}'s request has won, and it was told {status}")

    def _sent(self, wait: Wait) -> Any:
        return payloads.get(wait.request)["body"] if wait.request else None

    def hooked(self) -> None:
        """3. Each accepted event is the event of a run; requests with one key are one run."""
        hooks = [sender for sender in self.senders if sender.intent == "hook"]
        by_id = {run.run_id: run for run in self.runs()}
        for sender in hooks:
            run = by_id.get(sender.answer["run_id"])
            event = payloads.get(run.trigger) if run else {}
            self._check(event.get("body") == sender.body, f"3: {sender.name}'s event is not that of its run")
        keyed = [sender for sender in hooks if sender.key]
        if keyed:
            self._check(len(by_id) == 1, f"2: one key has started {len(by_id)} runs")
            self._check({sender.answer["run_id"] for sender in keyed} == set(by_id), "2: one key, several answers")

    def ended(self) -> None:
        """4. Every run has ended, in a way that somebody wanted or a fault explains, and nothing of it goes on."""
        for execution in self.world.machines.executions.values():
            self._check(execution.status != "RUNNING", f"4: {execution.name} is left in {execution.state}")
        for run in self.runs():
            self._check(run.status in ENDED and run.ended_at, f"4: the run is left {run.status}")
            self._check("waiting" not in self.items[run.run_id, "RUN"], "4: the run is still listed as waiting")
            waits = self._waits(run)
            cancels = {wait.outcome for wait in waits} & {"cancelled"}
            stops = [sender for sender in self.given.senders if sender.intent == "stop"]
            timed_out = any(step.pause and step.pause.on_timeout == "cancel" for step in self._steps(run))
            if run.status == "cancelled":
                aborted = self.scenario.name.startswith("word")
                self._check(cancels or stops or timed_out or aborted, "4: the run is cancelled, and nobody wanted it")
            if cancels:
                self._check(run.status == "cancelled", f"4: its wait was cancelled, and the run has {run.status}")
            if run.status == "failed":
                self._check(self.dead or self.scenario.may_fail, f"4: the run has failed: {run.failure}")
            paused = {wait for run_id, wait in self.world.pauses if run_id == run.run_id}
            self._check(run.pauses == len(paused), f"5: the run has paused {run.pauses} times, for {len(paused)} waits")
            for wait in waits:
                self._kept(run, wait)

    def _kept(self, run: Run, wait: Wait) -> None:
        """3. What ended a wait is what the run goes on with."""
        index, attempt = map(int, wait.wait.rstrip(RETRY).split("."))
        again = run.retried
        # Of an attempt that died before it got to its wait: its links are void, and nothing comes of them.
        void = again and (again.index, again.run - 1) == (index, attempt) and again.wait != wait.wait
        if run.status != "succeeded" or wait.outcome != "resumed" or void:
            return
        steps = {step.name: payloads.get(step.exports) for step in self._steps(run)}
        asked = self._steps(run)[index]
        if asked.name == "poll":
            shown = [steps["poll"]["$return_value"].get("callback")]
        elif asked.name == "ask":
            shown = [payloads.get(asked.resume_data) if asked.resume_data else None]
            if "tell" in steps:
                shown.append(steps["tell"]["$return_value"]["resume"])
        else:
            return
        for each in shown:
            self._check(each and each["body"] == self._sent(wait), f"3: the run went on with {json.dumps(each)[:80]}")

    def ran(self) -> None:
        """5. No code runs again when its result is stored."""
        again = [code for code in self.world.codes if code.stored]
        self._check(not again, f"5: {', '.join(f'{code.step} (turn {code.turn})' for code in again)} ran again")
