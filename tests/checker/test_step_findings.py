"""Mistakes in what lies in a workflow's folder: the steps' files, what they import, and what hides what they need."""

import pytest
from copies import Project

from sync.names import HIDING

HANDLER = "\n\ndef handler(pd): ...\n"
COUNT = "functions/counter/count.py"
LINES = "functions/counter/requirements.txt"
NO_LINE = f"which {LINES} does not provide; it must have the line"


def test_no_handler(project: Project):
    """A module beside the steps needs none."""
    project.write(COUNT, "import helper\n\n\ndef run(pd): ...\n")
    project.write("functions/counter/helper.py", "A = 1\n")

    assert project.findings() == [f"{COUNT}: It has no handler; a step must have a function handler(pd)."]
    assert project.unusable() == set()


@pytest.mark.parametrize(
    "code",
    [
        "from helper import *",
        "from typing import Any\nhandler: Any = print",
        "handler, other = print, 1",
        "class handler:\n    def __init__(self, pd): ...",
    ],
)
def test_a_handler_that_is_no_def(project: Project, code: str):
    """Whatever can be called is one."""
    project.write(COUNT, f"{code}\n")
    project.write("functions/counter/helper.py", "def handler(pd): ...\n")

    assert project.findings() == []


def test_a_relative_import(project: Project):
    """A step is loaded as a file, and not as a part of a package; a package beside it may have them."""
    project.write(COUNT, "import os\nfrom . import helper\nimport tools" + HANDLER)
    project.write("functions/counter/helper.py", "")
    project.write("functions/counter/tools/__init__.py", "from . import more\n")
    project.write("functions/counter/tools/more.py", "")

    sentence = "It has a relative import, but is not in a package; it must import the module by its plain name."
    assert project.findings() == [f"{COUNT}, line 2: {sentence}"]


def test_a_syntax_error(project: Project):
    """The line, and Python's own word; also in a module that a step imports."""
    project.write(COUNT, "import helper" + HANDLER)
    project.write("functions/counter/helper.py", "A = 1\nfor\n")

    [finding] = project.findings()
    assert finding.startswith("functions/counter/helper.py, line 2: Python")
    assert "invalid syntax" in finding
    assert project.unusable() == set()


@pytest.mark.parametrize(
    ("requirements", "code", "sentence"),
    [
        (None, "import pandas", f"pandas, but {LINES} does not exist; it must have the line pandas."),
        ("requests==2.32.5\n", "import requests, pandas", f"pandas, {NO_LINE} pandas."),
        ("requests\n", "import yaml", f"yaml, {NO_LINE} PyYAML."),
        ("requests\n", "from google.cloud import storage", f"google.cloud.storage, {NO_LINE} google-cloud-storage."),
    ],
)
def test_an_import_that_no_requirement_gives(project: Project, requirements: str | None, code: str, sentence: str):
    """With the line that it needs."""
    project.write(COUNT, f"# A comment.\n{code}{HANDLER}")
    if requirements:
        project.write("functions/counter/requirements.txt", requirements)

    assert project.findings() == [f"{COUNT}, line 2: It imports {sentence}"]
    assert project.unusable() == set()


@pytest.mark.parametrize(
    ("requirements", "code"),
    [
        ("", "import json, boto3, botocore.config, urllib3, interlude.clock"),
        ("", "from helper import A\nimport inner.part"),
        ("", "try:\n    import pandas\nexcept ImportError:\n    pandas = None"),
        ("", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas"),
        ("", "import typing\nif not typing.TYPE_CHECKING:\n    import json\nelse:\n    import pandas"),
        ("", "from contextlib import suppress\nwith suppress(ImportError):\n    import pandas"),
        ("", "import sys\nif sys.version_info >= (3, 11):\n    import tomllib\nelse:\n    import tomli"),
        ("", "from importlib.util import find_spec\nif find_spec('pandas'):\n    import pandas"),
        ("", "if __name__ == '__main__':\n    import pytest"),
        ("\ufeffrequests\n", "import requests"),
        ("PyYAML==6.0.3 ; python_version > '3' --hash=sha256:ab\n", "import yaml"),
        ("pyyaml >= 6  # for the list\n", "from yaml import safe_load"),
        ("google-cloud-storage\n", "from google.cloud import storage"),
        ("psycopg[binary]\n", "import psycopg"),
        ("opencv-python\n", "import cv2"),
        ("-r ../all.txt\n", "import pandas"),
        ("mine @ https://example.com/mine.whl\n", "import pandas"),
        ("our-own-package\n", "import some_module"),
    ],
)
def test_an_import_that_is_given(project: Project, requirements: str, code: str):
    """By Python, by Lambda, by the layer, by a file beside it, or by a package; or the code can do without it."""
    project.write(COUNT, code + HANDLER)
    project.write("functions/counter/helper.py", "A = 1\n")
    project.write("functions/counter/inner/part.py", "A = 1\n")
    project.write("functions/counter/requirements.txt", requirements)

    assert project.findings() == []


def test_packages_that_a_layer_brings_are_not_judged(project: Project):
    """Its name does not say what is in it."""
    project.write(COUNT, "import pandas" + HANDLER)
    uri = "      CodeUri: functions/counter/\n"
    project.replace(uri, f"      Layers: [!Ref Runtime, !Ref Mine]\n{uri}", within="  CounterCount:")

    assert project.findings() == []


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("import cgi", "It imports cgi: Python 3.13 no longer has this module, and its import fails."),
        ("import pipedream", "It imports pipedream, which does not exist here; use pd."),
        (
            "import queue",
            "It imports queue, which is a module of Python itself; functions/counter/queue.py must have another name.",
        ),
    ],
)
def test_an_import_that_cannot_be_given(project: Project, code: str, sentence: str):
    """No package brings it, or it is another than the one that is beside the step."""
    project.write("functions/counter/queue.py", "A = 1\n")
    project.write(COUNT, code + HANDLER)

    assert project.findings() == [f"{COUNT}, line 1: {sentence}"]


@pytest.mark.parametrize("name", HIDING)
@pytest.mark.parametrize("file", ["{}.py", "{}/__init__.py"])
def test_a_module_that_hides_what_every_step_needs(project: Project, name: str, file: str):
    """It would break all steps of its workflow."""
    path = f"functions/counter/{file.format(name)}"
    project.write(path, "")

    shown = path.removesuffix("/__init__.py")
    assert project.findings() == [
        f"{shown}: It would hide the package {name} that every step needs; it must have another name."
    ]


def test_a_step_may_be_called_like_a_module_of_python_s_own(project: Project):
    """The runtime lets the library come first."""
    project.write("functions/counter/json.py", HANDLER)
    project.write(COUNT, "import json" + HANDLER)
    project.replace("STEP: count", "STEP: json")
    project.replace("count=${CounterCount.Version},", "json=${CounterCount.Version},")

    assert project.findings() == []


def test_a_folder_that_is_called_like_a_file(project: Project):
    """It is no module, and not read."""
    project.write(COUNT, "import helper" + HANDLER)
    project.write("functions/counter/helper.py/inner.py/A", "")

    missing = f"but {LINES} does not exist; it must have the line helper."
    assert project.findings() == [f"{COUNT}, line 1: It imports helper, {missing}"]


def test_a_step_without_a_file(project: Project):
    """STEP and Steps agree, and still there is nothing to run."""
    line = project.line("STEP: count")
    (project.folder / COUNT).unlink()

    sentence = f"STEP is 'count', but {COUNT} does not exist; STEP must name a file."
    assert project.findings() == [f"template.yaml, line {line}, CounterCount: {sentence}"]


def test_a_folder_that_is_not_there(project: Project):
    """The function itself can't be there either."""
    project.replace("functions/counter/", "functions/cuonter/", within="  CounterCount:")

    line = project.line("functions/cuonter/")
    sentence = "CodeUri is 'functions/cuonter/', but the folder functions/cuonter does not exist."
    assert project.findings() == [f"template.yaml, line {line}, CounterCount: {sentence}"]
    assert project.unusable() == {"Counter", "CounterCount"}
