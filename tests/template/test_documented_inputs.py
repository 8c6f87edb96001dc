"""The example of docs/inputs.md, put into the template."""

import re
from pathlib import Path

import pytest

from interlude.pd.accounts import sources
from local.template import Translated, load
from tests.template.test_permissions import READS_SECRETS, allowed
from tests.template.test_tools import run

PROJECT = Path(__file__).parents[2]
DOCUMENT = PROJECT / "docs" / "inputs.md"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's template with the documented workflow in it."""
    [example] = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    text = (PROJECT / "template.yaml").read_text(encoding="utf-8")
    text = text.replace("\nResources:\n", f"\nResources:\n{example}", 1)
    folder = tmp_path_factory.mktemp("example")
    (folder / "functions" / "sales").mkdir(parents=True)
    text = text.replace("CodeUri: functions/sales/", f"CodeUri: {folder}/functions/sales/")
    text = re.sub(r"((?:CodeUri|ContentUri|DefinitionUri): )(?=\w)", rf"\g<1>{PROJECT}/", text)
    (folder / "template.yaml").write_text(text, encoding="utf-8")
    return folder / "template.yaml"


@pytest.fixture(scope="module")
def translated(template: Path) -> Translated:
    return load(template, {}, "us-east-1")


@pytest.mark.proof
def test_cfn_lint_finds_nothing_in_the_example(template: Path):
    """Neither an error nor a warning."""
    run("cfn-lint", str(template))


def test_the_example_may_read_the_secrets_that_it_names_and_no_others(
    translated: Translated, monkeypatch: pytest.MonkeyPatch
):
    """One permission for each entry of ACCOUNTS and SECRETS."""
    resources = translated.template["Resources"]
    variables = resources["SalesNotify"]["Properties"]["Environment"]["Variables"]
    [policy] = resources["SalesNotifyRole"]["Properties"]["Policies"]
    for name in ("ACCOUNTS", "SECRETS"):
        monkeypatch.setenv(name, variables[name])

    named = [str(source) for name in ("ACCOUNTS", "SECRETS") for source in sources(name).values()]
    may_read = {action: resource["Fn::Sub"] for action, resource in allowed(policy["PolicyDocument"]).items()}

    assert named == ["secretsmanager:interlude/slack", "ssm:/interlude/api-key"]
    assert set(may_read) < READS_SECRETS
    assert may_read["secretsmanager:GetSecretValue"].endswith(":secret:interlude/slack-??????")
    assert may_read["ssm:GetParameter"].endswith(":parameter/interlude/api-key")
