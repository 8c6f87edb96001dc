"""What the engine's executions need of moto's control planes: state machines and functions. Calls moto's backends."""

import contextlib
from dataclasses import dataclass
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.utils import get_backend as lambda_backend
from moto.core.exceptions import AWSError
from moto.stepfunctions.exceptions import InvalidArn, StateMachineDoesNotExist
from moto.stepfunctions.responses import get_backend

from local.engine.errors import ServiceError
from local.engine.place import Place


@dataclass(frozen=True, slots=True)
class Machine:
    """A state machine, or a version of one."""

    arn: str
    name: str
    definition: str
    role: str
    type: str


class ControlPlane:
    """moto's, in this process."""

    def machine_of(self, place: Place, arn: str) -> Machine | None:
        """None for one that moto does not have."""
        with contextlib.suppress(InvalidArn, StateMachineDoesNotExist):
            found: Any = get_backend(*place).describe_state_machine(arn)
            return Machine(found.arn, found.name, found.definition, found.roleArn, found.type)
        return None

    def function_of(self, place: Place, name: str, qualifier: str | None) -> tuple[str, str]:
        """Name and version of a function, by its name or ARN, with or without a qualifier. Raises ServiceError."""
        try:
            found: Any = lambda_backend(*place).get_function(name, qualifier)
        except UnknownFunctionException as error:
            raise ServiceError("ResourceNotFoundException", str(error.message)) from None
        return found.function_name, str(found.version)

    def start_execution(self, place: Place, request: dict[str, Any]) -> dict[str, Any]:
        """Starts an execution of a state machine that moto runs. Raises ServiceError."""
        backend: Any = get_backend(*place)
        try:
            started = backend.start_execution(
                request["stateMachineArn"], name=request.get("name"), execution_input=request.get("input", "{}")
            )
        except AWSError as error:
            raise ServiceError(error.error_type, error.message) from None
        return {"executionArn": started.execution_arn, "startDate": started.start_date.timestamp()}
