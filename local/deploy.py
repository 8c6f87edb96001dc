"""Deploys a template into the moto backends of this process.

Called by server, beside a moto server, and by tests under mock_aws. Calls template, localized, moto_differences,
access and moto's CloudFormation: directly, as requests to moto's server would take a second.
"""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local import moto_differences
from local.access import roles
from local.console import says_if_slow
from local.errors import LocalError
from local.localized import localized
from local.stack import Function, Route, Stack
from local.template import Json, Translated, load

if TYPE_CHECKING:
    from collections.abc import Callable

    from moto.cloudformation.models import CloudFormationBackend
    from moto.cloudformation.models import Stack as MotoStack

STACK_NAME = "interlude"

_ACCOUNT = "123456789012"


def deploy(
    template: Path, base_url: str, parameters: dict[str, str] | None = None, *, region: str = "us-east-1"
) -> Stack:
    """Creates what the template describes. `base_url` is where its HTTP API is served, without a slash at the end.

    Raises LocalError.
    """
    return create(load(template, parameters or {}, region), base_url, region=region)


def create(translated: Translated, base_url: str, *, region: str) -> Stack:
    """Creates what a translated template describes."""

    def do(backend: "CloudFormationBackend", body: str) -> "MotoStack":
        return backend.create_stack(name=STACK_NAME, template=body, parameters=translated.parameters)

    return _deploy(do, translated, base_url, region)


def update(translated: Translated, base_url: str, *, region: str) -> Stack:
    """Makes the stack what a changed template describes. Of what is there, steps, workflows and roles change."""
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in translated.parameters.items()]

    def do(backend: "CloudFormationBackend", body: str) -> "MotoStack":
        return backend.update_stack(name=STACK_NAME, template=body, role_arn=None, parameters=given, tags=None)

    return _deploy(do, translated, base_url, region)


def _deploy(
    do: "Callable[[CloudFormationBackend, str], MotoStack]", translated: Translated, base_url: str, region: str
) -> Stack:
    moto_differences.install()
    types = {resource["Type"] for resource in translated.template["Resources"].values()}
    supported = frozenset(filter(moto_differences.is_supported, types))
    body = localized(translated, base_url, supported)
    aws = _Aws(region)
    try:
        slow = f"Creating {len(body['Resources'])} resources …"
        with says_if_slow(slow), moto_differences.lasting_names():
            stack = do(aws.cloudformation, json.dumps(body))
        ids = {each.logical_resource_id: each.physical_resource_id for each in _resources(stack)}
        functions = [
            aws.function(translated, k, ids) for k, _ in translated.of_type("AWS::Lambda::Function") if k in ids
        ]
    except Exception as error:
        # moto refuses with classes of each service, and with Python's own what it has not thought of.
        reason = " ".join(f"{error}".split()) or type(error).__name__
        raise LocalError(f"The template can't be deployed here: {reason}") from error
    machines = [ids[k] for k, _ in translated.of_type("AWS::StepFunctions::StateMachine") if k in ids]
    for function in functions:
        roles.check_trust(function.role, "lambda.amazonaws.com")
    for machine in machines:
        roles.check_trust(aws.role_of(machine), "states.amazonaws.com")
    by_id = {function.logical_id: function.name for function in functions}
    return Stack(
        name=STACK_NAME,
        region=region,
        functions={function.name: function for function in functions},
        state_machines={arn.rsplit(":", 1)[1]: arn for arn in machines},
        routes=tuple(_routes(translated, by_id)),
        outputs={output["OutputKey"]: output["OutputValue"] for output in stack.outputs or []},
    )


def _resources(stack: "MotoStack") -> list[Any]:
    return [each for each in stack.stack_resources if each is not None]


class _Aws:
    """moto's backends of one region."""

    def __init__(self, region: str) -> None:
        from moto.awslambda.models import lambda_backends
        from moto.cloudformation.models import cloudformation_backends
        from moto.stepfunctions.responses import get_backend

        self.cloudformation = cloudformation_backends[_ACCOUNT][region]
        self._lambda: Any = lambda_backends[_ACCOUNT][region]
        self._states: Any = get_backend(_ACCOUNT, region)

    def role_of(self, machine: str) -> str:
        """The role of a state machine."""
        return str(self._states.describe_state_machine(machine).roleArn)

    def function(self, translated: Translated, logical_id: str, ids: dict[str, str]) -> Function:
        """What was created for a function of the template."""
        properties = translated.template["Resources"][logical_id]["Properties"]
        created = self._lambda.get_function(ids[logical_id]).get_configuration()
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
