"""The generator's own shape: which way its imports point, how long its modules are, what it needs."""

import ast
import os
import subprocess
import sys

import pytest

import sync
from tests.import_order import below, imports, order
from tests.sync.declaring import ROOT

PACKAGE = ROOT / "sync"
MODULES = [file.stem for file in sorted(PACKAGE.glob("*.py")) if not file.stem.startswith("__")]


def test_every_module_has_its_place():
    """The package's docstring leaves none out."""
    assert sorted(order(sync)) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_one_way(module: str):
    """From a line of the docstring to the lines above it, and within a line along its chain."""
    assert imports(sync, PACKAGE / f"{module}.py", MODULES) <= below(sync, module)


@pytest.mark.parametrize("module", MODULES)
def test_modules_are_short_and_say_what_they_are(module: str):
    """250 lines are where a file begins to be two."""
    text = (PACKAGE / f"{module}.py").read_text(encoding="utf-8")

    assert len(text.splitlines()) <= 250
    assert ast.get_docstring(ast.parse(text))


def test_it_needs_only_what_make_sync_installs():
    """ruamel.yaml, and of the runtime what imports nothing but the standard library; the layer is not installed."""
    script = (
        "import sys; sys.meta_path = [each for each in sys.meta_path if 'editable' not in repr(each)];"
        "import sync.__main__; print(*{name.partition('.')[0] for name in sys.modules})"
    )
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(  # noqa: S603  # this project's own modules
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )

    outside = set(done.stdout.split()) - sys.stdlib_module_names
    assert {name for name in outside if not name.startswith("_")} <= {"interlude", "ruamel", "sync", "google"}
    assert {"interlude", "ruamel"} <= outside


def test_one_module_writes_a_workflow_s_block():
    """In the whole tree: what else has a workflow's resources calls it."""
    folders = ("sync", "importer", "checker", "cli", "local", "tests", "bench")
    files = (file for folder in folders for file in (ROOT / folder).rglob("*.py") if ".build" not in file.parts)
    writers = {
        file.relative_to(ROOT).as_posix()
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.keyword | ast.Constant)
        and (node.arg if isinstance(node, ast.keyword) else node.value) == "LambdaInvokePolicy"
    }
    assert writers - {"tests/sync/test_sync_structure.py", "checker/resources.py"} == {"sync/resources.py"}
