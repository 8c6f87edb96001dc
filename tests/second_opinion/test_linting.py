"""What asl-validator says of the state machine. What it does not know is in tests/template/test_state_machine.py."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from local.template import load
from tests.second_opinion.conftest import node
from tests.second_opinion.interpreter import HERE

pytestmark = pytest.mark.proof

PROJECT = HERE.parents[1]
TEXT = (PROJECT / "statemachine" / "workflow.asl.json").read_text(encoding="utf-8")
FILE = TEXT.replace("${Partition}", "aws")
"""As the linter can read it: an ARN without a partition is no ARN for it."""


@pytest.fixture
def second_opinion() -> None:
    """Nothing is run."""


def findings(*definitions: str) -> list[str]:
    done = subprocess.run(  # noqa: S603  # the tests' own program
        [node(), "lint.mjs"], cwd=HERE, input=json.dumps(definitions), capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("partition", ["aws", "aws-us-gov", "aws-cn"])
def test_the_file_is_clean_as_it_is_and_with_everything_put_into_it(partition: str):
    """The definition of each workflow, as CloudFormation makes it in each partition."""
    made = {"Partition": partition, "Table": "runs", "Steps": f"step=arn:{partition}:lambda:a:1:b:1"}
    translated = load(PROJECT / "template.yaml", {}, "us-east-1")
    machines = translated.of_type("AWS::StepFunctions::StateMachine")
    filled = []
    for _, machine in machines:
        text = TEXT
        for name, value in machine["Properties"]["DefinitionSubstitutions"].items():
            text = text.replace(f"${{{name}}}", value if isinstance(value, str) else made[name])
        assert "${" not in text
        filled.append(text)

    assert len(filled) == 4
    assert findings(FILE, *filled) == []


def change(state: str, **fields: Any) -> Callable[[Any], None]:
    return lambda states: states[state].update(fields)


@pytest.mark.parametrize(
    ("break_it", "found"),
    [
        (change("Delay", Next="Nowhere"), "MISSING_TRANSITION_TARGET"),
        (lambda states: states.update(Lost={"Type": "Succeed"}), "MISSING_TRANSITION_TARGET"),
        (change("Park", TimeoutSecondsPaths="$.at.seconds"), "SCHEMA_VALIDATION_FAILED"),
        (change("Park", TimeoutSeconds=1), "TASK_TIMEOUT"),
        (change("Delay", SecondsPath="at.seconds"), "SCHEMA_VALIDATION_FAILED"),
        (lambda states: states["Begin"]["ResultSelector"].update({"run_id": ""}), "DUPLICATE_FIELD_NAME"),
    ],
    ids=["unknown target", "lost state", "unknown field", "two timeouts", "no path", "field twice"],
)
def test_a_mistake_is_found(break_it: Callable[[Any], None], found: str):
    """The linter reads the file as we think that it does."""
    definition = json.loads(FILE)
    break_it(definition["States"])

    [line] = findings(json.dumps(definition))

    assert line.startswith(found)
