"""Writes the folder data of interlude.aws from the installed botocore: `make service-data`.

Of each service it keeps the operations that the module in interlude.aws calls. A test fails when the folder is out of
date.
"""

import ast
import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore
from botocore import xform_name

AWS = Path(__file__).parent / "interlude" / "interlude" / "aws"
DATA = AWS / "data"
BOTOCORE = Path(botocore.__file__).parent / "data"

MODULES = {
    "dynamodb": "table",
    "lambda": "functions",
    "s3": "bucket",
    "secretsmanager": "secret_store",
    "sesv2": "mail",
    "ssm": "secret_store",
    "stepfunctions": "executions",
}
"""The one module that calls each service."""


def main() -> None:
    shutil.rmtree(DATA, ignore_errors=True)
    for name, text in files().items():
        file = DATA / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def files() -> dict[str, str]:
    """The content of the folder: the text of each file by its path."""
    described = {service: _description(service) for service in MODULES}
    prefixes = {description["metadata"]["endpointPrefix"] for _, description in described.values()}
    return {
        "endpoints.json": _text(_endpoints(prefixes)),
        **{path: _text(description) for path, description in described.values()},
    }


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def _endpoints(prefixes: set[str]) -> dict[str, Any]:
    endpoints: dict[str, Any] = json.loads((BOTOCORE / "endpoints.json").read_text(encoding="utf-8"))
    for partition in endpoints["partitions"]:
        services = partition["services"].items()
        partition["services"] = {name: service for name, service in services if name in prefixes}
    return endpoints


def _description(service: str) -> tuple[str, dict[str, Any]]:
    """The file's path, and the description reduced to the called operations and their shapes, without documentation."""
    file = max((BOTOCORE / service).glob("*/service-2.json.gz"))
    full: dict[str, Any] = json.loads(gzip.decompress(file.read_bytes()))
    names = _names(AWS / f"{MODULES[service]}.py")
    operations = {name: full["operations"][name] for name in full["operations"] if xform_name(name) in names}
    needed = _needed(operations, full["shapes"])
    shapes = {name: shape for name, shape in full["shapes"].items() if name in needed}
    path = file.relative_to(BOTOCORE).with_suffix("")
    # Only at the top level: botocore reads the documentation of clientContextParams.
    kept = {name: value for name, value in full.items() if name != "documentation"}
    return path.as_posix(), {**kept, "operations": _undocumented(operations), "shapes": _undocumented(shapes)}


def _names(module: Path) -> set[str]:
    """All attributes and strings of a module: methods that it calls, and operations that it paginates."""
    nodes = list(ast.walk(ast.parse(module.read_text(encoding="utf-8"))))
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return attributes | {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def _needed(operations: dict[str, Any], shapes: dict[str, Any]) -> set[str]:
    needed: set[str] = set()
    ahead = list(_shapes_of(operations))
    while ahead:
        name = ahead.pop()
        if name not in needed:
            needed.add(name)
            ahead += _shapes_of(shapes[name])
    return needed


def _shapes_of(part: Any) -> Iterator[str]:
    """The names of the shapes in a part of a description."""
    if isinstance(part, dict):
        if isinstance(part.get("shape"), str):
            yield part["shape"]
        for value in part.values():
            yield from _shapes_of(value)
    elif isinstance(part, list):
        for value in part:
            yield from _shapes_of(value)


def _undocumented(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _undocumented(value) for name, value in part.items() if not _is_documentation(name, value)}
    if isinstance(part, list):
        return [_undocumented(value) for value in part]
    return part


def _is_documentation(name: str, value: Any) -> bool:
    """False for a member of that name, which is a dict."""
    return name == "documentation" and isinstance(value, str)


if __name__ == "__main__":
    main()
