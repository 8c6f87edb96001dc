"""The checker's own shape: which way its imports point, how long its modules are."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from copies import ROOT

import checker
from tests.import_order import below, order

PACKAGE = ROOT / "checker"
MODULES = [file.stem for file in sorted(PACKAGE.glob("*.py")) if not file.stem.startswith("__")]
PARTS = {
    "sync": set[str](),
    "importer": {"sync"},
    "checker": {"importer", "sync"},
    "cli": {"checker", "importer", "sync"},
    "local": {"checker", "sync"},
}
"""The packages for this machine, and which of them each may import."""


def imports(file: Path) -> set[str]:
    """What a file imports, with dots."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_every_module_has_its_place():
    """The package's docstring leaves none out."""
    assert sorted(order(checker)) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_one_way(module: str):
    """From a line of the docstring to the lines above it, and within a line along its chain."""
    own = {name.split(".")[1] for name in imports(PACKAGE / f"{module}.py") if name.startswith("checker.")}

    assert own & set(MODULES) <= below(checker, module)


@pytest.mark.parametrize("part", PARTS)
def test_the_packages_of_this_machine_import_each_other_one_way(part: str):
    """The command and the local server stand on the check, that on what the importer knows, and all on sync."""
    files = (file for file in (ROOT / part).rglob("*.py") if ".build" not in file.parts)
    found = {name.split(".")[0] for file in files for name in imports(file)}

    assert (found & set(PARTS)) - {part} == PARTS[part]


@pytest.mark.parametrize("module", MODULES)
def test_modules_are_short_and_say_what_they_are(module: str):
    """250 lines are where a file begins to be two."""
    text = (PACKAGE / f"{module}.py").read_text(encoding="utf-8")

    assert len(text.splitlines()) <= 250
    assert ast.get_docstring(ast.parse(text))


def test_the_check_runs_where_the_layer_is_not_installed():
    """As `make local` starts it. The layer lies in the project."""
    script = (
        "import sys; sys.meta_path = [each for each in sys.meta_path if 'editable' not in repr(each)];"
        "import checker.checking, interlude; print(interlude.__file__)"
    )
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(  # noqa: S603  # this project's own modules
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )

    assert Path(done.stdout.strip()) == ROOT / "layers" / "interlude" / "interlude" / "__init__.py"
