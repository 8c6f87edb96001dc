import boto3
from arrived import arrived
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.utilities.parser import BaseModel, event_parser

logger = Logger(service="bench")
metrics = Metrics(namespace="bench", service="bench")
dynamodb = boto3.client("dynamodb")


class Order(BaseModel):
    run: str


@event_parser(model=Order)
def handler(event, context):
    arrived()


handler({"run": "r"}, None)
