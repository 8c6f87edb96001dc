"""A changed template is deployed while runs wait: they finish as they began, and new runs are all new.

The change is one deployment with everything in it: other code in each step, a new layer, another parameter, a step
added, a step removed from its workflow, two steps the other way around, a step removed from the template, and a
workflow removed.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.deploys.deployments import Deployment, Deployments, deployed
from tests.e2e.client import Interlude, Run, returned

ASK = """
def handler(pd):
    return {"code": CODE, **pd.flow.suspend(3_600_000)}
"""
TELL = """
import os
def handler(pd):
    return {
        "code": CODE,
        "layer": pd.context["platform_version"].split()[0],
        "parameter": os.environ["SUSPEND_TIMEOUT_ACTION"],
        "steps": [name for name in pd.steps if name != "trigger"],
    }
"""
POLL = """
import os
def handler(pd):
    seen = [*(pd.context["run"]["context"] or []), CODE]
    if os.path.exists(pd.steps["trigger"]["event"]["body"]["until"]):
        return {"codes": sorted(set(seen)), "runs": len(seen)}
    pd.flow.rerun(0, seen, 1_000_000)
"""
FAIL = """
def handler(pd):
    raise ValueError("The code is wrong.")
"""


def old(text: str) -> str:
    return text.replace("CODE", '"old"')


def new(text: str) -> str:
    return text.replace("CODE", '"new"')


BEFORE = Deployment(
    {
        "asking": {"ask": old(ASK), "tell": old(TELL)},
        "polling": {"poll": old(POLL), "tell": old(TELL), "bye": old(TELL)},
        "swapping": {"tell": old(TELL), "ask": old(ASK)},
        "failing": {"ask": old(ASK), "work": FAIL, "tell": old(TELL)},
        "cutting": {"ask": old(ASK), "cut": old(TELL)},
        "leaving": {"ask": old(ASK)},
    },
    platform_version="old-layer",
    turns_per_execution=3,
)
AFTER = Deployment(
    {
        "asking": {"ask": new(ASK), "check": new(TELL), "tell": new(TELL)},
        "polling": {"poll": new(POLL), "tell": new(TELL), "bye": new(TELL)},
        "swapping": {"tell": new(TELL), "ask": new(ASK)},
        "failing": {"ask": new(ASK), "work": new(TELL), "tell": new(TELL)},
        "cutting": {"ask": new(ASK)},
        "leaving": {"ask": new(ASK)},
    },
    steps={"polling": ["poll", "tell"], "swapping": ["ask", "tell"], "leaving": []},
    platform_version="new-layer",
    parameters={"SuspendTimeoutAction": "cancel"},
)


@dataclass
class Redeployed:
    """The stack after its change, and what was there before: a run of each workflow that waits, and its links."""

    interlude: Interlude
    deployments: Deployments
    runs: dict[str, Run]
    links: dict[str, dict[str, str]]
    job: Path
    """A file that the polls wait for."""

    def click(self, workflow: str) -> dict[str, Any]:
        """Opens the link of before, and returns the run's end."""
        answer = self.interlude.public.post(self.links[workflow]["resume_url"], json={"said": "yes"})
        assert answer.status_code == 200, answer.text
        return self.runs[workflow].end()


@pytest.fixture(scope="module")
def redeployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redeployed]:
    folder = tmp_path_factory.mktemp("deployments")
    with deployed(folder, BEFORE) as deployments:
        interlude = Interlude(deployments.url)
        job = folder / "job is done"
        waiting = ("asking", "swapping", "failing", "cutting", "leaving")
        runs = {workflow: interlude.start(workflow, {}) for workflow in waiting}
        links = {workflow: run.links() for workflow, run in runs.items()}
        runs["polling"] = interlude.start("polling", {"until": str(job)})
        runs["ended by AWS"] = interlude.start("leaving", {})
        runs["ended by AWS"].until("paused")
        deployments.deploy(AFTER)
        yield Redeployed(interlude, deployments, runs, links, job)
        job.touch()
        interlude.close()


def test_a_run_that_waited_ends_on_its_old_code_its_old_steps_its_old_layer_and_its_old_parameters(
    redeployed: Redeployed,
):
    """A link from before is opened after. The step that was added in the middle is none of this run's."""
    run = redeployed.click("asking")

    assert run["status"] == "succeeded"
    assert [step["name"] for step in run["steps"]] == ["ask", "tell"]
    assert run["steps"][0]["exports"]["$resume_data"]["body"] == {"said": "yes"}
    assert returned(run, "tell") == {"code": "old", "layer": "old-layer", "parameter": "resume", "steps": ["ask"]}


def test_a_run_that_begins_after_the_deployment_is_all_new(redeployed: Redeployed):
    """Code, steps, layer and parameters."""
    run = redeployed.interlude.start("asking", {})
    run.resume()

    ended = run.until("succeeded")
    assert [step["name"] for step in ended["steps"]] == ["ask", "check", "tell"]
    assert returned(ended, "tell") == {
        "code": "new",
        "layer": "new-layer",
        "parameter": "cancel",
        "steps": ["ask", "check"],
    }


def test_a_poll_ends_on_its_old_code_through_executions_that_began_after_the_deployment(redeployed: Redeployed):
    """It rolls over each three turns. The last of its steps is no step of the workflow any more."""
    run = redeployed.runs["polling"]
    seen = run.get()["steps"][0]["runs"]
    run.wait_until(lambda seen_now: seen_now["steps"][0]["runs"] > seen + 6, "two more executions")
    redeployed.job.touch()

    ended = run.until("succeeded")
    assert [step["name"] for step in ended["steps"]] == ["poll", "tell", "bye"]
    assert returned(ended, "poll")["codes"] == ["old"]
    assert returned(ended, "bye")["code"] == "old"
    assert returned(ended, "bye")["layer"] == "old-layer"


def test_a_run_ends_in_its_old_order(redeployed: Redeployed):
    """Its last step is the first one now."""
    run = redeployed.click("swapping")

    assert (run["status"], [step["name"] for step in run["steps"]]) == ("succeeded", ["tell", "ask"])
    assert returned(run, "ask")["code"] == "old"


def test_a_retry_is_the_way_from_old_code_to_new(redeployed: Redeployed):
    """The run fails on its old code, and goes on from there on the new; what was done before stays."""
    failed = redeployed.click("failing")
    assert (failed["status"], failed["error"]["message"]) == ("failed", "The code is wrong.")

    answer = redeployed.runs["failing"].retry()

    assert answer.status_code == 202, answer.text
    ended = redeployed.runs["failing"].until("succeeded")
    assert returned(ended, "ask")["code"] == "old"
    assert (returned(ended, "work")["code"], returned(ended, "tell")["code"]) == ("new", "new")
    assert returned(ended, "tell")["layer"] == "new-layer"


def test_a_run_whose_step_has_left_the_template_fails_there_and_says_so(redeployed: Redeployed):
    """Lambda has deleted every version with the function. This is what upgrading.md warns of."""
    run = redeployed.click("cutting")

    assert (run["status"], run["error"]["step"]) == ("failed", "cut")
    assert run["error"]["type"] == "Lambda.ResourceNotFoundException"
    assert redeployed.runs["cutting"].retry().status_code == 409


def test_a_workflow_that_has_left_the_template_starts_no_run_and_its_runs_can_still_be_read_and_cancelled(
    redeployed: Redeployed,
):
    """AWS ends its executions at their next transition; until somebody opens a link they wait."""
    interlude, run = redeployed.interlude, redeployed.runs["leaving"]

    assert "leaving" not in [workflow["name"] for workflow in interlude.workflows()]
    assert interlude.public.post(interlude.hooks["leaving"]).status_code == 404
    assert run.get()["status"] == "paused"
    assert run.stop().status_code == 200
    assert run.get()["status"] == "cancelled"


def test_a_run_that_aws_ends_with_its_state_machine_is_closed_as_failed(redeployed: Redeployed):
    """EventBridge tells of the execution, which Step Functions may know no more."""
    run, aws_endpoint = redeployed.runs["ended by AWS"], redeployed.deployments.aws_endpoint
    states = "arn:aws:states:us-east-1:123456789012"
    detail = {
        "executionArn": f"{states}:execution:interlude-leaving:{run.id}",
        "stateMachineArn": f"{states}:stateMachine:interlude-leaving",
        "name": run.id,
        "status": "FAILED",
        "input": "{}",
    }
    lambda_ = boto3.client("lambda", region_name="us-east-1", endpoint_url=aws_endpoint)

    answer = lambda_.invoke(FunctionName="interlude-failures", Payload=json.dumps({"detail": detail}))

    assert "FunctionError" not in answer
    ended = run.until("failed")
    assert (ended["error"]["type"], ended["wait"]) == ("States.Runtime", None)
    assert ended["error"]["message"] == "The execution was ended together with its state machine."
