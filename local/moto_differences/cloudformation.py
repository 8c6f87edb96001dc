"""What moto 5.2.5 makes of the resources of a template."""

import hashlib
import json
import string
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import Stack
from moto.cloudformation.parsing import ResourceMap, parse_and_update_resource
from moto.cloudformation.utils import random_suffix
from moto.logs.models import LogGroup
from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.responses import get_backend as step_functions_backend

from local.moto_differences.patch import replace

CHANGED = ("AWS::IAM::Role", "AWS::Lambda::Function", "AWS::Lambda::Version", "AWS::StepFunctions::StateMachine")
"""What a deployment of other steps changes, in this order. Others of the template's resources stay as they are."""

ROLLED_BACK = tuple(kind for kind in CHANGED if kind != "AWS::Lambda::Version")
"""What of these is changed once more when a deployment fails: of a version there is nothing to change."""

STAYING = ("Retain", "RetainExceptOnCreate")
"""The DeletionPolicy of what stays when it leaves a template, or when its stack is deleted."""


def install() -> None:
    # moto: Arn of a log group is the group's. AWS: it ends with :*, which in a policy takes the group's streams.
    attribute = LogGroup.get_cfn_attribute

    def arn_of_streams(self: LogGroup, name: str) -> str:
        found = str(attribute(self, name))
        return f"{found}:*" if name == "Arn" else found

    replace(LogGroup, "get_cfn_attribute", arn_of_streams)

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

    replace(ResourceMap, "update", _update_or_roll_back)

    # moto: RetainExceptOnCreate goes with its stack. AWS: it stays, once the stack has been created.
    delete = ResourceMap.delete

    def delete_what_goes(self: Any) -> None:
        described = self._resource_json_map
        self._resource_json_map = {
            name: each for name, each in described.items() if each.get("DeletionPolicy") not in STAYING
        }
        delete(self)

    replace(ResourceMap, "delete", delete_what_goes)

    # moto: leaves a null where AWS::NoValue stood in a list. AWS: leaves nothing.
    clean_json = parsing.clean_json

    def clean_json_without_nulls(node: Any, resources: Any) -> Any:
        cleaned = clean_json(node, resources)
        return [each for each in cleaned if each is not None] if isinstance(node, list) else cleaned

    replace(parsing, "clean_json", clean_json_without_nulls)

    # moto: ends the names of resources at random. AWS: too, but a stack lives on there when this process does not.
    generate_name = parsing.generate_resource_name

    def generate_name_again(resource_type: str, stack_name: str, logical_id: str) -> str:
        token = _suffix.set(_digest(f"{stack_name}/{logical_id}") if _lasting.get() else random_suffix())
        try:
            return generate_name(resource_type, stack_name, logical_id)
        finally:
            _suffix.reset(token)

    replace(parsing, "generate_resource_name", generate_name_again)
    replace(parsing, "random_suffix", _suffix.get)

    # moto: reads every template as YAML, which takes a hundred times as long as JSON.
    parse_template = Stack.parse_template

    def parse_json_first(template: str) -> Any:
        try:
            return json.loads(template)
        except ValueError:
            return parse_template(template)

    replace(Stack, "parse_template", staticmethod(parse_json_first))


_LETTERS = string.ascii_uppercase + string.digits
_lasting: ContextVar[bool] = ContextVar("lasting", default=False)
_suffix: ContextVar[str] = ContextVar("suffix")


@contextmanager
def lasting_names() -> Iterator[None]:
    """What is deployed inside has the same names in each process. A stack can have them once at a time."""
    token = _lasting.set(True)
    try:
        yield
    finally:
        _lasting.reset(token)


def _digest(text: str) -> str:
    """12 letters and digits, as AWS has them."""
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in hashlib.sha256(text.encode()).digest()[:12])


def _definition(properties: Any) -> str:
    text = str(properties["DefinitionString"])
    for key, value in properties.get("DefinitionSubstitutions", {}).items():
        text = text.replace("${" + key + "}", str(value))
    return text


def _update_or_roll_back(self: Any, template: dict[str, Any], parameters: dict[str, Any] | None = None) -> None:
    """moto: leaves a stack where its update failed. AWS: brings it back to what it was.

    What the update has created is deleted, unless its DeletionPolicy is Retain; so versions stay that it has published.
    """
    was_template, was_parameters = {**self._template, "Resources": self._resource_json_map}, self.input_parameters
    was = dict(self._parsed_resources)
    try:
        _update(self, template, parameters)
    except Exception:
        created = [name for name in self._parsed_resources if name in template["Resources"] and name not in was]
        for name in reversed(created):  # what refers to others goes before these
            resource = self._parsed_resources.pop(name)
            if template["Resources"][name].get("DeletionPolicy") != "Retain":
                self._delete_resource(resource, template["Resources"][name])
        _use(self, was_template, was_parameters)
        self._parsed_resources.update({name: was[name] for name in was_template["Resources"] if name in was})
        _change(self, [name for name in was_template["Resources"] if name in was], ROLLED_BACK)
        raise


def _update(self: Any, template: dict[str, Any], parameters: dict[str, Any] | None = None) -> None:
    """Makes the resources what a changed template describes.

    moto: deletes first, also what is to be retained, then creates, and then changes what is there, so that a version is
    made of a function as it was; and it overlooks parameters in Fn::Sub. AWS: changes what others refer to before
    these, and deletes last.
    """
    before = self._resource_json_map
    after = template["Resources"]
    for name in before.keys() & after.keys():
        _check_indexes(name, _indexes(before[name]), _indexes(after[name]))
    changed_parameters = parameters != self.input_parameters
    _use(self, template, parameters)
    _change(self, [name for name in after if name in before and (changed_parameters or after[name] != before[name])])
    for name in [name for name in after if name not in self._parsed_resources]:
        self[name]
    for name in before.keys() - after.keys():
        gone = self._parsed_resources.pop(name, None)
        if gone is not None and before[name].get("DeletionPolicy") not in STAYING:
            self._delete_resource(gone, before[name])


def _use(self: Any, template: dict[str, Any], parameters: dict[str, Any] | None) -> None:
    """From now on the resources are read from this template."""
    self._template = template
    if parameters:
        self.input_parameters = parameters
    self.resolved_parameters = {}
    self.load_mapping()
    self.load_parameters()
    self.load_conditions()
    self._resource_json_map = template["Resources"]


def _change(self: Any, names: list[str], kinds: tuple[str, ...] = CHANGED) -> None:
    """Makes those that are there what the template says now."""
    described = self._resource_json_map
    for kind in kinds:
        for name in [name for name in names if described[name]["Type"] == kind]:
            self._parsed_resources[name] = parse_and_update_resource(
                name, described[name], self, self._account_id, self._region_name
            )


def _check_indexes(name: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    """moto: makes nothing of another index. AWS: refuses to change one, and takes one new or gone in an update."""
    changed = [index for index in before.keys() & after.keys() if before[index] != after[index]]
    if changed:
        raise ValidationError(message=f"Cannot update GSI's properties: {name}, {', '.join(changed)}")
    if len(before.keys() ^ after.keys()) > 1:
        raise ValidationError(
            message=f"Cannot perform more than one GSI creation or deletion in a single update: {name}"
        )


def _indexes(resource: dict[str, Any]) -> dict[str, Any]:
    return {each["IndexName"]: each for each in resource.get("Properties", {}).get("GlobalSecondaryIndexes", [])}
