"""local.translations: a template that was translated before is not translated again, and any other is."""

import os
from pathlib import Path
from typing import Any

import pytest

from local import translation, translations

SOURCE = {"Resources": {"A": {"Type": "AWS::SNS::Topic"}, "B": {"Type": "AWS::SNS::Topic"}}}
PATH = Path("template.yaml")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "build" / "translations"
    monkeypatch.setattr(translations, "_FOLDER", folder)
    return folder


@pytest.fixture
def asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the translator was asked for."""
    asked: list[Any] = []

    def translate(source: Any, _path: Path, parameters: dict[str, str], region: str) -> dict[str, Any]:
        asked.append((list(source["Resources"]), parameters, region))
        return {"Resources": source["Resources"], "Number": len(asked)}

    monkeypatch.setattr(translation, "translate", translate)
    return asked


def test_the_same_template_is_translated_once(asked: list[Any]):
    first, second = (translations.of(SOURCE, PATH, {"Days": "1"}, "eu-west-1") for _ in range(2))

    assert first == second
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("source", "parameters", "region"),
    [
        ({"Resources": {**SOURCE["Resources"], "C": {"Type": "AWS::SNS::Topic"}}}, {"Days": "1"}, "eu-west-1"),
        ({"Resources": dict(reversed(SOURCE["Resources"].items()))}, {"Days": "1"}, "eu-west-1"),
        (SOURCE, {"Days": "2"}, "eu-west-1"),
        (SOURCE, {"Days": "1"}, "eu-west-2"),
    ],
    ids=["another resource", "another order", "another parameter", "another region"],
)
def test_another_one_is_translated(asked: list[Any], source: Any, parameters: dict[str, str], region: str):
    translations.of(SOURCE, PATH, {"Days": "1"}, "eu-west-1")

    assert translations.of(source, PATH, parameters, region)["Number"] == 2


def test_another_version_of_the_translator_is_asked_again(asked: list[Any], monkeypatch: pytest.MonkeyPatch):
    translations.of(SOURCE, PATH, {}, "eu-west-1")
    monkeypatch.setattr("importlib.metadata.version", lambda _name: "9.9.9")

    assert translations.of(SOURCE, PATH, {}, "eu-west-1")["Number"] == 2


def test_a_broken_file_is_written_again(asked: list[Any], folder: Path):
    translations.of(SOURCE, PATH, {}, "eu-west-1")
    [file] = folder.iterdir()
    file.write_text('{"Resources": {')

    assert translations.of(SOURCE, PATH, {}, "eu-west-1")["Number"] == 2
    assert translations.of(SOURCE, PATH, {}, "eu-west-1")["Number"] == 2


def test_only_the_newest_are_kept(asked: list[Any], folder: Path):
    for number in range(25):
        translations.of(SOURCE, PATH, {"Days": str(number)}, "eu-west-1")
        [newest] = [file for file in folder.iterdir() if file.stat().st_mtime > 1_000_000]
        os.utime(newest, (number, number))

    assert len(list(folder.iterdir())) == 20
    assert translations.of(SOURCE, PATH, {"Days": "24"}, "eu-west-1")["Number"] == 25


def test_a_folder_that_cannot_be_written_is_done_without(asked: list[Any], folder: Path):
    folder.parent.parent.mkdir(exist_ok=True)
    folder.parent.write_text("a file")

    assert translations.of(SOURCE, PATH, {}, "eu-west-1")["Number"] == 1
