"""The report: what was imported, translated, needs a decision, can't run."""

from pathlib import Path

import pytest
from given import PROJECTS, Import, step, words, write


@pytest.fixture
def told(bring: Import, project: Path, pipedream: Path):
    """Writes a workflow, imports it, and returns what the Markdown says."""

    def run(*steps: dict[str, object], **more: object) -> str:
        write(pipedream, *steps, **more)
        result = bring(pipedream)
        assert result.code == 0, result.err
        return (project / "import-report.md").read_text(encoding="utf-8")

    return run


def test_the_mixed_project(bring: Import, project: Path):
    """Everything that is there is told once, under what came of it."""
    bring(PROJECTS / "mixed")

    text = (project / "import-report.md").read_text(encoding="utf-8")
    rows = [line.split(" | ")[:2] for line in text.splitlines() if line.startswith("| ")]
    told = [(first.removeprefix("| "), where) for first, where, *_ in (row for row in rows if len(row) == 2)]
    for row in (
        ("Imported", "SumUp"),
        ("Translated", "only_open"),
        ("Translated", "remember"),
        ("Translated", "answer"),
        ("Can't run", "fetch_customer"),
        ("Can't run", "tell_channel"),
        ("Left out", "old_way"),
        ("Needs a decision", "trigger ti_nIgHtLy"),
        ("Needs a decision", "trigger ei_mAiLeD"),
        ("Needs a decision", "shout.inputs.json, loud"),
    ):
        assert told.count(row) == 1, row


def test_a_secret_to_create(told):
    """With the keys that the step reads, for AWS and for this machine."""
    code = {"a": 'def handler(pd):\n    return pd.inputs["crm"]["$auth"]["api_key"]\n'}

    text = told(step("a", props={"crm": {"authProvisionId": "apn_1"}}), code=code)

    assert """aws secretsmanager create-secret --name interlude/crm --secret-string '{"api_key": "…"}'""" in text
    assert """{\n  "interlude/crm": {\n    "api_key": "…"\n  }\n}""" in text


def test_expressions_that_are_more_than_paths(told):
    """File, prop and expression."""
    text = told(step("a", props={"x": {"deep": ["{{ steps.trigger.event.a + 1 }}"]}, "y": "{{event.b}}"}))

    assert "| a.inputs.json, x | {{steps.trigger.event.a + 1}} is JavaScript." in text
    assert "event.b" not in text


def test_steps_that_are_read_but_do_not_run_before(told):
    """Of props and of code."""
    text = told(
        step("a", props={"x": "{{steps.b.$return_value}}"}),
        step("b"),
        {"namespace": "node", "uses": "./node/entry.js"},
        step("c"),
        step("d", props={"x": "{{steps.ghost.y}}"}),
        code={"c": 'def handler(pd): return pd.steps["node"], pd.steps["trigger"]\n'},
    )

    assert "| a | It reads the exports of step b, which comes later" in text
    assert "| c | It reads the exports of step node, which was not imported" in text
    assert "| d | It reads the exports of step ghost, which does not exist" in text


def test_a_node_step(told):
    """With the file to write instead."""
    text = told(step("a"), {"namespace": "node", "runtime": "nodejs20.x", "uses": "./node/entry.js"})

    assert "| Can't run | node | It is ./node/entry.js, and only Python runs here." in text
    assert "def handler(pd): ...  # in functions/orders/node.py" in text


@pytest.mark.parametrize(
    ("trigger", "line"),
    [
        ("hi_1", "GET /workflows   # hook_url of orders"),
        ("ti_1", "    expression: cron(0 9 ? * MON-FRI *)  # or rate(15 minutes)"),
        ("ei_1", "GET /workflows   # hook_url of orders"),
        ("dc_1", "        Type: EventBridgeRule"),
        ("xy_1", "A trigger of an unknown kind"),
    ],
)
def test_triggers(told, trigger: str, line: str):
    """Their configuration is not in the files: the lines to write instead."""
    text = told(step("a"), triggers=[{"id": "hi_0"}, {"id": trigger}])

    assert f"| Needs a decision | trigger {trigger} |" in text
    assert line in text


def test_keys_that_are_not_known(told):
    """Of the workflow, its settings, its triggers and its steps: told with what they hold."""
    text = told(
        step("a", color="red"),
        concurrency=4,
        settings={"auto_retry": True},
        triggers=[{"id": "hi_1", "custom": "x"}],
    )

    for where, key, value in (
        ("workflow.yaml", "concurrency", "4"),
        ("settings", "auto_retry", "True"),
        ("triggers", "custom", "x"),
        ("step a", "color", "red"),
    ):
        assert f"| Needs a decision | {where} | The key {key} is unknown and was not imported: {value}" in text


def test_code_that_will_not_run(told):
    """No handler, Python that is none, the module of Pipedream's first Python steps."""
    code = {"a": "x = 1\n", "b": "def handler(pd)\n", "c": "from pipedream.script_helpers import steps\n"}

    text = told(step("a"), step("b"), step("c"), code=code)

    assert "| Can't run | a | The file has no handler(pd), and the step will fail." in text
    assert "| Needs a decision | b | Python" in text
    assert "| Can't run | c | It imports pipedream, which does not exist here" in text


def test_names_that_hide_each_other(bring: Import, pipedream: Path):
    """A step like a package, a module like one of Python's own."""
    folder = write(pipedream, step("stripe"), step("b"), code={"b": "import stripe, email\ndef handler(pd): pass\n"})
    (folder / "email.py").write_text("A = 1", encoding="utf-8")

    text = words(bring(pipedream).out)

    assert "a step that imports the package stripe gets this step's file: rename the step." in text
    assert "Python's own module of this name comes first" in text


def test_the_report_goes_where_it_is_told(bring: Import, project: Path, pipedream: Path, tmp_path: Path):
    """--report."""
    write(pipedream, step("a"))

    assert bring(pipedream, "--report", str(tmp_path / "r.md")).code == 0

    assert (tmp_path / "r.md").read_text(encoding="utf-8").startswith("# Import from Pipedream\n")
    assert not (project / "import-report.md").exists()


def test_a_terminal_obeys_nothing_of_it(bring: Import, pipedream: Path):
    """Names and expressions come from somebody else's files."""
    write(pipedream, step("a", props={"x\x1b[2J": "{{ evil\x1b[31m() }}"}), triggers=[{"id": "\x1b[5m"}])

    assert "\x1b" not in bring(pipedream).out


def test_a_stack_that_would_be_too_large(bring: Import, pipedream: Path):
    """CloudFormation takes 500 resources, and a step is four of them."""
    write(pipedream, *(step(f"step_{number}") for number in range(130)))

    text = words(bring(pipedream).out)

    assert "resources, but CloudFormation allows 500 per stack." in text
