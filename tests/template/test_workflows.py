"""What belongs to the project's owner: the check of the workflows judges it, and no rule for Interlude's own part."""

import re
from pathlib import Path

from product import PROJECT, text

from checker.checking import check

TEMPLATE = (PROJECT / "template.yaml").read_text(encoding="utf-8")
[POLICY] = re.findall(
    r"```yaml\n(      Policies:\n.*?)```", (PROJECT / "docs" / "local.md").read_text(encoding="utf-8"), re.DOTALL
)
MARK = "\n  # ---- What all workflows share -"


def test_the_workflows_have_no_mistakes():
    """As `make check-workflows` finds them."""
    assert [str(each) for each in check(PROJECT / "template.yaml")] == []


def test_a_step_s_own_permissions_are_its_owner_s(tmp_path: Path):
    """The example of docs/local.md, with its topic: no mistake, and not in what all other tests look at."""
    own = text(TEMPLATE, "one")
    given = own.replace("      Policies: [!Ref StepPolicy]\n", POLICY, 1)
    given = given.replace(MARK, f"\n  Orders:\n    Type: AWS::SNS::Topic\n{MARK}", 1)
    path = tmp_path / "template.yaml"
    path.write_text(given, encoding="utf-8")

    assert given.count("sns:Publish") == 1
    assert [str(each) for each in check(path)] == []
    assert text(given, "one") == own


def test_no_sample_is_needed():
    """Interlude's own part is the same without them."""
    assert text(text(TEMPLATE), "one") == text(TEMPLATE, "one")
