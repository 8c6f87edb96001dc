"""requirements.txt, from imports and comments."""

from pathlib import Path

import pytest
from given import Import, step, write

from importer.code import look_at
from importer.packages import find, mapping


def lines(*codes: str, siblings: frozenset[str] = frozenset(), given: str = "") -> tuple[str, ...]:
    return find([look_at(code.encode()) for code in codes], set(siblings), given).lines


def test_packages_whose_names_differ_from_their_imports():
    """As pipreqs knows them, which is what Pipedream uses."""
    code = "import yaml, bs4, telegram, dotenv\nfrom PIL import Image\n"

    assert lines(code) == ("beautifulsoup4", "Pillow", "python-dotenv", "python-telegram-bot", "PyYAML")


def test_what_needs_no_package():
    """The standard library, the workflow's own modules, and what every function has."""
    code = "import json, os.path, asyncio, prices, lib.deep, boto3, botocore.session\nfrom . import here\n"

    found = find([look_at(code.encode())], {"prices", "lib"})

    assert (found.lines, found.in_lambda) == ((), ("boto3", "botocore"))


def test_comments_count_more_than_imports():
    """A pinned version, also where another step only imports the package."""
    pinned = "# pipedream add-package requests==2.31.0\nimport requests\n"

    assert lines("import requests", pinned, "# pipedream add-package requests") == ("requests==2.31.0",)


@pytest.mark.parametrize(
    ("comment", "line"),
    [
        ("curl-cffi", "curl-cffi"),
        ("pandas==2.0.0", "pandas==2.0.0"),
        ("pandas >= 2, <3", "pandas >= 2, <3"),
        ("uvicorn[standard]", "uvicorn[standard]"),
        ("pip install google-ai-generativelanguage", "google-ai-generativelanguage"),
    ],
)
def test_comments_of_every_form(comment: str, line: str):
    """Also as people write them."""
    assert lines(f"# pipedream add-package {comment}") == (line,)


def test_two_versions_of_a_package():
    """A workflow can have one only; the other is told."""
    codes = ["# pipedream add-package pandas==2.0.0\n", "# pipedream add-package pandas==1.5.3\n"]

    found = find([look_at(code.encode()) for code in codes], set())

    assert (found.lines, found.conflicts) == (("pandas==2.0.0",), (("pandas==2.0.0", "pandas==1.5.3"),))


@pytest.mark.parametrize("comment", ["!", "the package", "-r /etc/passwd", "a; import os", "git+https://x.example/a"])
def test_comments_that_name_no_package(comment: str):
    """They are told, and not written."""
    found = find([look_at(f"# pipedream add-package {comment}".encode())], set())

    assert (found.lines, found.unclear) == ((), (comment,)) or comment == "the package"


def test_an_import_that_a_comments_package_brings():
    """Its name need not be that of the package."""
    code = "# pipedream add-package pinecone-plugin-assistant\nfrom pinecone_plugins.assistant import Assistant\n"

    found = find([look_at(code.encode())], set())

    assert found.lines == ("pinecone-plugin-assistant",)
    assert found.brought == ("pinecone_plugins by pinecone-plugin-assistant",)


def test_namespace_packages():
    """`google` alone says nothing, unless a comment does."""
    code = "from google.cloud import bigquery\n"

    unknown = find([look_at(code.encode())], set())
    known = find([look_at(b"# pipedream add-package google-cloud-bigquery\n" + code.encode())], set())

    assert (unknown.lines, unknown.unknown) == ((), ("google.cloud.bigquery",))
    assert (known.lines, known.unknown) == (("google-cloud-bigquery",), ())


def test_imports_that_nobody_knows_are_told():
    """They are taken to be packages of the same name."""
    found = find([look_at(b"import openai")], set())

    assert (found.lines, found.guessed) == (("openai",), ("openai",))


def test_a_package_that_is_removed():
    """The comment says so."""
    assert lines("# pipedream remove-package requests\nimport requests\n") == ()


def test_a_requirements_file_of_the_workflows_own():
    """Its lines stay."""
    given = "# ours\n--prefer-binary\nRequests==2.30.0\n"

    assert lines("import requests, yaml", given=given) == ("--prefer-binary", "PyYAML", "Requests==2.30.0")


def test_a_workflow_without_packages_gets_no_file(bring: Import, project: Path, pipedream: Path):
    """As the samples have none."""
    write(pipedream, step("a"))
    bring(pipedream)

    assert not (project / "functions" / "orders" / "requirements.txt").exists()


def test_modules_beside_the_steps_are_looked_at_too(bring: Import, project: Path, pipedream: Path):
    """What they import is needed."""
    folder = write(pipedream, step("a"), code={"a": "import prices\ndef handler(pd): pass\n"})
    (folder / "prices.py").write_text("import yaml\n", encoding="utf-8")
    bring(pipedream)

    assert (project / "functions" / "orders" / "requirements.txt").read_text(encoding="utf-8") == "PyYAML\n"


def test_the_table_of_names_is_there():
    """It comes with the package, so that no request is made."""
    assert len(mapping()) > 800
    assert mapping()["sklearn"] == "scikit-learn"


@pytest.mark.parametrize(
    ("module", "package"),
    [
        ("attr", "attrs"),
        ("bs4", "beautifulsoup4"),
        ("bson", "pymongo"),
        ("Crypto", "pycryptodome"),
        ("cv2", "opencv-python-headless"),
        ("discord", "discord.py"),
        ("docker", "docker"),
        ("docx", "python-docx"),
        ("dotenv", "python-dotenv"),
        ("fitz", "PyMuPDF"),
        ("git", "GitPython"),
        ("github", "PyGithub"),
        ("google.generativeai", "google-generativeai"),
        ("googleapiclient", "google-api-python-client"),
        ("jose", "python-jose"),
        ("jwt", "PyJWT"),
        ("magic", "python-magic"),
        ("MySQLdb", "mysqlclient"),
        ("nacl", "PyNaCl"),
        ("openai", "openai"),
        ("OpenSSL", "pyOpenSSL"),
        ("PIL", "Pillow"),
        ("pkg_resources", "setuptools"),
        ("pptx", "python-pptx"),
        ("psycopg2", "psycopg2-binary"),
        ("pymongo", "pymongo"),
        ("ruamel.yaml", "ruamel.yaml"),
        ("serial", "pyserial"),
        ("skimage", "scikit-image"),
        ("sklearn", "scikit-learn"),
        ("slack_sdk", "slack-sdk"),
        ("telegram", "python-telegram-bot"),
        ("usb", "pyusb"),
        ("yaml", "PyYAML"),
        ("zmq", "pyzmq"),
    ],
)
def test_packages_that_people_use(module: str, package: str):
    """Where the table of pipreqs has none, or one that time has passed by, there is one of our own."""
    assert lines(f"import {module}\n") == (package,)


@pytest.mark.parametrize("package", ["opencv-python", "opencv-contrib-python==4.9.0.80"])
def test_another_package_for_the_same_import(package: str):
    """What a comment names is enough."""
    assert lines(f"# pipedream add-package {package}\nimport cv2\n") == (package,)


def test_opencv_without_a_display(bring: Import, project: Path, pipedream: Path):
    """And why, in the report."""
    write(pipedream, step("a"), code={"a": "import cv2\ndef handler(pd): pass\n"})
    bring(pipedream)

    report = (project / "import-report.md").read_text(encoding="utf-8")
    assert "cv2 is opencv-python-headless (opencv-python needs the libraries of a display, which Lambda" in report


def test_modules_that_no_package_brings(bring: Import, project: Path, pipedream: Path):
    """Those that Python has dropped, and those of Windows: told, and not listed, since pip would fail or do harm."""
    write(pipedream, step("a"), code={"a": "import imp, distutils.util, win32com.client\ndef handler(pd): pass\n"})
    bring(pipedream)

    assert not (project / "functions" / "orders" / "requirements.txt").exists()
    report = (project / "import-report.md").read_text(encoding="utf-8")
    for module in ("distutils", "imp"):
        assert f"No package is listed for {module}: Python 3.13 no longer has this module" in report
    assert "No package is listed for win32com: it is for Windows only" in report


def test_imports_for_type_checkers_only():
    """They never happen; the else of the same condition does."""
    code = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas\nelse:\n    import polars\n"

    assert lines(code) == ("polars",)


def test_a_package_of_a_namespace_brings_no_other():
    """google-generativeai is no google-cloud-storage; a package is found by the name of its import."""
    code = """
# pipedream add-package google-generativeai
# pipedream add-package google-cloud-secret-manager
# pipedream add-package azure-identity
import google.generativeai as genai
from google.cloud import storage, secretmanager_v1
from google.oauth2 import service_account
from azure.identity import DefaultAzureCredential
from azure.storage.blob import BlobServiceClient
"""
    found = find([look_at(code.encode())], set())

    assert found.lines == ("azure-identity", "google-cloud-secret-manager", "google-generativeai")
    assert found.unknown == ("azure.storage.blob", "google.cloud.storage")


def test_the_version_that_is_taken_is_named(bring: Import, project: Path, pipedream: Path):
    """Of two steps."""
    code = {name: f"# pipedream add-package requests=={version}\ndef handler(pd): pass\n"
            for name, version in (("a", "2.31.0"), ("b", "2.32.0"))}  # fmt: skip
    write(pipedream, step("a"), step("b"), code=code)
    bring(pipedream)

    assert (project / "functions" / "orders" / "requirements.txt").read_text(encoding="utf-8") == "requests==2.31.0\n"
    report = (project / "import-report.md").read_text(encoding="utf-8")
    assert "but ask for both requests==2.31.0 and requests==2.32.0. requests==2.31.0 is used." in report
