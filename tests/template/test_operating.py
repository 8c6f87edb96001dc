"""The alarms and the dashboard: they look at metrics that there are, and cost little while nothing happens."""

import json
import re
from typing import Any, get_args

import pytest

from interlude.control.metrics import NAMESPACE, Name

# What each service calls its metrics, and by which dimensions they can be asked for. From AWS's own developer guides:
# Step Functions "Monitoring using CloudWatch", Lambda "Types of metrics", DynamoDB "Metrics and dimensions",
# SQS "Available CloudWatch metrics", API Gateway "Working with metrics for HTTP APIs".
DOCUMENTED = {
    ("AWS/States", "ExecutionsStarted", ("StateMachineArn",)),
    ("AWS/States", "ExecutionsSucceeded", ("StateMachineArn",)),
    ("AWS/States", "ThrottledEvents", ("ServiceMetric",)),
    ("AWS/Lambda", "Errors", ("FunctionName",)),
    ("AWS/Lambda", "Duration", ("FunctionName",)),
    ("AWS/Lambda", "Throttles", ()),
    ("AWS/DynamoDB", "ConsumedReadCapacityUnits", ("TableName",)),
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits", ("TableName",)),
    ("AWS/DynamoDB", "ReadThrottleEvents", ("TableName",)),
    ("AWS/DynamoDB", "WriteThrottleEvents", ("TableName",)),
    # Those with the table's name alone leave the indexes out.
    ("AWS/DynamoDB", "ReadThrottleEvents", ("TableName", "GlobalSecondaryIndexName")),
    ("AWS/DynamoDB", "WriteThrottleEvents", ("TableName", "GlobalSecondaryIndexName")),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", ("QueueName",)),
    ("AWS/ApiGateway", "Count", ("ApiId",)),
    ("AWS/ApiGateway", "4xx", ("ApiId",)),
    ("AWS/ApiGateway", "5xx", ("ApiId",)),
    ("AWS/ApiGateway", "Latency", ("ApiId",)),
    # The stack's own: control/metrics.py.
    ("Interlude", "RunsFailed", ("Stack",)),
    ("Interlude", "RunsFailed", ("Stack", "Workflow")),
    ("Interlude", "RunsCancelled", ("Stack", "Workflow")),
    ("Interlude", "RunsWaiting", ("Stack",)),
    ("Interlude", "OldestWaitDays", ("Stack",)),
    ("Interlude", "WaitsNearDeadline", ("Stack",)),
    ("Interlude", "WaitsOverdue", ("Stack",)),
}

ALARMS = {
    "RunsFailedAlarm",
    "DeadWakeupsAlarm",
    "DeadFailuresAlarm",
    "ThrottlesAlarm",
    "OldestWaitAlarm",
    "WaitsNearDeadlineAlarm",
    "WaitsOverdueAlarm",
    "WatchAlarm",
}

SEARCH = re.compile(r"""SEARCH\('\{(?P<schema>[^}]*)\} MetricName="(?P<name>\w+)" [^']*', '(?:Sum|p95)', 300\)""")

Metric = tuple[str, str, tuple[str, ...]]


@pytest.fixture(scope="module")
def alarms(resources: dict[str, Any]) -> dict[str, Any]:
    return {name: each["Properties"] for name, each in resources.items() if each["Type"] == "AWS::CloudWatch::Alarm"}


@pytest.fixture(scope="module")
def body(resources: dict[str, Any]) -> str:
    text: str = resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    return text


@pytest.fixture(scope="module")
def widgets(body: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(body)["widgets"]
    return found


def metrics_of(alarm: dict[str, Any]) -> list[Metric]:
    """What an alarm looks at; each of these is paid for."""
    given = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each] or [alarm]
    return [
        (each["Namespace"], each["MetricName"], tuple(one["Name"] for one in each.get("Dimensions", [])))
        for each in given
    ]


def test_these_are_the_alarms(alarms: dict[str, Any]):
    """Failed runs, dead letters, throttles, three about waits, and one about who looks at these."""
    assert set(alarms) == ALARMS


def test_alarms_look_at_metrics_that_there_are(alarms: dict[str, Any]):
    """CloudWatch takes any name, and an alarm on a metric that nobody sends never rings."""
    for alarm in alarms.values():
        assert set(metrics_of(alarm)) <= DOCUMENTED


def test_what_all_alarms_together_look_at(alarms: dict[str, Any]):
    """Ten metrics of alarms are free in each account, and each costs 0.10 USD a month beyond: docs/operating.md."""
    assert sum(len(metrics_of(alarm)) for alarm in alarms.values()) == 14


def test_nothing_is_no_reason_for_an_alarm(alarms: dict[str, Any]):
    """Metrics that count what should not happen are not sent while it does not."""
    assert {alarm["TreatMissingData"] for alarm in alarms.values()} == {"notBreaching"}
    assert {alarm["ComparisonOperator"] for alarm in alarms.values()} == {"GreaterThanThreshold"}


def test_every_alarm_mails_the_notify_address_and_says_where_help_is(alarms: dict[str, Any], source: dict[str, Any]):
    """If there is one; a page of the documentation says what to do."""
    for name, alarm in alarms.items():
        actions = source["Resources"][name]["Properties"]["AlarmActions"]
        assert actions == {"Fn::If": ["SendsMail", [{"Ref": "Alarms"}], {"Ref": "AWS::NoValue"}]}
        assert re.search(r"docs/(operating|reliability)\.md says what to do\.$", alarm["AlarmDescription"])


def test_the_alarms_about_waits_have_one_look_of_watch_in_each_period(
    alarms: dict[str, Any], resources: dict[str, Any]
):
    """Half past each hour, periods of an hour: a late look is in the same one, and the alarm does not flap."""
    about_waits = {name: each for name, each in alarms.items() if name.startswith(("OldestWait", "Waits"))}

    assert {(each["Period"], each["EvaluationPeriods"]) for each in about_waits.values()} == {(3600, 1)}
    assert {each["Statistic"] for each in about_waits.values()} == {"Maximum"}
    assert resources["WatchHourly"]["Properties"]["ScheduleExpression"] == "cron(30 * * * ? *)"
    assert alarms["OldestWaitAlarm"]["Threshold"] == {"Ref": "WaitAlarmDays"}


def test_a_look_that_fails_is_an_alarm(alarms: dict[str, Any]):
    """Where Watch sends nothing, the alarms about waits take it for nothing to tell."""
    alarm = alarms["WatchAlarm"]

    assert metrics_of(alarm) == [("AWS/Lambda", "Errors", ("FunctionName",))]
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": "Watch"}}]
    assert (alarm["Statistic"], alarm["Period"], alarm["EvaluationPeriods"]) == ("Sum", 3600, 1)


def test_throttles_are_summed_where_some_of_the_metrics_are_missing(alarms: dict[str, Any]):
    """Services send no throttles while there are none; and each part is filled, DynamoDB's above all."""
    [total, *parts] = alarms["ThrottlesAlarm"]["Metrics"]

    assert len(parts) <= 10  # as many as AWS takes
    assert total["Expression"] == " + ".join(f"FILL({part['Id']}, 0)" for part in parts)
    assert {part["ReturnData"] for part in parts} == {False}
    assert {(part["MetricStat"]["Period"], part["MetricStat"]["Stat"]) for part in parts} == {(300, "Sum")}


def test_throttled_writes_are_seen_of_the_table_and_of_each_index(alarms: dict[str, Any], resources: dict[str, Any]):
    """DynamoDB counts those of an index apart, and holds back the table's writes for an index that can't keep up."""
    metrics = [part["MetricStat"]["Metric"] for part in alarms["ThrottlesAlarm"]["Metrics"][1:]]
    writes = [metric["Dimensions"] for metric in metrics if metric["MetricName"] == "WriteThrottleEvents"]

    table = {"Name": "TableName", "Value": {"Ref": "Runs"}}
    indexes = [index["IndexName"] for index in resources["Runs"]["Properties"]["GlobalSecondaryIndexes"]]
    assert writes == [[table], *([table, {"Name": "GlobalSecondaryIndexName", "Value": name}] for name in indexes)]


def test_what_alarms_and_dashboard_ask_of_the_stack_itself_is_published():
    """The names in the template are those in the code."""
    ours = {name for namespace, name, _ in DOCUMENTED if namespace == NAMESPACE}

    assert ours == set(get_args(Name))


def shown(widget: dict[str, Any]) -> list[Metric]:
    found: list[Metric] = []
    for metric in widget["properties"].get("metrics", []):
        if "expression" in metric[0]:
            search = SEARCH.fullmatch(metric[0]["expression"])
            assert search, metric[0]["expression"]
            assert len(metric[0]["expression"]) < 1024
            namespace, *dimensions = search["schema"].split(",")
            found.append((namespace, search["name"], tuple(dimensions)))
        else:
            namespace, name, *rest = (each for each in metric if isinstance(each, str))
            found.append((namespace, name, tuple(rest[::2])))
    return found


def test_the_dashboard_shows_metrics_that_there_are(widgets: list[dict[str, Any]]):
    """And together all that the alarms look at."""
    all_shown = {metric for widget in widgets for metric in shown(widget)}

    assert all_shown <= DOCUMENTED
    assert {name for _, name, _ in DOCUMENTED} == {name for _, name, _ in all_shown}


def test_the_dashboard_shows_the_state_of_every_alarm(widgets: list[dict[str, Any]]):
    """At its top."""
    assert widgets[0]["type"] == "alarm"
    assert set(widgets[0]["properties"]["alarms"]) == {f"${{{name}.Arn}}" for name in ALARMS}


def test_the_dashboard_lists_the_runs_that_failed(widgets: list[dict[str, Any]]):
    """By a query of the log, over lines that the function Failures writes."""
    [query] = [each["properties"]["query"] for each in widgets if each["type"] == "log"]

    assert query.startswith("SOURCE '${Logs}' | filter ispresent(RunsFailed) | fields @timestamp, run_id, ")


def test_the_widgets_lie_side_by_side(widgets: list[dict[str, Any]]):
    """24 columns, none over another, none with a name that another has in its graph."""
    taken = [
        (x, y)
        for each in widgets
        for x in range(each["x"], each["x"] + each["width"])
        for y in range(each["y"], each["y"] + each["height"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) == 23
    for each in widgets:
        ids = [metric[0]["id"] for metric in each["properties"].get("metrics", []) if isinstance(metric[0], dict)]
        assert len(ids) == len(set(ids))


def test_what_the_dashboard_refers_to_is_in_the_stack(body: str, resources: dict[str, Any]):
    """A name that CloudFormation does not know fails the deployment."""
    names = {name.partition(".")[0] for name in re.findall(r"\$\{([\w:.]+)\}", body)}

    assert names - set(resources) == {"AWS::StackName", "AWS::Region"}


def test_whatever_runs_is_traced(resources: dict[str, Any]):
    """Functions and state machines; what is not asked for costs nothing."""
    functions = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::Lambda::Function"]
    machines = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::StepFunctions::StateMachine"]

    assert {each["TracingConfig"]["Mode"] for each in functions} == {"Active"}
    assert [each["TracingConfiguration"] for each in machines] == [{"Enabled": True}] * len(machines)


def test_every_function_logs_json(resources: dict[str, Any]):
    """Lambda's own lines, too; INFO is what a step's author sees of logging."""
    functions = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::Lambda::Function"]

    assert [each["LoggingConfig"] for each in functions] == [
        {"LogGroup": {"Ref": "Logs"}, "LogFormat": "JSON", "ApplicationLogLevel": "INFO"}
    ] * len(functions)
