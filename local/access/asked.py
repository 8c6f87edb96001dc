"""What a request to AWS needs to be allowed: IAM's actions, the ARNs that they are about, and what conditions may ask.

By the Service Authorization Reference, for the services that steps and workflows use. Of any other service only the
action is known. Called by moto_differences.iam. Calls nothing of local but policies' types.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local.access.policies import Asked

Parameters = Mapping[str, Any]

_NO_RESOURCE = {
    "cloudwatch:PutMetricData", "states:ListActivities", "states:ListStateMachines", "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}  # fmt: skip
"""Actions that only a Resource of "*" allows."""


def needed(service: str, operation: str, parameters: Parameters, place: str) -> list[Asked]:
    """What a request needs. `service` is IAM's prefix, `place` the region and account as they stand in an ARN.

    The parameters are those of the API, in their own spelling.
    """
    about = _OF.get(service)
    if about is None:
        return [_asked(service, operation, None)]
    return list(about(operation, parameters, place))


def _asked(service: str, action: str, resource: str | None, **context: str) -> Asked:
    name = f"{service}:{action}"
    keys = {key.replace("_", ":"): value for key, value in context.items()}
    return Asked(name, "*" if name in _NO_RESOURCE else resource, {"aws:SecureTransport": "true", **keys})


_ITEM_WRITES = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


def _dynamodb(operation: str, parameters: Parameters, place: str) -> Iterator[Asked]:
    def table(name: str) -> str:
        return name if name.startswith("arn:") else f"arn:aws:dynamodb:{place}:table/{name}"

    if operation in ("TransactWriteItems", "TransactGetItems"):
        # A transaction needs what its parts would need by themselves.
        for part in parameters["TransactItems"]:
            for kind, item in part.items():
                yield _asked("dynamodb", _ITEM_WRITES.get(kind, "GetItem"), table(item["TableName"]))
    elif "RequestItems" in parameters:
        for name in parameters["RequestItems"]:
            yield _asked("dynamodb", operation, table(name))
    elif "StreamArn" in parameters:
        yield _asked("dynamodb", operation, parameters["StreamArn"])
    elif "TableName" in parameters:
        index = parameters.get("IndexName")
        name = table(parameters["TableName"])
        yield _asked("dynamodb", operation, f"{name}/index/{index}" if index else name)
    else:
        yield _asked("dynamodb", operation, None)


def _s3(action: str, parameters: Parameters, _place: str) -> Iterator[Asked]:
    """Unlike the others it gets IAM's action: S3's operations have no names in their requests."""
    bucket = f"arn:aws:s3:::{parameters['Bucket']}" if parameters.get("Bucket") else None
    if "Keys" in parameters:
        for key in parameters["Keys"]:
            yield _asked("s3", action, f"{bucket}/{key}")
    elif "Key" in parameters:
        if source := parameters.get("CopySource"):
            yield _asked("s3", "GetObject", f"arn:aws:s3:::{source.lstrip('/')}")
        yield _asked("s3", action, f"{bucket}/{parameters['Key']}")
    elif "Prefix" in parameters:
        yield _asked("s3", action, bucket, s3_prefix=parameters["Prefix"])
    else:
        yield _asked("s3", action, bucket)


def _states(operation: str, parameters: Parameters, _place: str) -> Iterator[Asked]:
    """The Reference has no resource for a task's token. AWS names the token's state machine where it refuses one."""
    yield _asked("states", operation, parameters.get("executionArn") or parameters.get("stateMachineArn"))


def _lambda(operation: str, parameters: Parameters, place: str) -> Iterator[Asked]:
    action = "InvokeFunction" if operation in ("Invoke", "InvokeAsync") else operation
    name = parameters.get("FunctionName")
    if name and not name.startswith("arn:"):
        name = f"arn:aws:lambda:{place}:function:{name.rpartition('function:')[2]}"
    qualifier = parameters.get("Qualifier")
    yield _asked("lambda", action, f"{name}:{qualifier}" if name and qualifier else name)


def _ses(operation: str, parameters: Parameters, place: str) -> Iterator[Asked]:
    action = "SendRawEmail" if "Raw" in parameters.get("Content", {}) else operation
    sender = parameters.get("FromEmailAddress")
    # A sender may have a name before its address.
    address = re.sub(r".*<(.*)>", r"\1", sender) if sender else None
    if address is None:
        yield _asked("ses", action, None)
        return
    # SES asks for its identities of recipients, too. In its sandbox each recipient is one.
    for one in (address, *parameters.get("Destination", {}).get("ToAddresses", [])):
        yield _asked("ses", action, f"arn:aws:ses:{place}:identity/{one}", ses_FromAddress=address)


def _secretsmanager(operation: str, parameters: Parameters, _place: str) -> Iterator[Asked]:
    secret = parameters.get("SecretId", "")
    yield _asked("secretsmanager", operation, secret if secret.startswith("arn:") else None)


def _ssm(operation: str, parameters: Parameters, place: str) -> Iterator[Asked]:
    names = parameters.get("Names") or [parameters.get("Name") or parameters.get("Path")]
    for name in names:
        given = str(name or "")
        arn = given if given.startswith("arn:") else f"arn:aws:ssm:{place}:parameter/{given.strip('/')}"
        yield _asked("ssm", operation, arn if given else None)


def _sqs(operation: str, parameters: Parameters, place: str) -> Iterator[Asked]:
    queue = parameters.get("QueueUrl", "").rpartition("/")[2]
    yield _asked("sqs", operation.removesuffix("Batch"), f"arn:aws:sqs:{place}:{queue}" if queue else None)


def _sns(operation: str, parameters: Parameters, _place: str) -> Iterator[Asked]:
    yield _asked("sns", operation.removesuffix("Batch"), parameters.get("TopicArn") or parameters.get("TargetArn"))


def _logs(operation: str, parameters: Parameters, place: str) -> Iterator[Asked]:
    group, stream = parameters.get("logGroupName"), parameters.get("logStreamName")
    below = f":log-stream:{stream}" if stream else ""
    yield _asked("logs", operation, f"arn:aws:logs:{place}:log-group:{group}{below}" if group else None)


_OF: dict[str, Callable[[str, Parameters, str], Iterator[Asked]]] = {
    "dynamodb": _dynamodb,
    "lambda": _lambda,
    "logs": _logs,
    "s3": _s3,
    "secretsmanager": _secretsmanager,
    "ses": _ses,
    "sns": _sns,
    "sqs": _sqs,
    "ssm": _ssm,
    "states": _states,
}
