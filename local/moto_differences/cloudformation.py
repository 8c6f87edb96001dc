"""What moto 5.2.5 makes of the resources of a template."""

from typing import Any

from moto.awslambda.models import LambdaVersion
from moto.awslambda.utils import get_backend as lambda_backend
from moto.cloudformation.parsing import ResourceMap, parse_and_update_resource
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
        backend = step_functions_backend(account_id, region_name)
        return backend.create_state_machine(
            name=properties.get("StateMachineName", name), definition=_definition(properties),
            roleArn=properties["RoleArn"], sm_type=properties.get("StateMachineType", "STANDARD"),
        )  # fmt: skip

    # The same for a machine that is updated or deleted.
    def update_state_machine(
        _cls: Any, /, original_resource: Any, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> Any:
        properties = cloudformation_json["Properties"]
        backend = step_functions_backend(account_id, region_name)
        return backend.update_state_machine(
            original_resource.arn, definition=_definition(properties), role_arn=properties["RoleArn"]
        )

    def delete_state_machine(_cls: Any, /, arn: str, _definition: Any, account_id: str, region_name: str) -> None:
        step_functions_backend(account_id, region_name).delete_state_machine(arn)

    replace(StateMachine, "create_from_cloudformation_json", classmethod(create_state_machine))
    replace(StateMachine, "update_from_cloudformation_json", classmethod(update_state_machine))
    replace(StateMachine, "delete_from_cloudformation_json", classmethod(delete_state_machine))

    replace(ResourceMap, "update", _update)


def _definition(properties: Any) -> str:
    text = str(properties["DefinitionString"])
    for key, value in properties.get("DefinitionSubstitutions", {}).items():
        text = text.replace("${" + key + "}", str(value))
    return text


def _update(self: Any, template: dict[str, Any], parameters: dict[str, Any] | None = None) -> None:
    """Makes the resources what a changed template describes.

    moto: deletes first, also what is to be retained, then creates, and then changes what is there: a version is made of
    a function that is as it was. It overlooks parameters in Fn::Sub. AWS: changes what others refer to before these, and
    deletes last.
    """
    before = self._resource_json_map
    after = template["Resources"]
    changed_parameters = parameters != self.input_parameters
    self._template = template
    if parameters:
        self.input_parameters = parameters
    self.load_mapping()
    self.load_parameters()
    self.load_conditions()
    self._resource_json_map = after
    touched = [name for name in after if name in before and (changed_parameters or after[name] != before[name])]
    # Steps' functions, then their versions, then the machines that name these.
    for name in sorted(touched, key=lambda name: after[name]["Type"] != "AWS::Lambda::Function"):
        if after[name]["Type"] in _CHANGED:
            if after[name]["Type"] != "AWS::Lambda::Function":
                _ = [self[new] for new in after if new not in before]
            self._parsed_resources[name] = parse_and_update_resource(
                name, after[name], self, self._account_id, self._region_name
            )
    _ = [self[new] for new in after if new not in before]
    for name in before.keys() - after.keys():
        gone = self._parsed_resources.pop(name, None)
        if gone is not None and before[name].get("DeletionPolicy") != "Retain":
            self._delete_resource(gone, before[name])


# What a deployment of changed steps changes. Others of the template's resources stay as they are.
_CHANGED = ("AWS::Lambda::Function", "AWS::StepFunctions::StateMachine")
