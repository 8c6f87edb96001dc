"""The schedules of the stack. No clock fires them here: whoever wants a run of one starts it.

Called by own_routes. Calls moto's Scheduler and Step Functions in this process, and asks moto_differences.iam.
"""

import json
import os
import secrets
from typing import Any

from moto.scheduler.models import Schedule, scheduler_backends
from moto.stepfunctions.responses import get_backend as step_functions_backend

from local.clock import iso, now_ms
from local.errors import LocalError
from local.moto_differences import iam

_ACCOUNT = "123456789012"


class UnknownSchedule(LocalError):
    """The stack has no schedule of this name."""


def listed() -> list[dict[str, Any]]:
    """Name, state machine, expression, time zone and state of each, by name."""
    return [
        {
            "name": schedule.name,
            "state_machine": schedule.target["Arn"].rpartition(":")[2],
            "expression": schedule.schedule_expression,
            "timezone": schedule.schedule_expression_timezone,
            "state": schedule.state,
        }
        for schedule in _schedules()
    ]


def start(name: str) -> str:
    """Starts what a schedule starts, whatever its state, with the Input that Scheduler would send now.

    Returns the run's id. Raises UnknownSchedule, and LocalError where Step Functions would not take the Input.
    """
    schedule = next((each for each in _schedules() if each.name == name), None)
    if schedule is None:
        known = ", ".join(each.name for each in _schedules()) or "none"
        raise UnknownSchedule(f"There is no schedule {name!r}; there is {known}.")
    text = _filled_in(schedule.target.get("Input") or "{}", schedule)
    try:
        json.loads(text)
    except ValueError as error:
        raise LocalError(f"The schedule {name} has an Input that is no JSON: {error}.") from None
    if not iam.may(schedule.target["RoleArn"], "states:StartExecution", schedule.target["Arn"]):
        raise LocalError(f"The schedule {name} has a RoleArn that may not start {schedule.target['Arn']}.")
    backend: Any = step_functions_backend(_ACCOUNT, _region())
    return str(backend.start_execution(schedule.target["Arn"], execution_input=text).name)


def _region() -> str:
    return os.environ.get("AWS_REGION") or "us-east-1"


def _schedules() -> list[Schedule]:
    groups = scheduler_backends[_ACCOUNT][_region()].schedule_groups.values()
    every = [schedule for group in groups for schedule in group.schedules.values()]
    return sorted(every, key=lambda schedule: schedule.name)


def _filled_in(text: str, schedule: Schedule) -> str:
    """The Input with the context attributes that Scheduler replaces in it."""
    attributes = {
        "schedule-arn": schedule.arn,
        "scheduled-time": f"{iso(now_ms())[:19]}Z",
        "execution-id": secrets.token_hex(8),
        "attempt-number": "1",
    }
    for attribute, value in attributes.items():
        text = text.replace(f"<aws.scheduler.{attribute}>", value)
    return text
