"""The shape of the code: which way imports point, what is deployed, who may ask for the time."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import interlude
from tests.import_order import below, order

PROJECT = Path(__file__).parents[2]
RUNTIME = PROJECT / "layers" / "interlude" / "interlude"
API = PROJECT / "functions" / "api"

FILES = {file.stem: file for file in sorted(RUNTIME.rglob("*.py")) if file.stem != "__init__"}
"""The runtime's modules by their names, which are unique over its packages."""
MODULES = sorted(FILES)

FOR_THE_API = {
    "executions",
    "functions",
    "death",
    *(module for module in MODULES if FILES[module].parent.name == "control"),
}


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def imports(file: Path, *, inside_functions: bool = True) -> Iterator[str]:
    """What a file imports, with full names; also what only some function of it imports, unless told."""
    body = tree(file)
    nodes = ast.walk(body) if inside_functions else iter(body.body)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def runtime_imports(module: str, *, inside_functions: bool = True) -> set[str]:
    """The modules of the runtime that a module of it imports."""
    names = imports(FILES[module], inside_functions=inside_functions)
    return {part for name in names if name.startswith("interlude.") for part in name.split(".")[1:3]} & set(MODULES)


def deployed() -> list[Path]:
    return sorted([*(PROJECT / "layers").rglob("*.py"), *(PROJECT / "functions").rglob("*.py")])


def test_every_module_of_the_runtime_has_its_place():
    """The package's docstring says which way imports point, and leaves no module out."""
    assert sorted(order(interlude)) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_imports_of_the_runtime_point_one_way(module: str):
    """From a line of the docstring to the lines above it, and within a line along its chain; never back or across."""
    assert runtime_imports(module) <= below(interlude, module)


def test_errors_stand_at_the_bottom():
    """They import nothing of the package."""
    assert runtime_imports("errors") == set()


def reachable(module: str, *, inside_functions: bool) -> set[str]:
    found: set[str] = set()
    ahead = [module]
    while ahead:
        each = ahead.pop()
        if each not in found:
            found.add(each)
            ahead += runtime_imports(each, inside_functions=inside_functions)
    return found


def test_a_step_never_imports_what_is_for_the_api():
    """Not even inside of a function: a step's role could not use it."""
    assert reachable("step", inside_functions=True) & FOR_THE_API == set()


def test_a_step_imports_test_mode_only_when_it_is_tested():
    """A cold start pays for what it uses."""
    assert "trial" not in reachable("step", inside_functions=False)
    assert "trial" not in reachable("turn", inside_functions=True)


def test_a_step_imports_what_inputs_need_only_when_it_has_some():
    """And urllib3's part only when it sends."""
    needed = {"inputs", "accounts", "secret_store", "secret_texts", "data_stores", "expressions", "deliveries"}

    assert reachable("step", inside_functions=False) & needed == set()
    assert reachable("turn", inside_functions=False) & needed == set()


def test_nothing_that_is_deployed_imports_what_is_for_this_machine():
    """Neither local nor tests, nor moto."""
    for file in deployed():
        packages = {name.split(".")[0] for name in imports(file)}
        assert packages & {"local", "importer", "sync", "tests", "moto", "pytest", "samtranslator"} == set(), file


def test_a_step_needs_no_package_beside_botocore():
    """The layer brings none along, and boto3's resources are slow to load. urllib3 comes with botocore, and
    snapshot_restore_py with Lambda's runtime."""
    import sys

    outside = {
        name.split(".")[0] for module in MODULES for name in imports(FILES[module])
    } - sys.stdlib_module_names  # fmt: skip

    assert {name for name in outside if not name.startswith("mypy_boto3")} == {
        "botocore", "interlude", "snapshot_restore_py", "urllib3"
    }  # fmt: skip


def test_the_samples_import_nothing_of_this_project():
    """A step is a plain file with a handler(pd)."""
    samples = ("approval", "poll", "callback", "counter")
    steps = [file for sample in samples for file in (PROJECT / "functions" / sample).glob("*.py")]

    assert len(steps) == 8
    for file in steps:
        assert not [name for name in imports(file) if name.startswith("interlude")], file
        handlers = [node for node in tree(file).body if isinstance(node, ast.FunctionDef) and node.name == "handler"]
        assert [argument.arg for argument in handlers[0].args.args] == ["pd"]


def test_no_module_is_called_for_nothing_in_particular():
    """utils, helpers, common and misc attract what belongs elsewhere."""
    # local/.build holds the packages that `make local` has installed, which are not ours to name.
    local = (file for file in (PROJECT / "local").rglob("*.py") if ".build" not in file.parts)
    names = {file.stem for file in (*deployed(), *local)}

    assert names & {"utils", "util", "helpers", "helper", "common", "misc", "tools", "base", "app"} == set()


TIME = re.compile(
    r"time\.(time|time_ns|monotonic|monotonic_ns|perf_counter|perf_counter_ns|localtime|gmtime)"
    r"|(datetime|date)\.(now|utcnow|today)"
    r"|datetime\.(datetime|date)\.(now|utcnow|today)"
)


def test_the_clock_is_the_one_who_asks_for_the_time():
    """So that tests can set it; sleeping is not asking."""
    asking = {
        file.name
        for file in deployed()
        for node in ast.walk(tree(file))
        if (isinstance(node, ast.Attribute) and TIME.fullmatch(ast.unparse(node)))
        or (isinstance(node, ast.ImportFrom) and node.module == "time")
    }

    assert asking == {"clock.py"}


@pytest.mark.parametrize(
    ("service", "module"),
    [
        ("dynamodb", "table"),
        ("s3", "bucket"),
        ("stepfunctions", "executions"),
        ("lambda", "functions"),
        ("sesv2", "mail"),
        ("secretsmanager", "secret_store"),
        ("ssm", "secret_store"),
    ],
)
def test_one_module_talks_to_each_aws_service(service: str, module: str):
    """Who wants to know what is sent reads one file. step makes DynamoDB's client early, and calls nothing."""
    calling = {
        file.stem
        for file in (*RUNTIME.rglob("*.py"), *API.glob("*.py"))
        if file.stem not in ("clients", "step")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call) and ast.unparse(node) == f"client('{service}')"
    }

    assert calling == {module}


def test_files_are_short():
    """250 lines are where a file begins to be two."""
    lines = {file.name: len(file.read_text(encoding="utf-8").splitlines()) for file in deployed()}

    assert {name: count for name, count in lines.items() if count > 250} == {}


def test_every_module_says_what_it_is():
    """The API and the runtime; a module's docstring is its first line."""
    silent = [file.name for file in (*RUNTIME.rglob("*.py"), *API.glob("*.py")) if not ast.get_docstring(tree(file))]

    assert silent == []
