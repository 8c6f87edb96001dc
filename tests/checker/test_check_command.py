"""`interlude check`, which a CI can call: exit code 1 and a sentence for each mistake."""

import sys
from pathlib import Path

import pytest
from copies import ROOT, Project

from cli.command import main

EXPLOSIVE = "A0: &a0 {k0: 1, k1: 2}\n" + "".join(
    f"A{level}: &a{level} {{<<: [{', '.join([f'*a{level - 1}'] * 10)}]}}\n" for level in range(1, 9)
)
"""543 bytes that stand for a billion values."""


def test_mistakes_are_lines_and_the_exit_code_is_1(project: Project, capsys: pytest.CaptureFixture[str]):
    """On stdout, one a line."""
    project.replace("        Table: !Ref Runs\n", "", within="  Counter:")
    project.write("functions/poll/report.py", "")

    code = main(["check", "--template", str(project.template)])

    line = project.line("DefinitionSubstitutions", after="  Counter:")
    table = "Counter: Table in DefinitionSubstitutions is missing; it must be !Ref Runs."
    handler = "functions/poll/report.py: It has no handler; a step must have a function handler(pd)."
    assert code == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{project.template}, line {line}, {table}",
        f"{project.folder}/{handler}",
    ]


def test_no_mistakes_are_exit_code_0(project: Project, capsys: pytest.CaptureFixture[str]):
    """With a sentence that says so."""
    assert main(["check", "--template", str(project.template)]) == 0
    assert capsys.readouterr() == (f"No mistakes found in {project.template} and its steps.\n", "")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Resources:\n  A: [\n", "{}, line 3 is not valid YAML: "),
        (EXPLOSIVE, "{} holds more than 100000 values or is more than 100 levels deep."),
        ("\udcff", "{} is not text in UTF-8."),
        (None, "{} does not exist; --template must be the path of a SAM template."),
    ],
)
def test_a_template_that_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, sentence: str
):
    """One sentence, on stderr."""
    path = tmp_path / "template.yaml"
    if text is not None:
        path.write_bytes(text.encode(errors="surrogateescape"))

    assert main(["check", "--template", str(path)]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), err[: len(sentence.format(path))]) == ("", 1, sentence.format(path))


@pytest.mark.parametrize("text", ["", "a", "[1]", "Resources: 1\n", "Resources: {}\n"])
def test_what_is_no_template_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str):
    """A CI that checks the wrong file must not stay green."""
    path = tmp_path / "template.yaml"
    path.write_text(text, encoding="utf-8")

    assert main(["check", "--template", str(path)]) == 1
    assert capsys.readouterr().err == f"{path} has no Resources; it must be a SAM template.\n"


def test_resources_of_other_kinds_are_passed_over(tmp_path: Path):
    """Whether they are right, SAM says."""
    path = tmp_path / "template.yaml"
    path.write_text("Resources: {A: 1, B: {Type: 2}, C: [x]}\n", encoding="utf-8")

    assert main(["check", "--template", str(path)]) == 0


@pytest.mark.skipif(sys.version_info < (3, 12), reason="one of its steps is written for Python 3.12")
def test_what_an_import_writes_has_no_mistakes(project: Project, capsys: pytest.CaptureFixture[str]):
    """Steps with packages, with modules of their own and with accounts."""
    source = ROOT / "tests" / "importer" / "projects" / "python_only"
    assert main(["import", str(source), "--project", str(project.folder)]) == 0
    capsys.readouterr()

    assert main(["check", "--template", str(project.template)]) == 0, capsys.readouterr().out
