"""Imported Pipedream projects run as they are: nothing but secrets.json stands between the import and the run."""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli.command import main

from .client import Interlude, Run, exports, returned, step
from .server import ROOT, running

NOT_NOW = {"Prefer": "respond-async"}
PROJECTS = ROOT / "tests" / "importer" / "projects"


def imported(project: Path, folder: Path, secrets: dict[str, Any]) -> Path:
    """A copy of this project with a Pipedream project imported. Returns its template."""
    for part in ("functions", "layers", "statemachine"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "template.yaml", folder)
    assert main(["import", str(project), "--project", str(folder)]) == 0
    (folder / "secrets.json").write_text(json.dumps(secrets), encoding="utf-8")
    return folder / "template.yaml"


@pytest.fixture(scope="module")
def python_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interlude]:
    """A server with the project whose steps are all Python."""
    folder = tmp_path_factory.mktemp("python_only")
    template = imported(PROJECTS / "python_only", folder, {"interlude/slack": {"oauth_access_token": "xoxb-secret"}})
    with running(template, folder / "log") as server:
        stack = Interlude(server.base_url)
        yield stack
        stack.close()


@pytest.fixture(scope="module")
def order(python_only: Interlude) -> dict[str, Any]:
    """A run of order-intake that has ended, as GET /runs/{run_id} tells it."""
    if sys.version_info < (3, 12):
        pytest.skip("one of its steps is written for Python 3.12")
    items = [{"article": "tea", "count": 2}, {"article": "coffee", "count": 1}]
    run = python_only.start("order-intake", {"customer": "Ada", "items": items})
    assert run.resume("GET", params={"by": "Grace"}).status_code == 200
    return run.end()


def test_a_python_project_runs_to_its_end(order: dict[str, Any]):
    """Every step before the end of the workflow, in order; none after it."""
    assert (order["status"], order["exit_reason"]) == ("succeeded", "The invoice is out.")
    ran = [each["name"] for each in order["steps"] if each["status"] == "succeeded"]
    assert ran == ["ReadOrder", "addPrices", "write_invoice", "ask_accounting", "sendInvoice", "finish"]


def test_steps_is_a_dict_and_names_keep_their_case(order: dict[str, Any]):
    """pd.steps.get, "x" in pd.steps, CamelCase names."""
    assert exports(order, "ReadOrder") == {
        "customer": "Ada",
        "$return_value": {
            "items": [{"article": "tea", "count": 2}, {"article": "coffee", "count": 1}],
            "seen": "nothing",
        },
    }


def test_async_handlers_newer_syntax_and_modules_beside_the_steps(order: dict[str, Any]):
    """async def, nested quotes in f-strings, a module of the workflow's folder that reads a file beside it."""
    assert returned(order, "addPrices") == {"total": 15, "text": "Ada: 2 tea, 1 coffee"}


def test_accounts_data_stores_and_files_after_a_pause(order: dict[str, Any]):
    """$auth from a secret, a missing key as TypeError, a file in /tmp that an earlier step wrote, before a suspend."""
    assert returned(order, "sendInvoice") == {
        "number": 1,
        "channel": "#accounting",
        "invoice": "Ada: 2 tea, 1 coffee\nTotal: 15\n",
        "signed_in": True,
        "approved": "Grace",
    }


def test_a_bare_exit_lets_the_step_run_on(order: dict[str, Any]):
    """What comes after pd.flow.exit() is still exported."""
    assert exports(order, "finish") == {"after_exit": "still runs", "$return_value": 1}


def test_a_secret_stands_in_no_run(order: dict[str, Any]):
    """The token is nowhere in what the API tells."""
    assert "xoxb-secret" not in json.dumps(order)


def test_expressions_of_props_are_resolved(python_only: Interlude):
    """A prop that is one path, and a text with paths in it; a package from an add-package comment."""
    run = python_only.start("price-list", params={"currency": "EUR"}, method="GET").end()

    assert run["status"] == "succeeded", run
    assert returned(run, "load_prices") == {
        "url": "https://prices.example/list?in=EUR",
        "title": "Prices in EUR of GET",
    }


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interlude]:
    """A server with the project of which only a part can run."""
    folder = tmp_path_factory.mktemp("mixed")
    template = imported(PROJECTS / "mixed", folder, {"/interlude/CLEANUP_REGION": "north"})
    with running(template, folder / "log") as server:
        stack = Interlude(server.base_url)
        yield stack
        stack.close()


@pytest.fixture(scope="module")
def answered(mixed: Interlude) -> httpx.Response:
    """What the caller of support-desk gets, which has a step that responds."""
    ticket = {"id": "T-7", "state": "open", "subject": "No tea", "customer": "c1"}
    return mixed.public.post(mixed.hooks["support-desk"], json=ticket)


@pytest.fixture(scope="module")
def desk(mixed: Interlude, answered: httpx.Response) -> dict[str, Any]:
    """The run of support-desk, when it has ended."""
    return Run(mixed, answered.headers["X-Run-Id"]).end()


@pytest.mark.proof
def test_a_mixed_project_runs_without_what_cannot_run(desk: dict[str, Any]):
    """Python steps and translated actions in their order; no Node step, no unknown action, no disabled step."""
    assert desk["status"] == "succeeded", desk
    assert [each["name"] for each in desk["steps"]] == ["only_open", "SumUp", "remember", "shout", "answer"]


def test_props_become_inputs(desk: dict[str, Any]):
    """Raw values of paths, texts with paths in them, labelled values, a data store; a file in a folder of its own."""
    assert returned(desk, "SumUp") == {
        "text": "Ticket T-7: No tea (asap)",
        "again": False,
        "limit": 3,
        "customer": None,
    }


def test_a_translated_action_writes_the_same_data_store(mixed: Interlude, desk: dict[str, Any]):
    """What remember has stored is there for SumUp in the next run."""
    assert returned(desk, "remember")["key"] == "T-7"

    ticket = {"id": "T-7", "state": "open", "subject": "No tea"}
    assert returned(mixed.start("support-desk", ticket, headers=NOT_NOW).end(), "SumUp")["again"] is True


def test_other_javascript_is_a_clear_error_where_it_is_read(desk: dict[str, Any]):
    """The step may catch it; the expression is named."""
    shouted = returned(desk, "shout")

    assert "{{steps.SumUp.$return_value.text.toUpperCase()}}" in shouted["error"]
    assert shouted["instead"] == "TICKET T-7: NO TEA (ASAP)"


def test_a_translated_answer_reaches_the_caller(answered: httpx.Response):
    """Status, headers and body of the action http-return-http-response."""
    assert (answered.status_code, answered.headers["x-ticket"]) == (201, "T-7")
    assert answered.json()["text"] == "Ticket T-7: No tea (asap)"


def test_a_translated_filter_ends_the_run(mixed: Interlude):
    """With its message as the reason."""
    run = mixed.start("support-desk", {"id": "T-8", "state": "closed", "subject": "Tea"}, headers=NOT_NOW).end()

    assert (run["status"], run["exit_reason"]) == ("succeeded", "The ticket is closed.")
    assert step(run, "SumUp")["status"] != "succeeded"


def test_an_inactive_workflow_is_switched_off(mixed: Interlude):
    """Its hook refuses. Who may use the API can start it, and an environment variable comes from a parameter."""
    refused = mixed.public.post(mixed.hooks["nightly-cleanup"], json={})
    started = mixed.signed.post("/workflows/nightly-cleanup/runs", json={})
    run = Run(mixed, started.json()["run_id"]).end()

    assert refused.status_code >= 400, refused.text
    assert returned(run, "count_old") == {"region": "north", "day": None}
