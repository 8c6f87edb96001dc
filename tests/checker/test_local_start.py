"""make local on a template with mistakes: they are said, and all other workflows are served."""

import json
import re
import urllib.request
from pathlib import Path

import pytest
from copies import ROOT, Project

from local.errors import LocalError
from local.server import running
from tests.waiting import LIMIT_S


@pytest.mark.usefixtures("nothing_elsewhere")
def test_good_workflows_are_served_beside_mistaken_ones(project: Project):
    """What would run otherwise than it is meant is left out; a step without handler fails when it is called."""
    project.replace("count=${CounterCount.Version}", "count")
    project.replace("STEP: wait_for_job", "STEP: report")
    project.replace("functions/callback/", "functions/nowhere/", within="  CallbackReport:")
    project.write("functions/approval/publish.py", "")
    text = project.template.read_text(encoding="utf-8")
    elsewhere = re.sub(
        r"Uri: (functions/(?:api|failures|wakeups|watch)/|layers/|statemachine/)", rf"Uri: {ROOT}/\1", text
    )
    project.template.write_text(elsewhere, encoding="utf-8")
    said: list[str] = []

    with (
        running(project.template, say=said.append) as started,
        urllib.request.urlopen(f"{started.url}/workflows", timeout=LIMIT_S) as answer,  # noqa: S310  # always http
    ):
        served = [workflow["name"] for workflow in json.load(answer)["workflows"]]

    assert served == ["approval"]
    assert [line.partition(": ")[0].rpartition(", ")[2] for line in said[:4]] == [
        "PollWaitForJob",
        "CallbackReport",
        "Counter",
        f"{project.folder}/functions/approval/publish.py",
    ]
    assert said[4] == f"Not served until {project.template} is mended: Callback, CallbackReport, Counter, Poll."


@pytest.fixture
def nothing_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the developer's own address of functions elsewhere would be asked."""
    monkeypatch.delenv("LAMBDA_ENDPOINT_URL", raising=False)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "A0: &a0 {k0: 1, k1: 2}\n"
            + "".join(f"A{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 9)),
            "holds more than 100000 values or is more than 100 levels deep.",
        ),
        ("Resources:\n  A: [\n", ", line 3 is not valid YAML: "),
    ],
    ids=["much of little", "no YAML"],
)
def test_a_template_that_cannot_be_read_is_refused(tmp_path: Path, text: str, sentence: str):
    """Before anything is made of it."""
    path = tmp_path / "template.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(LocalError, match=re.escape(str(path))) as refused, running(path):
        pass
    assert sentence in str(refused.value)
