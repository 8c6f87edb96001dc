"""Answers every route of the test template: tells the workflows, runs a step, starts runs, or repeats the request."""

import json
import os
from typing import Any

import boto3


def handler(event: dict[str, Any], context: Any) -> Any:
    match event["routeKey"]:
        case "GET /workflows":
            base = f"http://{event['requestContext']['domainName']}"
            return {
                "workflows": [{"name": "machine", "steps": ["step"], "hook_url": f"{base}/hooks/machine/0123456789"}]
            }
        case "POST /step":
            answer = boto3.client("lambda").invoke(FunctionName="interlude-step", Payload=event["body"])
            return {"error": answer.get("FunctionError"), "payload": json.load(answer["Payload"])}
        case "ANY /hooks/{workflow}/{key}":
            started = boto3.client("stepfunctions").start_execution(
                stateMachineArn=os.environ["MACHINE"], input=event.get("body", "{}")
            )
            return {"statusCode": 202, "body": json.dumps({"execution": started["executionArn"]})}
    return {"statusCode": 200, "cookies": ["a=1", "b=2"], "body": json.dumps(event)}
