"""What is there is not overwritten unless --replace says so; what is their owner's stays even then."""

from pathlib import Path

import pytest
from given import HANDLER, Import, edit, resources, snapshot, step, sync, write

SCHEDULE = """\
# At nine.
schedule:
  daily: cron(0 9 ? * MON-FRI *) # on workdays
"""


def declaration(project: Path) -> Path:
    return project / "functions" / "orders" / "workflow.yaml"


@pytest.fixture
def orders(bring: Import, pipedream: Path) -> Path:
    """A workflow of two steps that has been imported."""
    folder = write(pipedream, step("a"), step("b"), inactive=True)
    assert bring(pipedream).code == 0
    return folder


def test_a_changed_step_is_not_overwritten(bring: Import, orders: Path, project: Path):
    """The sentence names what differs."""
    (project / "functions" / "orders" / "a.py").write_text(HANDLER + "# mine\n", encoding="utf-8")
    before = snapshot(project)

    result = bring(orders)

    assert (result.code, snapshot(project)) == (1, before)
    assert result.err == (
        "Nothing was written: these workflows already exist and differ: orders (functions/orders/a.py). "
        "--replace overwrites them.\n"
    )


def test_a_changed_resource_is_not_overwritten(bring: Import, orders: Path, project: Path):
    """By its name in the template, where it was edited by hand."""
    edit(project / "template.yaml", "      Description: Step a of Orders (imported from Pipedream)\n", "")
    before = snapshot(project)

    result = bring(orders)

    assert (result.code, snapshot(project)) == (1, before)
    assert "orders (template.yaml: OrdersA.Properties.Description)" in result.err


def test_a_workflow_of_ones_own_is_not_overwritten(bring: Import, pipedream: Path, project: Path):
    """One that no import has brought."""
    write(pipedream, step("count"), name="counter-p_1")
    before = snapshot(project)

    result = bring(pipedream)

    assert (result.code, snapshot(project)) == (1, before)
    assert "functions/counter/count.py" in result.err


def test_another_workflow_is_imported_beside_it_only_together(bring: Import, orders: Path, project: Path):
    """All or nothing."""
    write(orders.parent, step("a"), name="second-p_2")
    (project / "functions" / "orders" / "a.py").unlink()

    assert bring(orders.parent).code == 1
    assert not (project / "functions" / "second").exists()
    assert bring(orders.parent, "--workflow", "second").code == 0


def test_replace_brings_what_pipedream_has(bring: Import, orders: Path, project: Path, pipedream: Path):
    """Its files and its block; a step that is gone is gone, and the rest of the template is as it was."""
    folder = project / "functions" / "orders"
    before = (project / "template.yaml").read_text(encoding="utf-8")
    (folder / "own.py").write_text("A = 1\n", encoding="utf-8")
    (folder / "b.py").write_text("changed\n", encoding="utf-8")
    write(pipedream, step("b", props={"x": 1}), step("c"), name="again/orders-p_Ab1")

    result = bring(pipedream / "again", "--replace")

    assert (result.code, "orders: replaced" in result.out) == (0, True)
    assert set(snapshot(folder)) == {"workflow.yaml", "b.py", "b.inputs.json", "c.py", "own.py"}
    assert (folder / "b.py").read_text(encoding="utf-8") == HANDLER
    assert "own.py" in result.out
    after = (project / "template.yaml").read_text(encoding="utf-8")
    assert "OrdersA" not in after
    assert "Steps: !Sub b=${OrdersB.Version},c=${OrdersC.Version}" in after
    outside = before.index("  # interlude: begin orders"), before.index("  # ---- What all workflows share")
    assert after.startswith(before[: outside[0]])
    assert after.endswith(before[outside[1] :])
    assert ": unchanged" in bring(pipedream / "again").out


def test_replace_leaves_files_of_steps_that_no_import_brought(bring: Import, orders: Path, project: Path):
    """A step that its owner has added goes out of the template, but not from the disk."""
    template = project / "template.yaml"
    edit(declaration(project), "notes: Step b of Orders (imported from Pipedream)", "notes: Mine.")
    edit(orders / "workflow.yaml", "- namespace: b\n  runtime: python3.12\n  uses: ./b/entry.py\n", "")
    (orders / "b" / "entry.py").unlink()

    result = bring(orders, "--replace")

    assert (result.code, "OrdersB" in template.read_text(encoding="utf-8")) == (0, False)
    assert (project / "functions" / "orders" / "b.py").is_file()
    assert "b.py" in result.out


def test_a_schedule_that_was_added_is_no_difference_and_stays(bring: Import, orders: Path, project: Path):
    """The report itself asks for it. Its text stays as it is, comments and all."""
    declaration(project).write_text(declaration(project).read_text(encoding="utf-8") + SCHEDULE, encoding="utf-8")
    sync(project)
    assert "orders: unchanged" in bring(orders).out
    (project / "functions" / "orders" / "a.py").unlink()
    edit(orders / "workflow.yaml", "- namespace: b\n", "- namespace: bb\n")

    assert bring(orders, "--replace").code == 0

    assert declaration(project).read_text(encoding="utf-8").count(SCHEDULE) == 1
    (event,) = resources(project)["Orders"]["Properties"]["Events"].values()
    assert event["Properties"]["ScheduleExpression"] == "cron(0 9 ? * MON-FRI *)"


def test_what_was_edited_in_the_section_is_lost_only_with_replace(bring: Import, orders: Path, project: Path):
    """And each place is named: such an edit belongs into workflow.yaml."""
    added = "          STEP: a\n          DEBUG: 1\n"
    edit(project / "template.yaml", "          STEP: a\n", added)
    before = snapshot(project)

    result = bring(orders)

    assert (result.code, snapshot(project)) == (1, before)
    assert "orders (template.yaml: OrdersA.Properties.Environment.Variables.DEBUG)" in result.err
    assert bring(orders, "--replace").code == 0
    assert added not in (project / "template.yaml").read_text(encoding="utf-8")


def test_variables_that_were_added_stay(bring: Import, orders: Path, project: Path):
    """As the report asks for those that a step can do without."""
    notes = "    notes: Step a of Orders (imported from Pipedream)\n"
    added = '    environment:\n      DEBUG: "off"\n      TABLE: !Ref Runs\n'
    edit(declaration(project), notes, notes + added)
    sync(project)
    assert "orders: unchanged" in bring(orders).out
    (project / "functions" / "orders" / "a.py").unlink()

    assert bring(orders, "--replace").code == 0

    variables = resources(project)["OrdersA"]["Properties"]["Environment"]["Variables"]
    assert variables == {"STEP": "a", "DEBUG": "off", "TABLE": {"Ref": "Runs"}}
    assert added in declaration(project).read_text(encoding="utf-8")


def test_a_requirements_file_is_its_owners_once_it_is_there(bring: Import, pipedream: Path, project: Path):
    """Pins and corrections stay; what it does not name is told."""
    code = {"a": "import requests, some_sdk\ndef handler(pd): pass\n"}
    write(pipedream, step("a"), code=code)
    bring(pipedream)
    requirements = project / "functions" / "orders" / "requirements.txt"
    assert requirements.read_text(encoding="utf-8") == "requests\nsome_sdk\n"
    requirements.write_text("# mine\nrequests==2.31.0\ntheirs\n", encoding="utf-8")

    result = bring(pipedream)

    assert (result.code, "orders: unchanged" in result.out) == (0, True)
    assert requirements.read_text(encoding="utf-8") == "# mine\nrequests==2.31.0\ntheirs\n"
    assert "does not list this package" in " ".join(result.out.split())


def test_options_are_their_owners_once_the_workflow_is_there(bring: Import, orders: Path, project: Path):
    """Switched on by hand, it stays on."""
    edit(declaration(project), "inactive: true", "options: respond retry")
    sync(project)
    assert "orders: unchanged" in bring(orders).out
    (project / "functions" / "orders" / "a.py").unlink()

    assert bring(orders, "--replace").code == 0

    options = resources(project)["Orders"]["Properties"]["DefinitionSubstitutions"]["Options"]
    assert options == "respond retry"
