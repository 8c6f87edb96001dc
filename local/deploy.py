"""Deploys a template into the moto backends of this process.

Called by server, beside a moto server, and by tests under mock_aws. Calls template, localized, moto_differences,
access and moto's CloudFormation.
"""

import json
import re
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from moto.cloudformation.parsing import get_model_map

from local import moto_differences
from local.access import roles
from local.errors import LocalError
from local.localized import localized
from local.stack import Function, Route, Stack
from local.template import Json, Translated, load

STACK_NAME = "interlude"


def deploy(
    template: Path,
    base_url: str,
    parameters: dict[str, str] | None = None,
    *,
    region: str = "us-east-1",
    aws_endpoint: str | None = None,
) -> Stack:
    """Creates what the template describes. `base_url` is where its HTTP API is served, without a slash at the end.

    Raises LocalError. `aws_endpoint` is moto's, or None under mock_aws.
    """
    return create(load(template, parameters or {}, region), base_url, region=region, aws_endpoint=aws_endpoint)


def create(translated: Translated, base_url: str, *, region: str, aws_endpoint: str | None = None) -> Stack:
    """Creates what a translated template describes."""
    return _deploy("create_stack", translated, base_url, _Aws(region, aws_endpoint))


def update(translated: Translated, base_url: str, *, region: str, aws_endpoint: str | None = None) -> Stack:
    """Makes the stack what a changed template describes. Of what is there, steps, workflows and roles change."""
    return _deploy("update_stack", translated, base_url, _Aws(region, aws_endpoint))


def _deploy(operation: str, translated: Translated, base_url: str, aws: "_Aws") -> Stack:
    moto_differences.install()
    supported = frozenset(get_model_map())
    body = localized(translated, base_url, supported)
    given: list[Any] = [{"ParameterKey": key, "ParameterValue": value} for key, value in translated.parameters.items()]
    try:
        deploy = getattr(aws.cloudformation, operation)
        deploy(StackName=STACK_NAME, TemplateBody=json.dumps(body), Parameters=given)
        stack = aws.cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"][0]
        resources = aws.cloudformation.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
        ids = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources}
        functions = [
            aws.function(translated, k, ids) for k, _ in translated.of_type("AWS::Lambda::Function") if k in ids
        ]
    except (ClientError, BotoCoreError, ResponseParserError) as error:
        raise LocalError(f"The template can't be deployed here: {' '.join(str(error).split())}") from error
    machines = [ids[k] for k, _ in translated.of_type("AWS::StepFunctions::StateMachine") if k in ids]
    for function in functions:
        roles.check_trust(function.role, "lambda.amazonaws.com")
    for machine in machines:
        roles.check_trust(aws.role_of(machine), "states.amazonaws.com")
    by_id = {function.logical_id: function.name for function in functions}
    return Stack(
        name=STACK_NAME,
        region=aws.region,
        functions={function.name: function for function in functions},
        state_machines={arn.rsplit(":", 1)[1]: arn for arn in machines},
        routes=tuple(_routes(translated, by_id)),
        outputs={output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
    )


class _Aws:
    """The requests that a deployment makes."""

    def __init__(self, region: str, endpoint: str | None) -> None:
        self.region = region
        session = boto3.Session("local", "local", region_name=region)
        self.cloudformation = session.client("cloudformation", endpoint_url=endpoint)
        self.lambda_ = session.client("lambda", endpoint_url=endpoint)
        self.states = session.client("stepfunctions", endpoint_url=endpoint)

    def role_of(self, machine: str) -> str:
        """The role of a state machine."""
        return str(self.states.describe_state_machine(stateMachineArn=machine)["roleArn"])

    def function(self, translated: Translated, logical_id: str, ids: dict[str, str]) -> Function:
        """What was created for a function of the template."""
        properties = translated.template["Resources"][logical_id]["Properties"]
        created = self.lambda_.get_function_configuration(FunctionName=ids[logical_id])
        layers = [layer.get("Ref") for layer in properties.get("Layers", []) if isinstance(layer, dict)]
        # The template's: what moto answers leaves it out.
        logging = properties.get("LoggingConfig", {})
        variables = created.get("Environment", {}).get("Variables", {})
        return Function(
            logical_id=logical_id,
            name=created["FunctionName"],
            arn=created["FunctionArn"],
            version=_version(translated, logical_id, ids),
            handler=str(created["Handler"]),
            folder=translated.folders[logical_id],
            layers=tuple(translated.folders[layer] for layer in layers if layer in translated.folders),
            environment={key: _text(value) for key, value in variables.items()},
            timeout=float(created["Timeout"]),
            memory=int(created["MemorySize"]),
            runtime=str(created["Runtime"]),
            role=str(created["Role"]),
            log_format=logging.get("LogFormat", "Text"),
            # Lambda's own, where the template asks for JSON and says no more.
            log_level=logging.get("ApplicationLogLevel", "INFO" if logging.get("LogFormat") == "JSON" else ""),
        )


def _version(translated: Translated, logical_id: str, ids: dict[str, str]) -> str:
    for version, resource in translated.of_type("AWS::Lambda::Version"):
        if version in ids and resource["Properties"]["FunctionName"] == {"Ref": logical_id}:
            return ids[version].rsplit(":", 1)[1]
    return "$LATEST"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _routes(translated: Translated, function_names: dict[str, str]) -> list[Route]:
    """The routes in the OpenAPI document that the SAM translator has made of the functions' events."""
    routes = []
    for _, api in translated.of_type("AWS::ApiGatewayV2::Api"):
        for path, methods in api["Properties"].get("Body", {}).get("paths", {}).items():
            for method, operation in methods.items():
                function = _target(operation)
                if function in function_names:
                    name = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
                    routes.append(Route(name, path, function_names[function], _signed_in(operation)))
    return routes


def _target(operation: Json) -> str | None:
    uri = json.dumps(operation.get("x-amazon-apigateway-integration", {}).get("uri", ""))
    found = re.search(r"functions/\$\{(\w+?)(?:\.Arn|Alias\w*)?\}/invocations", uri)
    return found.group(1) if found else None


def _signed_in(operation: Json) -> bool:
    return any(scheme != "NONE" for requirement in operation.get("security", []) for scheme in requirement)
