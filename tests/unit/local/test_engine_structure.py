"""local.engine.items' own shape: which way its imports point."""

import ast
from pathlib import Path

import pytest

import local.engine.items
from tests.import_order import below, order

PACKAGE = Path(local.engine.items.__file__).parent
MODULES = [file.stem for file in sorted(PACKAGE.glob("*.py")) if file.stem != "__init__"]
NAME = "local.engine.items"


def imports(file: Path) -> set[str]:
    """The modules of the package that a module of it imports."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == NAME:
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and str(node.module).startswith(f"{NAME}."):
            found.add(str(node.module).split(".")[3])
    return found


def test_every_module_of_the_items_has_its_place():
    """The package's docstring leaves none out."""
    assert sorted(order(local.engine.items)) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_imports_of_the_items_point_one_way(module: str):
    """From a line of the docstring to the lines above it, and within a line along its chain."""
    assert imports(PACKAGE / f"{module}.py") <= below(local.engine.items, module)
