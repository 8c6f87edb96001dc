"""What the functions stand on: the template's table and a bucket in moto, the workflows, the environment."""

import json
import re
from pathlib import Path
from typing import Any

import boto3
from moto.events.models import EventPattern
from moto.s3.models import s3_backends
from samtranslator.yaml_helper import yaml_parse

from local import moto_differences
from tests.faults import table
from tests.faults.table import ACCOUNT, REGION

PROJECT = Path(__file__).parents[2]
STEPS = Path(__file__).parent / "steps"
ARN_PREFIX = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:interlude-"

ENVIRONMENT = {
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "TABLE_NAME": "runs",
    "BUCKET_NAME": "payloads",
    "RETENTION_DAYS": "30",
    "BASE_URL": "https://api.example",
    "NOTIFY_ADDRESS": "",
    "SUSPEND_TIMEOUT_ACTION": "resume",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
    "STATE_MACHINE_ARN_PREFIX": ARN_PREFIX,
    "LAMBDA_TASK_ROOT": str(STEPS),
    "POWERTOOLS_LOG_LEVEL": "CRITICAL",
}

WORKFLOWS = {
    "asking": ["ask", "tell"],
    "asking_last": ["ask"],
    "polling": ["poll", "tell"],
    "deferring": ["defer", "tell"],
    "failing": ["fail", "tell"],
    "trying": ["fail", "tell"],
    "leaving": ["leave", "tell"],
    "aging": ["pack", "stumble", "repeat", "unpack"],
}
OPTIONS = {"trying": "retry"}


def create() -> list[EventPattern]:
    """Makes the table and the bucket. Returns what Wakeups' filters take of the table's stream."""
    moto_differences.install()
    template: Any = yaml_parse((PROJECT / "template.yaml").read_text(encoding="utf-8"))
    resources = template["Resources"]
    properties = resources["Runs"]["Properties"]
    names = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    stream = {"StreamEnabled": True, **properties["StreamSpecification"]}
    given = {name: properties[name] for name in names}
    boto3.client("dynamodb").create_table(TableName="runs", StreamSpecification=stream, **given)
    boto3.client("s3").create_bucket(Bucket="payloads")
    source = next(iter(resources["Wakeups"]["Properties"]["Events"].values()))["Properties"]
    return [EventPattern.load(each["Pattern"]) for each in source["FilterCriteria"]["Filters"]]


def definitions() -> dict[str, Any]:
    """The project's state machine for each workflow, as DefinitionSubstitutions fill it in."""
    made = {}
    text = (PROJECT / "statemachine/workflow.asl.json").read_text(encoding="utf-8")
    for workflow, steps in WORKFLOWS.items():
        values = {
            "Partition": "aws",
            "Table": "runs",
            "Workflow": workflow,
            "Steps": ",".join(f"{step}=arn:aws:lambda:{REGION}:{ACCOUNT}:function:{step}:1" for step in steps),
            "Options": OPTIONS.get(workflow, ""),
        }
        filled = re.sub(r"\$\{(\w+)\}", lambda found, values=values: values[found[1]], text)
        made[workflow] = json.loads(filled)
    return made


def objects() -> Any:
    return s3_backends[ACCOUNT]["aws"].buckets["payloads"].keys


def items(first: str = "") -> dict[tuple[str, str], dict[str, Any]]:
    """The items whose sort key begins so, by run and sort key."""
    return {
        (item["pk"]["S"].removeprefix("RUN#"), item["sk"]["S"]): item
        for item in table.items()
        if item["sk"]["S"].startswith(first)
    }
