"""Whatever the files hold: an import, or one sentence. Never a traceback, never half of it."""

import contextlib
import io
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from given import HANDLER, ROOT, snapshot
from hypothesis import given
from hypothesis import strategies as st
from samtranslator.yaml_helper import yaml_parse

from cli.command import main
from importer.packages import _REQUIREMENT
from tests.fuzz.amount import MARKS, inputs

pytestmark = MARKS

TEMPLATE = """\
Resources:
  Old:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionSubstitutions: {Workflow: old}
"""

texts = st.text(max_size=12) | st.sampled_from(
    [
        "a",
        "b_2",
        "{{steps.a.$return_value}}",
        "{{ a() }}",
        "{{",
        "./a/entry.py",
        "http-get-request@1.0.0",
        "off",
        "\x1b",
        "'",
    ]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            texts | st.sampled_from(["authProvisionId", "storeId", "__lv", "label", "value"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
steps = st.fixed_dictionaries(
    {"namespace": st.sampled_from(["a", "b", "B", "yes", "trigger", "x y"]) | values},
    optional={
        "uses": st.sampled_from(["./a/entry.py", "./b/entry.js", "../x.py", "filter-end-workflow@0.0.1"]) | values,
        "props": st.dictionaries(texts, values, max_size=3) | values,
        "disabled": values,
        "runtime": values,
        "notes": values,
        "other": values,
    },
)
documents = st.fixed_dictionaries(
    {"schema": st.just("workflow/2022.04")},
    optional={
        "name": values,
        "inactive": st.booleans() | values,
        "settings": st.dictionaries(
            st.sampled_from(["lambda_timeout", "lambda_memory", "error_notification", "x"]), values, max_size=3
        )
        | values,
        "triggers": st.lists(st.fixed_dictionaries({"id": values}) | values, max_size=2) | values,
        "steps": st.lists(steps, max_size=3) | values,
    },
)


@contextlib.contextmanager
def sandbox() -> Iterator[tuple[Path, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        project, workflow = Path(folder) / "project", Path(folder) / "orders-p_1"
        project.mkdir()
        (project / "template.yaml").write_text(TEMPLATE, encoding="utf-8")
        for entry in ("a/entry.py", "b/entry.js"):
            (workflow / entry).parent.mkdir(parents=True)
            (workflow / entry).write_text(HANDLER, encoding="utf-8")
        yield project, workflow


def check(project: Path, path: Path) -> int:
    """Imports twice; what came of it has to be one of the two."""
    before = snapshot(project)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["import", str(path), "--project", str(project)])
    if code == 1:
        assert err.getvalue().count("\n") == 1
        assert snapshot(project) == before
        return code
    assert (code, err.getvalue()) == (0, "")
    assert yaml_parse((project / "template.yaml").read_text(encoding="utf-8"))["Resources"]
    after = snapshot(project)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        assert main(["import", str(path), "--project", str(project)]) == 0
    assert snapshot(project) == after
    return code


@inputs(40)
@given(documents)
def test_documents_of_any_content(document: dict[str, Any]):
    """Of the right form or not."""
    with sandbox() as (project, workflow):
        text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
        (workflow / "workflow.yaml").write_text(text, encoding="utf-8")
        check(project, workflow)


@inputs(40)
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")))
def test_files_of_any_bytes(content: bytes):
    """YAML or not."""
    with sandbox() as (project, workflow):
        (workflow / "workflow.yaml").write_bytes(content)
        assert check(project, workflow) == 1


@inputs(20)
@given(st.binary(max_size=80) | st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace")))
def test_steps_of_any_bytes(code: bytes):
    """Python or not."""
    with sandbox() as (project, workflow):
        (workflow / "workflow.yaml").write_text(
            "schema: workflow/2022.04\nsteps: [{namespace: a, uses: ./a/entry.py}]\n", encoding="utf-8"
        )
        (workflow / "a" / "entry.py").write_bytes(code)
        assert check(project, workflow) == 0


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [*a]\nschema: workflow/2022.04\n",
        "a: &a {b: 1}\n" + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}' if n else '*a'] * 9)}]\n" for n in range(8)),
        "[" * 500,
        "schema: !!python/object/apply:os.system [ls]\n",
        "schema: 2022-99-99\n",
        "schema: workflow/2022.04\nschema: workflow/2022.04\n",
        "? {a: b}\n: c\n",
        "schema: workflow/2022.04\nsteps: [{namespace: a, uses: ./a/entry.py, props: {x: .nan, y: .inf}}]\n",
        "schema: workflow/2022.04\nsteps: [{namespace: a, uses: ./a/entry.py, props: {x: !!binary aGk=}}]\n",
        "\ufeff\ufeff",
        "%YAML 9.9\n---\na: b\n",
        "a: b\n---\nc: d\n",
        '"\\ud800": 1\n',
    ],
)
def test_documents_that_parsers_stumble_over(text: str):
    """Loops, bombs, tags, dates that are none."""
    with sandbox() as (project, workflow):
        (workflow / "workflow.yaml").write_text(text, encoding="utf-8")
        assert check(project, workflow) == 1


def test_dates_become_texts():
    """JSON has none."""
    with sandbox() as (project, workflow):
        (workflow / "workflow.yaml").write_text(
            "schema: workflow/2022.04\nsteps: [{namespace: a, uses: ./a/entry.py, props: {day: 2026-11-22}}]\n",
            encoding="utf-8",
        )
        assert check(project, workflow) == 0
        inputs = project / "functions" / "orders" / "a.inputs.json"
        assert inputs.read_text(encoding="utf-8") == '{\n  "day": "2026-11-22"\n}\n'


def test_the_whole_template_of_this_project_is_taken(tmp_path: Path):
    """Here, where no other test imports into it together with what Hypothesis makes."""
    shutil.copy(ROOT / "template.yaml", tmp_path)
    with sandbox() as (_, workflow):
        (workflow / "workflow.yaml").write_text(
            "schema: workflow/2022.04\nsteps: [{namespace: a, uses: ./a/entry.py}]\n", encoding="utf-8"
        )
        assert check(tmp_path, workflow) == 0


@inputs(200)
@given(st.text(alphabet="a1.-_[],<>=!~* ;@", max_size=2_000))
def test_requirements_are_recognised_in_no_time(text: str):
    """Whatever is written into a comment. The time is this thread's own, and not that of a busy machine."""
    began_s = time.thread_time()
    _REQUIREMENT.fullmatch(text)
    assert time.thread_time() - began_s < 1
