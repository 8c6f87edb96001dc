"""The one module that calls Step Functions: machines, their executions, and the tokens that wake them."""

import json
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from interlude import clock
from interlude.aws.busy import is_busy
from interlude.aws.clients import client
from interlude.errors import BadOption, CannotWake, UnknownRun, UnknownWorkflow
from interlude.models import Run, Stored
from interlude.options import WORKFLOW, Options
from interlude.settings import settings

CANCELLED = "Cancelled"
"""The error that Park's Catch takes to the state Cancelled."""


NOT_BEGUN_MS = 600_000
"""How long a run that failed before its item was written is told of."""

RUN_ID = re.compile(rf"(?P<workflow>{WORKFLOW.pattern})-[0-9a-f]{{12}}-[0-9a-f]{{16}}")


@dataclass(frozen=True, slots=True)
class Machine:
    """A workflow's state machine. `pinned` is what a run that starts now would be pinned to: step=ARN,step=ARN…

    `options` are words as the template has them.
    """

    workflow: str
    pinned: str
    options: str

    @property
    def steps(self) -> dict[str, str]:
        """The function version of each step, by the step's name, in order; without what `mistake` names."""
        pairs = (entry.partition("=") for entry in self.pinned.split(","))
        return {name: version for name, _, version in pairs if name and version}

    @property
    def mistake(self) -> str:
        """One sentence on what is wrong in the template, so that runs or hooks of the workflow fail; else empty."""
        for entry in self.pinned.split(","):
            name, _, version = entry.partition("=")
            if not (name and version):
                return f"Steps has {entry!r}; each step must be name=${{Function.Version}}, with commas between them."
        try:
            Options.parse(self.options)
        except BadOption as error:
            return str(error)
        return ""


def check_name(workflow: str) -> None:
    """Raises UnknownWorkflow for what no workflow can be called, and no request to AWS should hold."""
    if not WORKFLOW.fullmatch(workflow):
        raise UnknownWorkflow(workflow)


def new_run_id(workflow: str) -> str:
    """Readable in a list of executions, sorted by its begin, and unguessable by its end. Raises UnknownWorkflow."""
    check_name(workflow)
    return f"{workflow}-{clock.now_ms():012x}-{secrets.token_hex(8)}"


def names() -> list[str]:
    """The workflows of the stack, and of other stacks whose names begin with this stack's, by name."""
    prefix = settings().state_machine_arn_prefix
    pages = client("stepfunctions").get_paginator("list_state_machines").paginate()
    arns = [found["stateMachineArn"] for page in pages for found in page["stateMachines"]]
    return sorted(arn.removeprefix(prefix) for arn in arns if arn.startswith(prefix))


def machine(workflow: str) -> Machine:
    """Reads the steps where they stand: in Begin, as DefinitionSubstitutions filled it in. Raises UnknownWorkflow."""
    sfn = client("stepfunctions")
    try:
        definition = sfn.describe_state_machine(stateMachineArn=_arn(workflow))["definition"]
    except (sfn.exceptions.StateMachineDoesNotExist, sfn.exceptions.InvalidArn):
        raise UnknownWorkflow(workflow) from None
    begin = json.loads(definition)["States"].get("Begin", {}).get("Parameters", {})
    # Another stack's, whose name begins with this stack's name, or somebody's own.
    if begin.get("TableName") != settings().table:
        raise UnknownWorkflow(workflow)
    return Machine(workflow, begin["Item"]["steps"]["S"], begin["Item"]["options"]["S"])


def start(workflow: str, run_id: str, text: str) -> None:
    """Starts a run with the JSON text of its event, if it has not been started already. Raises UnknownWorkflow."""
    sfn = client("stepfunctions")
    try:
        with suppress(sfn.exceptions.ExecutionAlreadyExists):
            sfn.start_execution(stateMachineArn=_arn(workflow), name=run_id, input=text)
    except (
        sfn.exceptions.StateMachineDoesNotExist,
        sfn.exceptions.StateMachineDeleting,
        sfn.exceptions.InvalidArn,
    ):
        raise UnknownWorkflow(workflow) from None


def arn_of(workflow: str, name: str) -> str:
    """The ARN of a workflow's execution."""
    return f"{_arn(workflow).replace(':stateMachine:', ':execution:')}:{name}"


def rolled_over_to(workflow: str, run_id: str, turn: int) -> str:
    """The ARN of the execution that the state Roll over starts, whose name is made from this."""
    return arn_of(workflow, sha256(f"{run_id}.{turn}".encode()).hexdigest())


def exists(execution: str) -> bool:
    """Whether an execution has been started. Not of one that ended more than 90 days ago."""
    sfn = client("stepfunctions")
    try:
        sfn.describe_execution(executionArn=execution)
    except sfn.exceptions.ExecutionDoesNotExist:
        return False
    return True


def not_begun(run_id: str, workflow: str = "") -> Run:
    """A run that was started a moment ago, and whose item is not there yet. Raises UnknownRun.

    Its id tells its workflow only where the API has started it.
    """
    ours = RUN_ID.fullmatch(run_id)
    if not (workflow or ours):
        raise UnknownRun(run_id)
    sfn, workflow = client("stepfunctions"), workflow or (ours["workflow"] if ours else "")
    try:
        arn = arn_of(workflow, run_id)
        found = sfn.describe_execution(executionArn=arn)
        begun_with = machine(workflow)
    except (sfn.exceptions.ExecutionDoesNotExist, sfn.exceptions.InvalidArn, UnknownWorkflow):
        raise UnknownRun(run_id) from None
    failed = found["status"] in ("FAILED", "TIMED_OUT", "ABORTED")
    stopped = int(found["stopDate"].timestamp() * 1000) if failed else clock.now_ms()
    if found["status"] == "SUCCEEDED" or clock.now_ms() - stopped > NOT_BEGUN_MS:
        raise UnknownRun(run_id)  # it has begun, and its item has expired since
    error = {"Error": found.get("error", ""), "Cause": found.get("cause", "")}
    return Run(
        run_id=run_id,
        workflow=workflow,
        status="failed" if failed else "running",
        started_at=clock.iso(int(found["startDate"].timestamp() * 1000)),
        execution=arn,
        url_key="",
        steps=begun_with.pinned,
        options=begun_with.options,
        trigger=Stored(text=found["input"]),
        ended_at=clock.iso(stopped) if failed else "",
        failure=json.dumps({"at": {"index": 0, "run": 0, "wait": ""}, "error": error}) if failed else "",
    )


def error_of(execution: str) -> dict[str, str]:
    """What an execution has failed of, as a Catch of the state machine is told: `{"Error", "Cause"}`."""
    sfn = client("stepfunctions")
    try:
        found = sfn.describe_execution(executionArn=execution)
    except sfn.exceptions.ExecutionDoesNotExist:  # its state machine has left the template
        return {"Error": "States.Runtime", "Cause": "The execution was ended together with its state machine."}
    return {"Error": found.get("error") or found["status"], "Cause": found.get("cause", "")}


def wake(task_token: str, cancel: bool) -> None:
    """Ends the state Park. A token that has served already, or whose time is up, is left alone: somebody was first."""
    sfn = client("stepfunctions")
    try:
        if cancel:
            sfn.send_task_failure(taskToken=task_token, error=CANCELLED)
        else:
            sfn.send_task_success(taskToken=task_token, output="{}")
    except (sfn.exceptions.TaskTimedOut, sfn.exceptions.TaskDoesNotExist, sfn.exceptions.InvalidToken):
        pass
    except sfn.exceptions.ClientError as error:
        # Not with its message, which may quote the token, and will be in a log.
        code = error.response["Error"]["Code"]
        raise CannotWake(error.operation_name, code, busy=is_busy(error)) from None


def stop(execution: str) -> None:
    """Stops an execution, wherever it is. One that has ended stays as it is."""
    sfn = client("stepfunctions")
    with suppress(sfn.exceptions.ExecutionDoesNotExist):
        sfn.stop_execution(executionArn=execution, error=CANCELLED, cause="The run was cancelled through the API.")


def _arn(workflow: str) -> str:
    check_name(workflow)
    return settings().state_machine_arn_prefix + workflow
