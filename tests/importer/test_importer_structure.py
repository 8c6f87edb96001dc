"""The importer's own shape: which way its imports point, how long its modules are."""

import ast

import pytest
from given import ROOT

import importer
from tests.import_order import below, imports, order

PACKAGE = ROOT / "importer"
MODULES = [file.stem for file in sorted(PACKAGE.glob("*.py")) if not file.stem.startswith("__")]


def test_every_module_has_its_place():
    """The package's docstring leaves none out."""
    assert sorted(order(importer)) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_one_way(module: str):
    """From a line of the docstring to the lines above it, and within a line along its chain."""
    assert imports(importer, PACKAGE / f"{module}.py", MODULES) <= below(importer, module)


@pytest.mark.parametrize("module", MODULES)
def test_modules_are_short_and_say_what_they_are(module: str):
    """250 lines are where a file begins to be two."""
    text = (PACKAGE / f"{module}.py").read_text(encoding="utf-8")

    assert len(text.splitlines()) <= 250
    assert ast.get_docstring(ast.parse(text))


def test_the_command_is_the_one_that_pyproject_names():
    """`interlude` in .venv/bin."""
    import tomllib

    from cli.command import main

    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert scripts == {"interlude": f"{main.__module__}:{main.__name__}"}


def test_the_command_needs_only_what_make_import_installs():
    """Of the runtime it takes what imports nothing but the standard library: there is no botocore beside it."""
    import os
    import subprocess
    import sys

    path = os.pathsep.join([str(ROOT), str(ROOT / "layers" / "interlude")])
    told = "import sys, importer.importing; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(  # noqa: S603  # this project's own module
        [sys.executable, "-c", told], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=True
    )

    ours = {"importer", "interlude", "ruamel"}
    assert {
        name for name in done.stdout.split() if name in {"botocore", "boto3", "urllib3", "pydantic", "yaml"}
    } == set()
    assert ours <= set(done.stdout.split())
