"""The one module that calls Step Functions: machines, their executions, and the tokens that wake them."""

import json
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256

from interlude import clock
from interlude.aws.busy import is_busy
from interlude.aws.clients import client
from interlude.errors import BadOption, CannotWake, UnknownRun, UnknownWorkflow
from interlude.models import Run, Stored
from interlude.options import WORKFLOW, Options
from interlude.settings import settings

CANCELLED = "Cancelled"
"""The error that Park's Catch routes to the state Cancelled."""

NOT_BEGUN_MS = 600_000
"""How long a run that failed before its item was written can be described."""

RUN_ID = re.compile(rf"(?P<workflow>{WORKFLOW.pattern})-[0-9a-f]{{12}}-[0-9a-f]{{16}}")


@dataclass(frozen=True, slots=True)
class Machine:
    """A workflow's state machine. `pinned` are the versions for a run that starts now: step=ARN,step=ARN…

    `options` are the words in the template.
    """

    workflow: str
    pinned: str
    options: str

    @property
    def steps(self) -> dict[str, str]:
        """The function version of each step, by the step's name, in order; without the entry that `mistake` names."""
        pairs = (entry.partition("=") for entry in self.pinned.split(","))
        return {name: version for name, _, version in pairs if name and version}

    @property
    def mistake(self) -> str:
        """A sentence on a mistake in the template that makes runs or hooks of the workflow fail; else empty."""
        for entry in self.pinned.split(","):
            name, _, version = entry.partition("=")
            if not (name and version):
                return f"Steps has {entry!r}; each step must be name=${{Function.Version}}, separated by commas."
        try:
            Options.parse(self.options)
        except BadOption as error:
            return str(error)
        return ""


def check_name(workflow: str) -> None:
    """Raises UnknownWorkflow for an impossible name, before it gets into a request to AWS."""
    if not WORKFLOW.fullmatch(workflow):
        raise UnknownWorkflow(workflow)


def new_run_id(workflow: str) -> str:
    """A new run id: readable, sortable by time, and not guessable because of its end. Raises UnknownWorkflow."""
    check_name(workflow)
    return f"{workflow}-{clock.now_ms():012x}-{secrets.token_hex(8)}"


def names() -> list[str]:
    """The workflows of the stack, and of other stacks whose names begin with this stack's, by name."""
    prefix = settings().state_machine_arn_prefix
    pages = client("stepfunctions").get_paginator("list_state_machines").paginate()
    arns = [found["stateMachineArn"] for page in pages for found in page["stateMachines"]]
    return sorted(arn.removeprefix(prefix) for arn in arns if arn.startswith(prefix))


def machine(workflow: str) -> Machine:
    """Reads steps and options from the state Begin, where DefinitionSubstitutions put them. Raises UnknownWorkflow."""
    sfn = client("stepfunctions")
    try:
        definition = sfn.describe_state_machine(stateMachineArn=_arn(workflow))["definition"]
    except (sfn.exceptions.StateMachineDoesNotExist, sfn.exceptions.InvalidArn):
        raise UnknownWorkflow(workflow) from None
    begin = json.loads(definition)["States"].get("Begin", {}).get("Parameters", {})
    # The machine of another stack whose name begins with this stack's name, or a machine of another kind.
    if begin.get("TableName") != settings().table:
        raise UnknownWorkflow(workflow)
    return Machine(workflow, begin["Item"]["steps"]["S"], begin["Item"]["options"]["S"])


def start(workflow: str, run_id: str, text: str) -> None:
    """Starts a run with the JSON text of its event, unless it has been started already. Raises UnknownWorkflow."""
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
    """The ARN of the execution that the state Roll over starts. The state builds the name in the same way."""
    return arn_of(workflow, sha256(f"{run_id}.{turn}".encode()).hexdigest())


def exists(execution: str) -> bool:
    """Whether an execution was started. False for one that ended more than 90 days ago."""
    sfn = client("stepfunctions")
    try:
        sfn.describe_execution(executionArn=execution)
    except sfn.exceptions.ExecutionDoesNotExist:
        return False
    return True


def not_begun(run_id: str, workflow: str = "") -> Run:
    """A run that was started a moment ago, and whose item does not exist yet. Raises UnknownRun.

    Its id contains its workflow only if the API started it.
    """
    if not workflow:
        ours = RUN_ID.fullmatch(run_id)
        if not ours:
            raise UnknownRun(run_id)
        workflow = ours["workflow"]
    sfn = client("stepfunctions")
    try:
        arn = arn_of(workflow, run_id)
        found = sfn.describe_execution(executionArn=arn)
        begun_with = machine(workflow)
    except (sfn.exceptions.ExecutionDoesNotExist, sfn.exceptions.InvalidArn, UnknownWorkflow):
        raise UnknownRun(run_id) from None
    if found["status"] == "SUCCEEDED":
        raise UnknownRun(run_id)  # it has begun, and its item has expired since
    run = Run(
        run_id=run_id,
        workflow=workflow,
        status="running",
        started_at=clock.iso(int(found["startDate"].timestamp() * 1000)),
        execution=arn,
        url_key="",
        steps=begun_with.pinned,
        options=begun_with.options,
        trigger=Stored(text=found["input"]),
    )
    if found["status"] not in ("FAILED", "TIMED_OUT", "ABORTED"):
        return run
    stopped_ms = int(found["stopDate"].timestamp() * 1000)
    if clock.now_ms() - stopped_ms > NOT_BEGUN_MS:
        raise UnknownRun(run_id)
    error = {"Error": found.get("error", ""), "Cause": found.get("cause", "")}
    failure = json.dumps({"at": {"index": 0, "run": 0, "wait": ""}, "error": error})
    return replace(run, status="failed", ended_at=clock.iso(stopped_ms), failure=failure)


def error_of(execution: str) -> dict[str, str]:
    """The error of a failed execution, in the form that a Catch gets: `{"Error", "Cause"}`."""
    sfn = client("stepfunctions")
    try:
        found = sfn.describe_execution(executionArn=execution)
    except sfn.exceptions.ExecutionDoesNotExist:  # its state machine was removed from the template
        return {"Error": "States.Runtime", "Cause": "The execution was ended together with its state machine."}
    return {"Error": found.get("error") or found["status"], "Cause": found.get("cause", "")}


def wake(task_token: str, cancel: bool) -> None:
    """Ends the state Park. Does nothing for a token that was used already or has timed out: then Park has ended."""
    sfn = client("stepfunctions")
    try:
        if cancel:
            sfn.send_task_failure(taskToken=task_token, error=CANCELLED)
        else:
            sfn.send_task_success(taskToken=task_token, output="{}")
    except (sfn.exceptions.TaskTimedOut, sfn.exceptions.TaskDoesNotExist, sfn.exceptions.InvalidToken):
        pass
    except sfn.exceptions.ClientError as error:
        # Without its message, which may quote the token, and goes to the log.
        code = error.response["Error"]["Code"]
        raise CannotWake(error.operation_name, code, busy=is_busy(error)) from None


def stop(execution: str) -> None:
    """Stops an execution in any state. One that has ended stays unchanged."""
    sfn = client("stepfunctions")
    with suppress(sfn.exceptions.ExecutionDoesNotExist):
        sfn.stop_execution(executionArn=execution, error=CANCELLED, cause="The run was cancelled through the API.")


def _arn(workflow: str) -> str:
    check_name(workflow)
    return settings().state_machine_arn_prefix + workflow
