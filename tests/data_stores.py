"""A DynamoDB with the table of the data stores, as the template describes it. Called by tests of what uses it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from samtranslator.yaml_helper import yaml_parse

from interlude.aws import clients
from local import moto_differences

TEMPLATE = Path(__file__).parents[1] / "template.yaml"


@contextmanager
def data_stores_table(name: str) -> Iterator[None]:
    properties = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))["Resources"]["DataStores"]["Properties"]
    wanted = {key: properties[key] for key in ("AttributeDefinitions", "KeySchema", "BillingMode")}
    moto_differences.install()
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        clients._client.cache_clear()
        clients._environment.cache_clear()
        boto3.client("dynamodb").create_table(TableName=name, **wanted)
        yield
    clients._client.cache_clear()
    clients._environment.cache_clear()
