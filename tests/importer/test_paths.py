"""What PATH may be, and what is found there."""

import shutil
from pathlib import Path

import pytest
from given import Import, step, write


def test_a_zip_of_one_workflows_folder(bring: Import, project: Path, pipedream: Path, tmp_path: Path):
    """Of what is in it: the ZIP has the folder's name."""
    folder = write(pipedream, step("a"))
    shutil.make_archive(str(tmp_path / "orders-p_Ab1"), "zip", folder)

    assert "orders: imported" in bring(tmp_path / "orders-p_Ab1.zip").out
    assert (project / "functions" / "orders" / "a.py").is_file()


def test_a_path_in_the_home_folder(bring: Import, project: Path, pipedream: Path, monkeypatch: pytest.MonkeyPatch):
    """make does not expand it."""
    write(pipedream, step("a"))
    monkeypatch.setenv("HOME", str(pipedream))

    assert bring("~").code == 0
    assert bring("~/orders-p_Ab1").code == 0


def test_a_link_from_one_step_into_another(bring: Import, project: Path, pipedream: Path):
    """Inside of the workflow's folder, where it is copied as a file."""
    folder = write(pipedream, step("a"), step("b"))
    (folder / "a" / "rates.json").write_text("{}", encoding="utf-8")
    (folder / "b" / "prices.json").symlink_to("../a/rates.json")

    assert bring(pipedream).code == 0
    assert (project / "functions" / "orders" / "prices.json").read_text(encoding="utf-8") == "{}"


def test_a_repository_around_the_project(bring: Import, project: Path):
    """Its workflows come in, the project's own test data do not."""
    write(project.parent, step("a"), name="sales-p_1")
    write(project / "tests", step("a"), name="sample-p_1")

    assert bring(project.parent).code == 0
    assert (project / "functions" / "sales").is_dir()
    assert not (project / "functions" / "sample").exists()
