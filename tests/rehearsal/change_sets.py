"""What moto lacks for `sam deploy`, beside local/moto_differences. Called by server.

CreateChangeSet translates a SAM template and asks for capabilities; a change set that fails says why.
"""

import json
from pathlib import Path
from typing import Any

from moto.cloudformation.exceptions import CloudFormationError, ValidationError
from moto.cloudformation.models import CloudFormationBackend
from moto.cloudformation.parsing import get_model_map
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.common_models import CloudFormationModel
from moto.s3.models import s3_backends
from moto.sesv2.models import sesv2_backends
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from local.localized import localized
from local.moto_differences.patch import replace
from local.parameters import values_of
from local.template import Translated
from local.translation import translate

HERE = Path("template.yaml")


class InsufficientCapabilities(CloudFormationError):
    code = "InsufficientCapabilitiesException"


class EmailIdentity(CloudFormationModel):
    """moto: has no such resource. AWS: one that SES has already fails the deployment."""

    def __init__(self, name: str) -> None:
        self.physical_resource_id = name

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::SES::EmailIdentity"

    @classmethod
    def create_from_cloudformation_json(  # type: ignore[misc]
        cls, _name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
    ) -> "EmailIdentity":
        name = cloudformation_json["Properties"]["EmailIdentity"]
        backend = sesv2_backends[account_id][region_name]
        if name in backend.core_backend.email_identities:
            raise ValidationError(
                message=f"Resource of type 'AWS::SES::EmailIdentity' with identifier '{name}' already exists."
            )
        backend.create_email_identity(name, None, None, None)
        return cls(name)


def translated(template: str, parameters: dict[str, str], account: str, region: str) -> str:
    """CloudFormation that moto takes. What has no transform stays as it is, as the template of SAM's own bucket."""
    source = yaml_parse(template)
    if "Transform" not in source:
        return template
    document = translate(source, HERE, parameters, region)
    definitions = {}
    for name, resource in document["Resources"].items():
        if place := resource.get("Properties", {}).get("DefinitionS3Location"):
            definitions[name] = s3_backends[account]["aws"].get_object(place["Bucket"], place["Key"]).value.decode()
    return json.dumps(
        localized(Translated(document, parameters, {}, definitions), "http://localhost", frozenset(get_model_map()))
    )


def with_defaults(template: str, parameters: dict[str, Any]) -> dict[str, str]:
    """The value of each parameter. moto: takes an empty default for a missing value."""
    declared = yaml_parse(template).get("Parameters") or {}
    defaults = {name: str(rules["Default"]) for name, rules in declared.items() if "Default" in rules}
    return values_of(declared, defaults | {name: str(value) for name, value in parameters.items()}, HERE)


def install() -> None:
    create_change_set = CloudFormationBackend.create_change_set

    def create_translated(
        self: CloudFormationBackend, stack_name: str, change_set_name: str, template: str, parameters: Any, **more: Any
    ) -> tuple[str, str]:
        values = with_defaults(template, parameters)
        text = translated(template, values, self.account_id, self.region_name)
        return create_change_set(self, stack_name, change_set_name, text, values, **more)

    replace(CloudFormationBackend, "create_change_set", create_translated)

    # moto: asks for no capabilities. AWS: for those of the resources that a template makes of IAM.
    answer_change_set = CloudFormationResponse.create_change_set

    def with_capabilities(self: CloudFormationResponse) -> Any:
        url = self._get_param("TemplateURL")
        text = self._get_stack_from_s3_url(url) if url else self._get_param("TemplateBody")
        given = {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"} & set(self._get_param("Capabilities", []))
        if "AWS::IAM::" in text and not given:
            raise InsufficientCapabilities("Requires capabilities : [CAPABILITY_IAM]")
        return answer_change_set(self)

    replace(CloudFormationResponse, "create_change_set", with_capabilities)

    execute_change_set = CloudFormationBackend.execute_change_set

    def execute_or_say_why(self: CloudFormationBackend, change_set_name: str, stack_name: str | None = None) -> None:
        change_set = self.describe_change_set(change_set_name)
        assert change_set
        stack = self.stacks[change_set.stack_id]
        try:
            execute_change_set(self, change_set_name, stack_name)
        except Exception as error:  # noqa: BLE001  # whatever it is, it fails the change set
            stack._add_stack_event(f"{change_set.change_set_type}_FAILED", str(getattr(error, "message", error)))
            stack.status = {"CREATE": "ROLLBACK_COMPLETE", "UPDATE": "UPDATE_ROLLBACK_COMPLETE"}[
                change_set.change_set_type
            ]
            stack._add_stack_event(stack.status)
            return
        # moto: keeps the empty template that a stack has before its first change set, so that it has no outputs.
        stack.template_dict, stack.parameters = change_set.template_dict, change_set.parameters
        stack.output_map = stack._create_output_map()

    replace(CloudFormationBackend, "execute_change_set", execute_or_say_why)
