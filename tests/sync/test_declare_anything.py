"""Whatever a workflow.yaml holds: a section that SAM can read, or one sentence. Never a traceback."""

from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st
from samtranslator.yaml_helper import yaml_parse

from sync import reading, syncing
from sync.errors import Refused
from sync.reading import KEYS_OF_A_STEP, KEYS_OF_A_WORKFLOW
from sync.template import Template
from tests.fuzz.amount import MARKS, inputs

pytestmark = MARKS

TEMPLATE = Template("Resources:\n  Rows:\n    Type: AWS::DynamoDB::Table\n", "template.yaml")

texts = st.text(max_size=8) | st.sampled_from(
    [
        "a",
        "b_2",
        "off",
        "No",
        "1_0",
        "1:30",
        "=",
        "<<",
        "~",
        "null",
        "ssm:/x",
        "rate(1 day)",
        "cron(* * * * * *)",
        "\x85",
    ]
)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | st.binary(max_size=3) | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
fitting: dict[str, st.SearchStrategy[Any]] = {
    "namespace": st.sampled_from(["a", "b", "B", "yes", "n", "trigger", "_"]),
    "notes": texts,
    "name": texts,
    "options": st.sampled_from(["", "retry respond", "on_error=x"]),
    "settings": st.fixed_dictionaries({}, optional={"lambda_timeout": st.integers(0, 901)}),
    "schedule": st.dictionaries(texts, st.just("rate(1 day)") | values, max_size=2),
    "accounts": st.lists(texts, max_size=2),
    "secrets": st.dictionaries(texts, st.just("ssm:/x") | values, max_size=2),
    "environment": st.dictionaries(texts, values, max_size=3),
    "policies": st.lists(values, max_size=2),
    "resource": st.dictionaries(texts | st.just("Properties"), values, max_size=2),
}
steps = texts | st.fixed_dictionaries(
    {"namespace": fitting["namespace"]}, optional={key: fitting.get(key, values) | values for key in KEYS_OF_A_STEP[1:]}
)
documents = st.fixed_dictionaries(
    {"steps": st.lists(steps, min_size=1, max_size=3)},
    optional={key: fitting.get(key, values) | values for key in KEYS_OF_A_WORKFLOW if key != "steps"},
)


@inputs(100)
@given(documents | values)
def test_any_document(document: Any):
    """As another YAML library writes it."""
    check(yaml.safe_dump(document, allow_unicode=True))


@inputs(100)
@given(st.text(alphabet=":-[]{}&*!|>'\"\\#%?, \n\tsteps\x00\x85\ud800é", max_size=60))
def test_any_text(text: str):
    """No YAML, mostly."""
    check(text)


def check(text: str) -> None:
    told = ""
    try:
        workflow = reading.parse(text, "workflow.yaml", "orders")
    except Refused as error:
        told = str(error)
    if told:
        assert (told.startswith("workflow.yaml"), "\n" in told) == (True, False)
        return
    result = syncing.put(TEMPLATE, [workflow])
    after = result.after.text
    made = yaml_parse(after)["Resources"]
    assert all(isinstance(name, str) for name in made)
    steps = [each["Properties"]["Environment"]["Variables"]["STEP"] for each in made.values() if is_step(each)]
    assert steps == [step.name for step in workflow.steps]
    assert syncing.put(Template(after, "template.yaml"), [workflow]).workflows == ()


def is_step(resource: dict[str, Any]) -> bool:
    return bool(resource["Type"] == "AWS::Serverless::Function")
