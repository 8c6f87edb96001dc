"""What moto 5.2.5 makes of the resources of a template."""

from typing import Any

from moto.awslambda.models import LambdaVersion
from moto.awslambda.utils import get_backend as lambda_backend
from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.responses import get_backend as step_functions_backend

from local.moto_differences.patch import replace


def install() -> None:
    # moto: Ref of an AWS::Lambda::Version is None. AWS: the version's ARN.
    def create_version(_cls: Any, /, _name: str, definition: Any, account_id: str, region_name: str, **_: Any) -> Any:
        backend: Any = lambda_backend(account_id, region_name)
        function = backend.publish_version(definition["Properties"]["FunctionName"])
        version = _cls({"Version": function.version})
        version.physical_resource_id = function.function_arn
        return version

    replace(LambdaVersion, "create_from_cloudformation_json", classmethod(create_version))

    # moto: a state machine is created in the backend that runs nothing, and DefinitionSubstitutions are ignored.
    # AWS: the values are put into the text, and it can be run.
    def create_state_machine(
        _cls: Any, /, name: str, definition: Any, account_id: str, region_name: str, **_: Any
    ) -> Any:
        properties = definition["Properties"]
        text = properties["DefinitionString"]
        for key, value in properties.get("DefinitionSubstitutions", {}).items():
            text = text.replace("${" + key + "}", str(value))
        backend = step_functions_backend(account_id, region_name)
        return backend.create_state_machine(
            name=properties.get("StateMachineName", name), definition=text, roleArn=properties["RoleArn"],
            sm_type=properties.get("StateMachineType", "STANDARD"),
        )  # fmt: skip

    replace(StateMachine, "create_from_cloudformation_json", classmethod(create_state_machine))
