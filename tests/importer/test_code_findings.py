"""What is found in code, without running it."""

import pytest

from importer.code import look_at


def test_imports_of_every_form():
    """In functions, in try, under conditions; not the relative ones."""
    found = look_at(b"""
import requests, numpy as np
from bs4 import BeautifulSoup
from google.cloud import bigquery
from . import sibling
try:
    import ujson as json
except ImportError:
    import json
if True:
    from yaml import safe_load
def handler(pd):
    import pandas.io
""")

    assert found.modules == {
        *("requests", "numpy", "bs4", "bs4.BeautifulSoup", "google.cloud", "google.cloud.bigquery"),
        *("ujson", "json", "yaml", "yaml.safe_load", "pandas.io"),
    }
    assert found.has_handler


def test_comments_that_add_and_remove_packages():
    """However they are spaced."""
    found = look_at(b"# pipedream add-package a==1.2\n#pipedream  add-package b\n  # pipedream remove-package c\n")

    assert (found.added, found.removed) == (["a==1.2", "b"], ["c"])


def test_steps_and_variables_that_are_read():
    """By key and by get; what is only written is not needed, and what has a default can be done without."""
    found = look_at(b"""
import os
def handler(pd):
    pd.steps["a"]["$return_value"]
    pd.steps.get("b")
    steps = pd.steps
    steps["c"]
    os.environ["KEY"]
    os.environ["SET"] = "1"
    os.environ.get("MAYBE")
    os.getenv("NONE", None)
    os.getenv("PERHAPS", "x")
    os.environ.get("OR", default="")
""")

    assert (found.steps, found.variables) == ({"a", "b", "c"}, {"KEY"})
    assert (found.optional, found.defaulted) == ({"MAYBE", "NONE"}, {"PERHAPS", "OR"})


@pytest.mark.parametrize(
    "code",
    [
        b"def handler(pd): pass",
        b"async def handler(pd): pass",
        b"handler = print",
        b"from steps import run as handler",
        b"try:\n    import x\nexcept ImportError:\n    def handler(pd): pass",
    ],
)
def test_handlers_of_every_form(code: bytes):
    """Whatever binds the name at the top."""
    assert look_at(code).has_handler


@pytest.mark.parametrize("code", [b"", b"def other(pd): pass", b"class A:\n    def handler(self): pass"])
def test_code_without_a_handler(code: bytes):
    """A method is none."""
    assert not look_at(code).has_handler


def test_code_that_this_python_cannot_read():
    """Its imports are found all the same, and the line is told."""
    found = look_at(b"""
import requests, yaml
from bs4 import BeautifulSoup
# pipedream add-package a==1.2
def handler(pd):
    key = os.environ["KEY"]
    some syntax of the year 2040
    return pd.steps["a"]
""")

    assert found.modules == {"requests", "yaml", "bs4"}
    assert (found.added, found.steps, found.variables) == (["a==1.2"], {"a"}, {"KEY"})
    assert found.has_handler
    assert "line 7" in found.problem


@pytest.mark.parametrize("code", [b"\0", b"\xff\xfe", b"# coding: nonsense\n", b"(" * 10_000, b"-" * 100_000 + b"1"])
def test_code_that_is_none(code: bytes):
    """It is told, and nothing breaks."""
    assert look_at(code).problem
