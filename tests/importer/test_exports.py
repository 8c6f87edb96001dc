"""Export Workflows: only what is certain is taken, and the rest is told in full."""

import json
import zipfile
from pathlib import Path

import pytest
from given import Import, snapshot
from ruamel.yaml import YAML

CODE = 'def handler(pd: "pipedream"):\n    return {"answer": 42}\n'
OTHER = "import requests\n\nasync def handler(pd):\n    pass\n"

FILES = {
    "manifest.json": {"whatever": {"this": "says"}},
    "sales/Order intake.json": {
        "unknown": [
            {"namespace": "first", "x": {"y": CODE}},
            {"z": OTHER},
            {"namespace": "node", "code": "export default 1"},
        ],
        "notes": "def helper(): pass",
    },
    "empty.json": {"nothing": "here", "text": "`" * 5},
}


@pytest.fixture(params=["zip", "folder", "folder in a folder"])
def export(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """As it is downloaded, and as it is unpacked."""
    texts = {name: json.dumps(document) for name, document in FILES.items()} | {"assets/logo.png": "…"}
    if request.param == "zip":
        path = tmp_path / "project_export-proj_1.zip"
        with zipfile.ZipFile(path, "w") as made:
            for name, text in texts.items():
                made.writestr(name, text)
        return path
    folder = tmp_path / "export"
    for name, text in texts.items():
        file = folder / ("" if request.param == "folder" else "inner") / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def test_python_is_taken_and_the_rest_is_told(bring: Import, project: Path, export: Path):
    """Steps in the order of the file, called by their namespace where they have one."""
    result = bring(export)

    assert result.code == 0, result.err
    folder = project / "functions" / "Order-intake"
    files = snapshot(folder)
    declared = YAML(typ="safe").load(files.pop("workflow.yaml"))
    assert [step["namespace"] for step in declared["steps"]] == ["first", "step_2"]
    assert files == {"first.py": CODE.encode(), "step_2.py": OTHER.encode(), "requirements.txt": b"requests\n"}
    report = (project / "import-report.md").read_text(encoding="utf-8")
    assert "sales/Order intake.json" in report
    assert '"code": "export default 1"' in report
    assert '"this": "says"' in report
    assert '"nothing": "here"' in report
    assert '"assets/logo.png"' in report
    assert "42" not in report


def test_a_second_import_of_an_export_changes_nothing(bring: Import, project: Path, export: Path):
    """As with a repository."""
    bring(export)
    before = snapshot(project)

    assert "Order-intake: unchanged" in bring(export).out
    assert snapshot(project) == before


def test_an_export_without_python(bring: Import, project: Path, tmp_path: Path):
    """Nothing is imported, and the report holds what is there."""
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "manifest.json").write_text('{"a": 1}', encoding="utf-8")
    before = snapshot(project)

    assert bring(tmp_path / "export").code == 0
    assert set(snapshot(project)) - set(before) == {"import-report.md"}


def test_json_that_does_not_parse(bring: Import, project: Path, tmp_path: Path):
    """The file and the line."""
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "manifest.json").write_text('{"a":\n!}', encoding="utf-8")

    result = bring(tmp_path / "export")

    assert (result.code, result.err) == (1, "manifest.json, line 2 is not valid JSON: Expecting value.\n")


def test_a_zip_of_a_repository(bring: Import, project: Path, tmp_path: Path):
    """What GitHub gives for download."""
    with zipfile.ZipFile(tmp_path / "repository.zip", "w") as made:
        made.writestr(
            "repo-main/orders-p_1/workflow.yaml",
            "schema: workflow/2022.04\nsteps:\n- {namespace: a, uses: ./a/entry.py}",
        )
        made.writestr("repo-main/orders-p_1/a/entry.py", CODE)

    assert bring(tmp_path / "repository.zip").code == 0
    assert (project / "functions" / "orders" / "a.py").read_text(encoding="utf-8") == CODE
