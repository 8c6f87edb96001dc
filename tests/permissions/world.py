"""The project's template on the local server in this process, with every verdict on its roles in sight."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import boto3

from local import moto_differences, server
from local.access.verdicts import Verdict, told
from tests import templates
from tests.e2e.client import ENDED, Interlude, Run
from tests.permissions.statements import Word, short, words
from tests.waiting import eventually

STEPS = Path(__file__).parent / "steps"
WORKFLOWS = {"permitted": ["act", "look"], "heeding": ["heed"], "managed": ["heed"], "stored": ["heed"]}
"""The last two have a hook that asks for signatures, whose secret is not there yet."""
OPTIONS = {
    "permitted": "on_error=heeding",
    "heeding": "quiet",
    "managed": "quiet verify=github:secretsmanager:repo",
    "stored": "quiet verify=github:ssm:repo",
}

T = TypeVar("T")


class Refused(AssertionError):
    """Something was not allowed."""


class World:
    """The running stack. `used` are the words of policies that have allowed something, `refused` what none allowed."""

    def __init__(self, running: server.Running) -> None:
        self.api = Interlude(running.url)
        self.stack = running.stack
        self.table, self.bucket = self.stack.outputs["RunsTable"], self.stack.outputs["PayloadsBucket"]
        self.used: set[Word] = set()
        self.refused: list[Verdict] = []
        self._statements = {(each.policy, each.statement): each.text for each in words() if each.kind == "statement"}
        session = boto3.Session("developer", "developer", region_name="us-east-1")
        self.sfn, self.s3, self.sqs, self.dynamodb, self.lambda_ = (
            session.client(name, endpoint_url=running.aws_endpoint)
            for name in ("stepfunctions", "s3", "sqs", "dynamodb", "lambda")
        )

    def note(self, verdict: Verdict) -> None:
        if not verdict.allowed:
            self.refused.append(verdict)
            return
        for grant in verdict.grants:
            policy = short(grant.policy.rpartition("/")[2])
            action, resource = grant.action, grant.resource
            self.used.add(
                Word(policy, grant.statement, "statement", self._statements.get((policy, grant.statement), ""))
            )
            for kind, text in (("action", action), ("resource", resource), ("pair", f"{action} on {resource}")):
                self.used.add(Word(policy, grant.statement, kind, text))

    def until(self, look: Callable[[], T], wanted: Callable[[T], Any]) -> T:
        """What is seen as soon as it is as wanted. Raises Refused as soon as something was not allowed."""

        def seen() -> T:
            found = look()
            if self.refused:
                raise Refused(refusal(self.refused[0]))
            return found

        return eventually(seen, wanted, "What the scenario waits for")

    def status(self, run: Run, wanted: str) -> dict[str, Any]:
        """The run, which has or gets this status."""
        seen = self.until(run.get, lambda seen: seen["status"] in (*ENDED, wanted))
        assert seen["status"] == wanted, seen
        return seen

    def act(self, do: str, **more: Any) -> Run:
        """A run of `permitted` whose first step does what the name says."""
        return self.api.start("permitted", {"do": do, **more})

    def perform(self, scenario: Callable[["World"], None]) -> None:
        """Runs a scenario until all that it has caused is over. Raises Refused, or what it fails with by itself."""
        self.refused.clear()
        failed: Exception | None = None
        try:
            scenario(self)
        except Exception as error:  # noqa: BLE001  # a refusal may show as anything
            failed = error
        moto_differences.all_delivered()
        refused = list(self.refused)
        self.stop()
        if refused:
            raise Refused(refusal(refused[0]))
        if failed:
            raise failed

    def stop(self) -> None:
        """Ends all executions. What is refused on the way is nobody's business."""
        for machine in self.stack.state_machines.values():
            for execution in self.sfn.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]:
                with suppress(self.sfn.exceptions.ExecutionDoesNotExist):
                    self.sfn.stop_execution(executionArn=execution["executionArn"])
        moto_differences.all_delivered()


def refusal(verdict: Verdict) -> str:
    return f"{short(verdict.role)}: {verdict.asked.action} on {verdict.asked.resource} {verdict.reason}"


@contextmanager
def running(folder: Path) -> Iterator[World]:
    """The stack, with the workflows of these tests."""
    with server.running(_write_template(folder), {"NotifyAddress": "you@example.com"}, say=lambda _line: None) as made:
        world = World(made)
        with told(world.note):
            yield world
        world.api.close()


def _write_template(folder: Path) -> Path:
    workflows = [templates.workflow(name, steps, str(STEPS / name), OPTIONS[name]) for name, steps in WORKFLOWS.items()]
    template = templates.with_workflows(workflows)
    for function in template["Resources"].values():
        if function["Properties"].get("Environment", {}).get("Variables", {}).get("STEP") == "heed":
            function["Properties"]["CodeUri"] = str(STEPS / "heeding")
    return templates.written(template, folder)
