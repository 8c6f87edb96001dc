"""Runs that a schedule or an event of EventBridge starts."""

import json
import re
from datetime import datetime

import boto3
import pytest

from tests.waiting import eventually

from .client import Interlude, Run, returned
from .server import Server

DAILY = "interlude-attending-daily"


@pytest.mark.usefixtures("server")
def test_the_schedules_of_the_template_are_listed(own_steps: Interlude) -> None:
    """What starts when, and whether it would."""
    listed = own_steps.signed.get("/local/schedules").json()["schedules"]

    assert {
        "name": DAILY,
        "state_machine": "interlude-attending",
        "expression": "cron(0 9 * * ? *)",
        "timezone": "Europe/Berlin",
        "state": "ENABLED",
    } in listed


@pytest.mark.usefixtures("server")
def test_a_schedule_can_be_started_now(own_steps: Interlude) -> None:
    """The step sees a timer's event with the time of now, in the schedule's own zone."""
    answer = own_steps.signed.post(f"/local/schedules/{DAILY}")

    assert answer.status_code == 202
    run_id = answer.json()["run_id"]
    # The name is Scheduler's: nothing tells of it which machine to ask before the run has begun.
    eventually(lambda: own_steps.signed.get(f"/runs/{run_id}").status_code, lambda status: status == 200, "a begin")
    ended = Run(own_steps, run_id).until("succeeded")
    event = returned(ended, "attend")
    assert (event["name"], event["cron"]) == ("daily", "0 9 * * ? *")
    assert event["timezone_configured"]["timezone"] == "Europe/Berlin"
    moment = datetime.fromisoformat(event["timezone_configured"]["iso8601"]["timestamp"])
    assert int(moment.timestamp()) == event["timestamp"]
    assert ended["trigger"]["event"] == event


@pytest.mark.usefixtures("server")
def test_a_schedule_that_is_not_there_is_404(own_steps: Interlude) -> None:
    """And those that are there are named."""
    answer = own_steps.signed.post("/local/schedules/weekly")

    assert (answer.status_code, answer.json()) == (
        404,
        {"message": f"There is no schedule 'weekly'; there is {DAILY}."},
    )


def test_an_event_of_eventbridge_starts_the_workflow_whose_rule_takes_it(own_steps: Interlude, server: Server) -> None:
    """The event as it is, put by whoever speaks with AWS, is the trigger event."""
    endpoint = re.search(r"--endpoint-url (\S+) ", server.log)
    assert endpoint
    events = boto3.client(
        "events", "us-east-1", endpoint_url=endpoint[1], aws_access_key_id="x", aws_secret_access_key="x"
    )
    entry = {"Source": "shop", "DetailType": "Order Placed"}

    entries = [{**entry, "Detail": json.dumps({"total": total})} for total in (99, 250)]
    small, large = (put["EventId"] for put in events.put_events(Entries=entries)["Entries"])

    def started() -> list[str]:
        listed = own_steps.signed.get("/runs", params={"workflow": "attending", "limit": 100}).json()["runs"]
        return [each["run_id"] for each in listed if each["run_id"].startswith((small, large))]

    [run_id] = eventually(started, bool, "the run of the event")
    event = returned(Run(own_steps, run_id).until("succeeded"), "attend")
    assert run_id.startswith(large)
    assert (event["source"], event["detail-type"], event["detail"]) == ("shop", "Order Placed", {"total": 250})
