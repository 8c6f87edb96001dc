"""The schedules of a workflow: what its file says of them, and the events that its machine gets for them."""

import json
import re
import zoneinfo
from collections.abc import Collection, Iterator

from ruamel.yaml.comments import CommentedMap

from sync import names
from sync.document import Mapping
from sync.nodes import sub
from sync.workflow import Schedule, Workflow

KEYS = ("expression", "timezone")
NAME_LENGTH = 64
CRON_FIELDS = 6
"""Of EventBridge Scheduler."""

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_CRON = re.compile(r"cron\((?P<fields>[^()]+)\)")
_RATE = re.compile(r"rate\((?P<number>[1-9][0-9]*) (?P<unit>minute|hour|day)s?\)")
_TIMEZONE = re.compile(r"[A-Za-z0-9_+/-]{1,50}")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}

DUE = "<aws.scheduler.scheduled-time>"
"""Scheduler puts the time in its place."""


def read(mapping: Mapping, workflow: str) -> Iterator[Schedule]:
    """Of a mapping of names to expressions, or to mappings with KEYS. Raises Refused."""
    room = NAME_LENGTH - len(f"{names.STACK}-{workflow}-")
    for name in mapping.node:
        if not _NAME.fullmatch(name) or len(name) > room:
            text = f"A schedule is called {name!r}; its name must have 1 to {room} letters, digits, _ and -."
            raise mapping.refusal(name, text)
        if isinstance(mapping.node[name], str):
            schedule = Schedule(name, mapping.text(name))
            _check(schedule, mapping, name)
        else:
            inner = mapping.mapping(name, KEYS)
            schedule = Schedule(name, inner.text("expression"), inner.text("timezone"))
            _check(schedule, inner, "expression")
        yield schedule


def _check(schedule: Schedule, mapping: Mapping, key: str) -> None:
    expression = schedule.expression
    if not _RATE.fullmatch(expression) and len(_fields(expression).split()) != CRON_FIELDS:
        form = "it must be such as cron(0 9 ? * MON-FRI *), which has six fields, or rate(15 minutes)"
        raise mapping.refusal(key, f"The expression of schedule {schedule.name} is {expression!r}; {form}.")
    if schedule.timezone and not _is_timezone(schedule.timezone):
        text = f"The timezone of schedule {schedule.name} is {schedule.timezone!r}; it must be such as Europe/Berlin."
        raise mapping.refusal("timezone", text)


def events(workflow: Workflow, other_events: Collection[str]) -> CommentedMap:
    """The Events of a machine, which are called otherwise than its `other_events`.

    A workflow that is off has its schedules off, too.
    """
    nodes = CommentedMap()
    for schedule in workflow.schedules:
        properties = CommentedMap()
        properties["Name"] = sub(f"${{AWS::StackName}}-{workflow.name}-{schedule.name}")
        properties["ScheduleExpression"] = schedule.expression
        if schedule.timezone:
            properties["ScheduleExpressionTimezone"] = schedule.timezone
        if "off" in workflow.options.split():
            properties["State"] = "DISABLED"
        properties["Input"] = _input(schedule)
        logical_id = names.logical_id({*nodes, *other_events}, schedule.name)
        nodes[logical_id] = CommentedMap(Type="ScheduleV2", Properties=properties)
    return nodes


def _input(schedule: Schedule) -> str:
    """What a step gets to know of its schedule: Scheduler itself says only when it was due."""
    about: dict[str, str | int] = {"name": schedule.name}
    rate = _RATE.fullmatch(schedule.expression)
    if rate:
        about["interval_seconds"] = int(rate["number"]) * _SECONDS[rate["unit"]]
    else:
        about["cron"] = _fields(schedule.expression)
    if schedule.timezone:
        about["timezone"] = schedule.timezone
    about["time"] = DUE
    return json.dumps({"interlude_schedule": about}, ensure_ascii=False)


def _fields(cron: str) -> str:
    match = _CRON.fullmatch(cron)
    return match["fields"] if match else ""


def _is_timezone(name: str) -> bool:
    """A system may have no time zones to compare with."""
    timezones = zoneinfo.available_timezones()
    if timezones:
        return name in timezones
    return _TIMEZONE.fullmatch(name) is not None
