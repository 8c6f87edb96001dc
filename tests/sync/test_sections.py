"""A workflow.yaml becomes a section of the template, and no other character of the template changes."""

from pathlib import Path

import pytest

from checker.checking import check
from sync.__main__ import main
from tests.sync.declaring import ROOT, TEMPLATE, Project, Sync

BEGIN, END = "  # interlude: begin orders", "  # interlude: end orders\n"


def section(text: str) -> str:
    return text[text.index(BEGIN) : text.index(END) + len(END)]


def test_the_samples_sections_are_what_their_files_declare(capsys: pytest.CaptureFixture[str]):
    """Of this project; the owner of a copy of it may have others."""
    assert main(["--project", str(ROOT), "--check"]) == 0, capsys.readouterr().err


def test_one_line_declares_a_workflow(project: Project, sync: Sync):
    """Its section comes behind the last workflow; the block is the one of a sample but for the names."""
    project.declare("steps: [count, report]\n", "count", "report")

    result = sync()

    assert (result.code, result.out) == (0, f"{project.template}: section of orders written\n")
    made = section(project.text)
    assert project.text.replace(f"{made}\n", "") == TEMPLATE
    assert project.text.index("  # interlude: end counter") < project.text.index(BEGIN)
    counter = TEMPLATE[TEMPLATE.index("  CounterCount:\n") : TEMPLATE.index("  # interlude: end counter")]
    ours = made.split("\n", 1)[1].removesuffix(END)
    expected = counter.replace("Counter", "Orders").replace("counter", "orders")
    assert [line for line in ours.splitlines() if "Description:" not in line] == [
        line for line in expected.splitlines() if "Description:" not in line
    ]
    assert check(project.template) == []


def test_a_second_time_changes_nothing(project: Project, sync: Sync):
    """And says so."""
    project.declare("steps: [a]\n", "a")
    sync()
    before = project.template.stat().st_mtime_ns, project.text

    assert sync().out == f"{project.template} has what each workflow.yaml declares.\n"
    assert (project.template.stat().st_mtime_ns, project.text) == before


def test_a_change_stays_in_the_section(project: Project, sync: Sync):
    """Byte for byte, in a template with an owner's own lines around it, in CRLF."""
    owners = "  Mine:   {Type: 'AWS::SNS::Topic'}  # mine\n"
    project.template.write_text(f"{project.text}{owners}\nOutputs: {{}}\n", encoding="utf-8")
    project.template.write_bytes(project.text.replace("\n", "\r\n").encode())
    project.declare("steps: [a, b]\n", "a", "b")
    sync()
    before = project.text
    project.declare("steps: [b, c]\n", "c")

    assert sync().code == 0

    begin, end = before.index(BEGIN), before.index(END.rstrip("\n"))
    assert project.text[:begin] == before[:begin]
    assert project.text.endswith(before[end:])
    assert project.text.count("\n") == project.text.count("\r\n")
    ids = [name for name in project.resources() if name.startswith("Orders")]
    assert ids == ["OrdersB", "OrdersC", "Orders"]


def test_check_names_what_differs(project: Project, sync: Sync):
    """And writes nothing."""
    project.declare("steps: [a]\n", "a")
    result = sync("--check")
    assert (result.code, project.text) == (1, TEMPLATE)
    assert result.err == (
        f"{project.template}: The section of orders is missing, but functions/orders/workflow.yaml declares it; run "
        "make sync.\n"
    )
    sync()
    assert sync("--check") == (0, "", "")
    project.declare("steps: [a]\noptions: retry\n")

    result = sync("--check")

    line = project.text[: project.text.index(BEGIN)].count("\n") + 1
    assert result.code == 1
    assert result.err == (
        f"{project.template}, line {line}: The section of orders is not what functions/orders/workflow.yaml declares; "
        "run make sync.\n"
    )


def test_an_edit_by_hand_is_not_discarded(project: Project, sync: Sync):
    """Not even beside a change of workflow.yaml; --force does."""
    project.declare("steps: [a]\n", "a")
    sync()
    project.edit("          STEP: a\n", "          STEP: a\n          DEBUG: 1\n")
    edited = project.text
    project.declare("steps: [a]\noptions: retry\n")

    for options in ((), ("--check",)):
        result = sync(*options)
        line = edited[: edited.index("          DEBUG: 1\n")].count("\n") + 1
        assert (result.code, project.text) == (1, edited)
        assert result.err.startswith(f"{project.template}, line {line}: The section of orders was edited by hand; ")
        assert "--force discards it" in result.err

    assert sync("--force").code == 0
    assert "DEBUG" not in project.text
    assert 'Options: "retry"' in project.text


def test_an_edit_that_workflow_yaml_declares_too_is_no_loss(project: Project, sync: Sync):
    """Its owner has moved it there, as the sentence asks."""
    project.declare("steps: [a]\n", "a")
    sync()
    text = project.text
    start = text.index(BEGIN)
    project.template.write_text(text[:start] + text[start:].replace('Options: ""', 'Options: "retry"', 1))
    assert sync().code == 1
    project.declare("steps: [a]\noptions: retry\n")

    assert sync().code == 0
    assert sync("--check").code == 0


def test_a_logical_id_of_ones_own_stays(project: Project, sync: Sync):
    """CloudFormation would replace a function that has another, and fail over its name."""
    project.declare("steps: [a]\n", "a")
    sync()
    project.template.write_text(project.text.replace("OrdersA", "Intake"), encoding="utf-8")

    assert sync().code == 0
    assert sync("--check").code == 0
    assert "Steps: !Sub a=${Intake.Version}\n" in project.text


def test_blocks_written_by_hand_go_on_working(project: Project, sync: Sync):
    """Without a workflow.yaml they are nothing to make sync. With one they are in its way, until --force."""
    project.declare("steps: [a]\n", "a")
    sync()
    lines = section(project.text).splitlines(keepends=True)
    by_hand = "".join(lines[1:-1]).replace("OrdersA", "Intake")
    project.template.write_text(project.text.replace("".join(lines), by_hand), encoding="utf-8")
    before = project.text
    path = project.folder / "functions" / "orders" / "workflow.yaml"
    declared = path.read_text(encoding="utf-8")
    path.unlink()
    assert sync("--check").code == 0
    path.write_text(declared, encoding="utf-8")

    result = sync()

    line = before[: before.index("  Intake:\n")].count("\n") + 1
    assert (result.code, project.text) == (1, before)
    assert result.err.startswith(f"{project.template}, line {line}: Intake belongs to the workflow orders and is ")
    assert sync("--force").code == 0
    assert project.text == before.replace(by_hand, section(project.text))
    assert [name for name in project.resources() if name in ("Intake", "Orders", "OrdersA")] == ["Intake", "Orders"]


def test_a_section_without_its_file_is_removed_only_with_force(project: Project, sync: Sync):
    """A removed workflow ends its runs."""
    project.declare("steps: [a]\n", "a")
    sync()
    (project.folder / "functions" / "orders" / "workflow.yaml").unlink()
    before = project.text

    result = sync()

    line = before[: before.index(BEGIN)].count("\n") + 1
    assert (result.code, project.text) == (1, before)
    assert result.err == (
        f"{project.template}, line {line}: The section of orders has no functions/orders/workflow.yaml any more; "
        "--force removes the section.\n"
    )
    assert sync("--force").out == f"{project.template}: section of orders removed\n"
    assert project.text == TEMPLATE


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (END, "", "The section of orders does not end; "),
        (END, END * 2, "The section of orders ends, but does not begin; "),
        (END, f"{BEGIN}\n{END}", "The section of orders begins inside the one of orders; "),
        (END, f"{END}{BEGIN}\n{END}", "orders has a section at line "),
    ],
)
def test_a_mark_without_its_other_one(project: Project, sync: Sync, before: str, after: str, told: str):
    """Nothing says where the section would end, so that nothing is written."""
    project.declare("steps: [a]\n", "a")
    sync()
    project.edit(before, after)
    text = project.text

    result = sync("--force")

    assert (result.code, project.text) == (1, text)
    assert told in result.err


def test_a_step_that_older_runs_need_keeps_its_function(project: Project, sync: Sync):
    """Disabled, it is no step of new runs; the check of the workflows knows why."""
    project.declare("steps:\n  - a\n  - {namespace: b, disabled: true}\n", "a", "b")

    assert sync().code == 0

    made = project.resources()
    assert made["OrdersB"]["Metadata"] == {"RemovedFromSteps": True}
    assert made["Orders"]["Properties"]["DefinitionSubstitutions"]["Steps"] == {"Fn::Sub": "a=${OrdersA.Version}"}
    assert check(project.template) == []


def test_no_template(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """One sentence."""
    assert main(["--project", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        f"{tmp_path / 'template.yaml'} does not exist; --project must be the folder of an Interlude project.\n"
    )
