"""What moto 5.2.5 makes of functions and of their versions in a template."""

from copy import deepcopy
from typing import Any

from moto.awslambda.models import LambdaFunction, LambdaVersion
from moto.awslambda.utils import get_backend as lambda_backend
from moto.cloudformation.exceptions import ValidationError

from local.moto_differences.patch import replace


def install() -> None:
    # moto: Ref of an AWS::Lambda::Version is None, and none is ever replaced. AWS: the version's ARN; another
    # description is another version, which fails if the function equals its last version in all else.
    def create_version(_cls: Any, /, _name: str, definition: Any, account_id: str, region_name: str, **_: Any) -> Any:
        backend: Any = lambda_backend(account_id, region_name)
        function = _publish(backend, definition["Properties"]["FunctionName"])
        version = _cls({"Version": function.version})
        version.physical_resource_id = function.function_arn
        version.description = definition["Properties"].get("Description")
        return version

    def update_version(
        _cls: Any, /, original_resource: Any, new_resource_name: str, cloudformation_json: Any, **where: Any
    ) -> Any:
        if cloudformation_json["Properties"].get("Description") == original_resource.description:
            return original_resource
        return create_version(_cls, new_resource_name, cloudformation_json, **where)

    replace(LambdaVersion, "create_from_cloudformation_json", classmethod(create_version))
    replace(LambdaVersion, "update_from_cloudformation_json", classmethod(update_version))

    # moto: wants other code as a ZIP file, and here it is no code at all: see localized.
    def update_function(_cls: Any, /, original_resource: Any, cloudformation_json: Any, **_: Any) -> Any:
        properties = cloudformation_json["Properties"]
        original_resource.update_configuration(properties)
        original_resource.part_of_versions = _part_of_versions(properties)
        return original_resource

    replace(LambdaFunction, "update_from_cloudformation_json", classmethod(update_function))

    # moto: forgets those properties that it makes nothing of. AWS: compares all of them with the last version's.
    create_function = LambdaFunction.create_from_cloudformation_json.__func__  # type: ignore[attr-defined]

    def create_function_with_properties(cls: Any, name: str, definition: Any, *more: Any, **by_name: Any) -> Any:
        compared = deepcopy(_part_of_versions(definition["Properties"]))  # moto writes into Code
        function = create_function(cls, name, definition, *more, **by_name)
        function.part_of_versions = compared
        return function

    replace(LambdaFunction, "create_from_cloudformation_json", classmethod(create_function_with_properties))


_NO_PART_OF_VERSIONS = ("Tags", "ReservedConcurrentExecutions", "CodeSigningConfigArn")
"""What belongs to the function, and to none of its versions: neither UpdateFunctionConfiguration nor UpdateFunctionCode
has it. AWS's CDK keeps the same list, as VERSION_LOCKED."""


def _part_of_versions(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name not in _NO_PART_OF_VERSIONS}


def _publish(backend: Any, function_name: str) -> Any:
    """A version of the function as it is. Raises ValidationError where its last version is the same."""
    function = backend.get_function(function_name)
    published = backend._lambdas._functions[function.function_name]["versions"]
    if published and published[-1].part_of_versions == function.part_of_versions:
        raise ValidationError(
            message=f"A version for this Lambda function exists ( {published[-1].version} ). "
            "Modify the function to create a new version."
        )
    function.code_or_config_updated = True
    return backend.publish_version(function_name)
