"""What belongs to the project's owner: the check of the workflows judges it, and no rule for Interlude's own part."""

import re
from pathlib import Path

import pytest
from product import PROJECT, text

from checker.checking import check

TEMPLATE = (PROJECT / "template.yaml").read_text(encoding="utf-8")
[POLICY] = re.findall(
    r"```yaml\n(      Policies:\n.*?)```", (PROJECT / "docs" / "local.md").read_text(encoding="utf-8"), re.DOTALL
)
SECTION = "\n  # ---- What all workflows share -"


def test_the_workflows_have_no_mistakes():
    """As `make check-workflows` tells."""
    assert [str(each) for each in check(PROJECT / "template.yaml")] == []


@pytest.fixture
def with_additions(tmp_path: Path) -> Path:
    """A template with the example of docs/local.md for the step of a workflow of its own, and with a topic for it."""
    block = text(TEMPLATE, "orders")
    block = block[block.index("  OrdersFirst:") : block.index(SECTION)]
    block = block.replace("      Policies: [!Ref StepPolicy]\n", POLICY, 1)
    added = TEMPLATE.replace(SECTION, f"\n  Orders2:\n    Type: AWS::SNS::Topic\n\n{block}\n{SECTION}", 1)
    path = tmp_path / "template.yaml"
    path.write_text(re.sub(r"(Uri: )(?=\w)", rf"\g<1>{PROJECT}/", added), encoding="utf-8")
    return path


def test_a_step_s_own_permissions_are_its_owner_s(with_additions: Path):
    """They are no mistake, and Interlude's own part, which all other tests look at, has nothing of them."""
    given = with_additions.read_text(encoding="utf-8")

    assert "sns:Publish" in given
    assert [str(each) for each in check(with_additions)] == []
    assert text(given, "one") == text(TEMPLATE, "one")


def test_no_sample_is_needed():
    """Interlude's own part is the same without them."""
    start, end = TEMPLATE.index("  ApprovalAsk:"), TEMPLATE.index(SECTION)

    assert text(TEMPLATE[:start] + TEMPLATE[end:], "one") == text(TEMPLATE, "one")
