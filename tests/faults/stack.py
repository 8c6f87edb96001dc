"""What the functions stand on: the template's table and a bucket in moto, the workflows, the environment."""

import json
import re
from pathlib import Path
from typing import Any

import boto3
from moto.dynamodb.models import dynamodb_backends
from moto.events.models import EventPattern
from moto.s3.models import s3_backends
from samtranslator.yaml_helper import yaml_parse

from local import moto_differences

PROJECT = Path(__file__).parents[2]
STEPS = Path(__file__).parent / "steps"
ACCOUNT, REGION = "123456789012", "us-east-1"
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
    table = resources["Runs"]["Properties"]
    names = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    stream = {"StreamEnabled": True, **table["StreamSpecification"]}
    given = {name: table[name] for name in names}
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


def table() -> Any:
    return dynamodb_backends[ACCOUNT][REGION].tables["runs"]


def objects() -> Any:
    return s3_backends[ACCOUNT]["aws"].buckets["payloads"].keys


def items(first: str = "") -> dict[tuple[str, str], dict[str, Any]]:
    """The items whose sort key begins so, by run and sort key."""
    return {
        (pk.value.removeprefix("RUN#"), sk.value): item.to_json()["Attributes"]
        for pk, under in table().items.items()
        for sk, item in under.items()
        if sk.value.startswith(first)
    }


def new_records() -> list[dict[str, Any]]:
    """What has come to the table's stream since this was last asked."""
    shard = table().stream_shard
    records, shard.items = [each.to_json() for each in shard.items], []
    for record in records:
        record["dynamodb"].pop("ApproximateCreationDateTime")
    return records
