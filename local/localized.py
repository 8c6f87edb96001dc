"""A translated template without what moto's CloudFormation has not, its references pointing to this machine.

Called by deploy. Calls nothing of local but template's types.
"""

import json
import re
from typing import Any

from local.template import Json, Translated

# A dashboard refers to alarms, which moto's CloudFormation has not.
_LEFT_OUT = {
    "AWS::Lambda::Alias", "AWS::Lambda::Permission", "AWS::Lambda::LayerVersion", "AWS::CloudWatch::Dashboard",
}  # fmt: skip
_API = "AWS::ApiGatewayV2::Api"


def localized(translated: Translated, base_url: str, supported: frozenset[str]) -> Json:
    """The template to give to moto. Resources of types that are not supported are left out."""
    template: Json = json.loads(json.dumps(translated.template))
    resources = template["Resources"]
    replaced = _replacements(resources)
    for logical_id in [k for k, r in resources.items() if r["Type"] in _LEFT_OUT or r["Type"] not in supported]:
        del resources[logical_id]
    for logical_id, resource in resources.items():
        properties = resource.setdefault("Properties", {})
        if resource["Type"] == "AWS::Lambda::Function":
            # moto wants code. It is never run: the workers take theirs from the folder. It changes when that does.
            code = [properties["Code"].get("S3Key"), properties.pop("Layers", None)]
            properties["Code"] = {"ZipFile": f"# see CodeUri: {json.dumps(code)}"}
        if logical_id in translated.definitions:
            properties.pop("DefinitionS3Location", None)
            properties["DefinitionString"] = translated.definitions[logical_id]
    apis = [k for k, r in translated.template["Resources"].items() if r["Type"] == _API]
    result: Json = _walk(template, replaced, _Addresses(apis, base_url))
    return result


class _Addresses:
    """Puts this machine's address in the place of every address of the HTTP APIs."""

    def __init__(self, apis: list[str], base_url: str) -> None:
        self.apis, self.base_url = apis, base_url
        names = "|".join(map(re.escape, apis)) or "(?!)"
        domain = r"\.execute-api\.\$\{AWS::Region\}\.(?:\$\{AWS::URLSuffix\}|amazonaws\.com)"
        self._ref = re.compile(r"https://\$\{(?:" + names + r")\}" + domain)
        self._attribute = re.compile(r"\$\{(?:" + names + r")\.ApiEndpoint\}")

    def in_text(self, text: str) -> str:
        return self._attribute.sub(self.base_url, self._ref.sub(self.base_url, text))


def _replacements(resources: Json) -> dict[str, str]:
    """What a reference to a resource that is left out means instead: another resource's name, or a text."""
    replaced = {}
    for logical_id, resource in resources.items():
        if resource["Type"] == "AWS::Lambda::Alias":
            version = resource["Properties"]["FunctionVersion"]
            replaced[logical_id] = "${" + version["Fn::GetAtt"][0] + "}"
        elif resource["Type"] == _API:
            replaced[logical_id] = "local"
    return replaced


def _walk(node: Any, replaced: dict[str, str], addresses: _Addresses) -> Any:
    if isinstance(node, list):
        return [_walk(each, replaced, addresses) for each in node]
    if not isinstance(node, dict):
        return node
    if len(node) == 1:
        (key, value), *_ = node.items()
        if key == "Ref" and value in replaced:
            return {"Fn::Sub": replaced[value]}
        if key == "Fn::GetAtt" and value in ([api, "ApiEndpoint"] for api in addresses.apis):
            return addresses.base_url
        if key == "Fn::Sub":
            text, *variables = value if isinstance(value, list) else [value]
            text = addresses.in_text(text)
            for name, instead in replaced.items():
                text = text.replace("${" + name + "}", instead)
            more = [_walk(each, replaced, addresses) for each in variables]
            return {"Fn::Sub": [text, *more] if more else text}
    return {key: _walk(value, replaced, addresses) for key, value in node.items()}
