"""The HTTP API held to docs/openapi.json: requests that fit the document, and requests that do not."""

import json
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.fuzz.amount import MARKS, inputs
from tests.fuzz.service import DOMAIN, Service, never_broken, parts
from tests.waiting import until

pytestmark = MARKS

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

TELLING_OF_STEPS = ("/runs/{run_id}", "/workflows/{workflow}/steps/{step}/test")


@pytest.fixture(scope="module")
def known(service: Service) -> dict[str, list[dict[str, str]]]:
    """Values of the parameters of a path, by the parameter that tells which they are: some lead somewhere."""
    world = service.world
    failed, over = world.start("failing", {}), world.start("telling", {})
    # Some will be resumed, some cancelled by their link, some stopped.
    paused = [world.start("asking", {}) for _ in range(4)]
    links = [parts(world.paused(run_id)["wait"][link]) for run_id in paused for link in ("resume_url", "cancel_url")]
    until(lambda: all(world.item(run_id).get("ended_at") for run_id in (failed, over)))
    [key] = [
        flow["hook_url"].rsplit("/", 1)[1]
        for flow in service.ask("GET", "/workflows").json["workflows"]
        if flow["name"] == "telling"
    ]
    return {
        "key": [{"workflow": "telling", "key": key}],
        "signature": [
            {"run_id": run_id, "wait": wait, "signature": signature[::-1] if wrong else signature}
            for _, run_id, wait, signature in links
            for wrong in (True, False)
        ],
        "step": [{"workflow": "telling", "step": "tell"}, {"workflow": "asking", "step": "tell"}],
        "workflow": [{"workflow": "telling"}],
        "run_id": [{"run_id": run_id} for run_id in (*paused[:2], failed, over)],
    }


def cases(service: Service) -> st.SearchStrategy[Any]:
    """Requests of all operations, with the document and against it."""
    document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    for operations in document["paths"].values():
        for name, operation in operations.items():
            if name != "parameters":
                # What steps respond. These don't, so every status has to be one that the document names.
                operation["responses"].pop("default", None)
                operation.pop("security", None)  # the local server asks for none
    schema = schemathesis.openapi.from_dict(document)
    schema.app = service.application
    strategies = [
        operation.ok().as_strategy(generation_mode=mode)
        for operation in schema.get_all_operations()
        for mode in GenerationMode
    ]
    return st.one_of(strategies)


def led_somewhere(case: Any, known: dict[str, list[dict[str, str]]]) -> Any:
    """Most of the cases with parameters in their path get some that there are."""
    names = case.path_parameters or {}
    chance = crc32(repr(sorted(names.items())).encode(errors="replace"))
    kind = next((kind for kind in known if kind in names), None)
    if kind and chance % 4:
        case.path_parameters = {**names, **known[kind][chance // 4 % len(known[kind])]}
    if (
        isinstance(case.body, dict)
        and isinstance(case.body.get("workflow"), str)
        and crc32(repr(case.body).encode()) % 2
    ):
        case.body = {**case.body, "workflow": "telling"}
    return case


@pytest.mark.proof
def test_every_answer_is_one_that_the_document_promises(service: Service, known: dict[str, list[dict[str, str]]]):
    """Its status, its content type and its body; and none is a 5xx."""
    seen: dict[tuple[str, int], int] = {}

    @inputs(250)
    @given(cases(service))
    def ask(case: Any) -> None:
        led_somewhere(case, known)
        answer = case.call_and_validate(base_url=f"http://{DOMAIN}", checks=CHECKS)
        never_broken(service, answer, tells_of_steps=case.operation.path in TELLING_OF_STEPS)
        seen[case.operation.label, answer.status_code] = seen.get((case.operation.label, answer.status_code), 0) + 1

    ask()
    # It is of no use if it gets no further than 404. How far it gets depends on ids, which are new each time.
    assert len({operation for operation, status in seen if status < 300}) >= 5
