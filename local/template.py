"""Reads a SAM template and translates it to CloudFormation, keeping in mind where the code is.

Called by deploy and server, before anything else starts. Calls translations and parameters.
"""

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from samtranslator.yaml_helper import intrinsics_multi_constructor  # type: ignore[import-untyped]

from checker.values import text_of
from local import translations
from local.errors import LocalError, one_line
from local.parameters import values_of
from sync.errors import Refused

Json = dict[str, Any]

# The translator takes code from S3 only. A bucket that does not exist stands for this machine.
_BUCKET = "this-machine"
_CODE = {"AWS::Serverless::Function": "CodeUri", "AWS::Serverless::LayerVersion": "ContentUri"}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The SAM translator's, by libyaml where that is there: it takes a tenth of the time."""


_Loader.add_multi_constructor("!", intrinsics_multi_constructor)


@dataclass(frozen=True)
class Translated:
    """CloudFormation, the values of its parameters, and by logical id the folders and definitions it names."""

    template: Json
    parameters: dict[str, str]
    folders: dict[str, Path]
    definitions: dict[str, str]

    def of_type(self, *types: str) -> Iterator[tuple[str, Json]]:
        """Logical id and resource of each resource of the types."""
        return ((k, r) for k, r in self.template["Resources"].items() if r["Type"] in types)

    @property
    def options(self) -> dict[str, str]:
        """The Options of each workflow that has them in plain words."""
        machines = (machine["Properties"] for _, machine in self.of_type("AWS::StepFunctions::StateMachine"))
        words = [machine.get("DefinitionSubstitutions") or {} for machine in machines]
        return {
            str(each["Workflow"]): each["Options"]
            for each in words
            if "Workflow" in each and isinstance(each.get("Options"), str)
        }


def load(path: Path, overrides: dict[str, str], region: str, left_out: Collection[str] = ()) -> Translated:
    """Reads and translates the template. Raises LocalError for whatever is wrong with it.

    `left_out` are the logical ids of resources to pass over.
    """
    source = _read(path)
    source["Resources"] = {name: each for name, each in source["Resources"].items() if name not in left_out}
    parameters = values_of(source.get("Parameters") or {}, overrides, path)
    folders = _take_code(source, path)
    definitions = dict(_take_definitions(source, path))
    template = translations.of(source, path, parameters, region)
    translated = Translated(template, parameters, {}, definitions)
    for logical_id, resource in translated.of_type("AWS::Lambda::Function", "AWS::Lambda::LayerVersion"):
        properties = resource["Properties"]
        code = properties.get("Code") or properties.get("Content") or {}
        if code.get("S3Bucket") == _BUCKET:
            translated.folders[logical_id] = folders[code["S3Key"]]
        elif resource["Type"] == "AWS::Lambda::Function":
            raise LocalError(
                f"{path}: {logical_id} has no folder as its CodeUri, and only a folder's code can run here."
            )
    return translated


def _read(path: Path) -> Json:
    try:
        source = yaml.load(text_of(path), _Loader)  # noqa: S506  # it is a safe loader
    except Refused as error:
        raise LocalError(str(error)) from None
    except yaml.YAMLError as error:
        raise LocalError(f"{path} is not valid YAML: {one_line(error)}.") from None
    if not isinstance(source, dict) or not isinstance(source.get("Resources"), dict):
        raise LocalError(f"{path} is no SAM template: it has no Resources.")
    return source


def _take_code(source: Json, path: Path) -> dict[str, Path]:
    """Puts a key in the place of every folder, and returns the folders. A key changes with what is in its folder."""
    folders: dict[str, Path] = {}
    defaults = (source.get("Globals") or {}).get("Function")
    places: list[tuple[str, str, Any]] = [("Globals", "CodeUri", defaults)]
    for logical_id, resource in source["Resources"].items():
        if isinstance(resource, dict) and resource.get("Type") in _CODE:
            places.append((logical_id, _CODE[resource["Type"]], resource.get("Properties")))
    for logical_id, key, properties in places:
        uri = (properties or {}).get(key)
        if not isinstance(uri, str) or uri.startswith("s3://"):
            continue
        folder = (path.parent / uri).resolve()
        if not folder.is_dir():
            raise LocalError(f"{path}: {logical_id} has {key} {uri}, but there is no folder {folder}.")
        s3_key = _digest(folder, uri)
        properties[key] = f"s3://{_BUCKET}/{s3_key}"
        folders[s3_key] = folder
    return folders


def _digest(folder: Path, uri: str) -> str:
    """What SAM knows a folder's code by: it makes new versions of the functions whose code has another one."""
    # The path keeps two folders two that are alike until one of them is edited.
    digest = hashlib.sha256(uri.encode())
    for file in sorted(folder.rglob("*.py")):
        digest.update(f"{file.relative_to(folder)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _take_definitions(source: Json, path: Path) -> Iterator[tuple[str, str]]:
    for logical_id, resource in source["Resources"].items():
        properties: Any = (resource.get("Properties") if isinstance(resource, dict) else None) or {}
        uri = properties.get("DefinitionUri")
        if not isinstance(uri, str):
            continue
        file = path.parent / uri
        try:
            text = file.read_text(encoding="utf-8")
            json.loads(text)
        except (OSError, UnicodeDecodeError):
            raise LocalError(
                f"{path}: {logical_id} has DefinitionUri {uri}, but there is no file {file.resolve()}."
            ) from None
        except ValueError as error:
            raise LocalError(
                f"{path}: {logical_id} has DefinitionUri {uri}, which is not valid JSON: {error}."
            ) from None
        properties["DefinitionUri"] = f"s3://{_BUCKET}/{logical_id}"
        yield logical_id, text
