"""The report's remarks on a workflow's triggers, whose configuration is not in the files."""

from collections.abc import Iterator

from importer.workflow import Outcome, Remark

SCHEDULE = """\
  schedule{number}:
    expression: cron(0 9 ? * MON-FRI *)  # or rate(15 minutes)
    timezone: Europe/Berlin"""

RULE = """\
      Source{number}:
        Type: EventBridgeRule
        Properties:
          Pattern:
            source: [aws.s3]
            detail-type: [Object Created]"""


def remarks(triggers: tuple[str, ...], workflow: str) -> Iterator[Remark]:
    """A remark on each trigger, by the kind in its id."""
    for trigger in triggers:
        yield _remark(trigger, workflow)
    lines: list[str] = []
    schedules = list(_numbered(SCHEDULE, "ti_", triggers))
    if schedules:
        lines += ["schedule:", *schedules]
    rules = list(_numbered(RULE, "dc_", triggers))
    if rules:
        lines += ["resource:", "  Properties:", "    Events:", *rules]
    if lines:
        what = "Its timers and sources in workflow.yaml: put in their schedules and patterns."
        head = f"# functions/{workflow}/workflow.yaml, and then make sync:"
        yield Remark(Outcome.DECISION, "triggers", what, "\n".join([head, *lines]))
    if not triggers:
        yield Remark(
            Outcome.DECISION,
            "triggers",
            "The file has no trigger. The workflow has a hook URL, like every workflow.",
            f"GET /workflows   # hook_url of {workflow}",
        )


def _numbered(lines: str, kind: str, triggers: tuple[str, ...]) -> Iterator[str]:
    """The lines for each trigger of a kind. From the second on, a number distinguishes them."""
    for at in range(1, sum(trigger.startswith(kind) for trigger in triggers) + 1):
        yield lines.format(number=at if at > 1 else "")


def _remark(trigger: str, workflow: str) -> Remark:
    what = "A trigger of an unknown kind; its configuration is not in the files."
    write = ""
    if trigger.startswith("hi_"):
        what = (
            "An HTTP trigger. It has a new URL, which its callers need; its path, authorization and response are not "
            "in the files."
        )
        write = f"GET /workflows   # hook_url of {workflow}; make local prints it"
    elif trigger.startswith("ti_"):
        what = "A timer, whose schedule is not in the files. See docs/schedules.md."
    elif trigger.startswith("ei_"):
        what = (
            "An e-mail trigger. Interlude can't receive mail: use SES, or a service that turns mail into requests, to "
            "call the hook URL."
        )
        write = f"GET /workflows   # hook_url of {workflow}"
    elif trigger.startswith("dc_"):
        what = (
            "An event source, which is not in the files. Let the service call the hook URL if it has webhooks, or "
            "start the workflow with an EventBridge rule. See docs/schedules.md."
        )
    return Remark(Outcome.DECISION, f"trigger {trigger or '(without an id)'}", what, write)
