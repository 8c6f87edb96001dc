"""What a client may put into the query of GET /runs."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.amount import MARKS, inputs
from tests.fuzz.service import Service, never_broken

pytestmark = MARKS

TEXTS = st.text(max_size=60) | st.text("abcXYZ019-_=+/ %", max_size=60)
LISTED = st.builds(
    "{}#{}".format, st.sampled_from(["2026-11-22T16:00:00.000Z", "0000-00-00T:Z", "9999-99-99T9Z"]), TEXTS
)
CURSORS = TEXTS | LISTED.map(lambda text: base64.urlsafe_b64encode(text.encode("utf-8", "replace")).decode())


@pytest.fixture(scope="module", autouse=True)
def _some_runs(service: Service) -> None:
    for workflow in ("telling", "failing", "asking"):
        service.world.start(workflow, {})


@inputs(60)
@given(CURSORS)
def test_a_cursor_is_one_of_ours_or_a_bad_request(service: Service, cursor: str):
    """One that begins as ours do is no secret and no harm: it is a place in the list."""
    answer = service.ask("GET", "/runs", query_string={"cursor": cursor.encode("utf-8", "replace")})

    never_broken(service, answer)
    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        assert answer.json["error"].startswith("cursor is ")


@inputs(60)
@given(st.dictionaries(st.sampled_from(["workflow", "status", "limit", "cursor", "x"]) | TEXTS, TEXTS, max_size=5))
def test_a_list_takes_any_query(service: Service, query: dict[str, str]):
    """Or says what is wrong with it."""
    encoded = {name.encode("utf-8", "replace"): value.encode("utf-8", "replace") for name, value in query.items()}
    answer = service.ask("GET", "/runs", query_string=encoded)

    never_broken(service, answer)
    assert answer.status_code in (200, 400, 404, 422)
    assert (answer.status_code == 200) == ("runs" in answer.json)


@inputs(30)
@given(st.binary(max_size=80))
def test_a_list_takes_a_query_of_any_bytes(service: Service, query: bytes):
    """They need not be text."""
    answer = service.ask("GET", "/runs", environ_overrides={"QUERY_STRING": query.decode("latin-1")})

    never_broken(service, answer)
    assert answer.status_code in (200, 400, 404, 422)


@inputs(30)
@given(st.integers(1, 100), st.sampled_from(["", "telling", "asking"]), st.sampled_from(["", "paused", "failed"]))
def test_a_cursor_goes_with_any_other_query(service: Service, limit: int, workflow: str, status: str):
    """It says where to go on, not in which list."""
    first = service.ask("GET", "/runs", query_string={"limit": 1})
    query = {
        "limit": limit,
        "workflow": workflow,
        "cursor": first.json["cursor"],
        **({"status": status} if status else {}),
    }

    answer = service.ask("GET", "/runs", query_string=query)

    never_broken(service, answer)
    assert answer.status_code == 200
    newest = first.json["runs"][0]
    assert newest["run_id"] not in [run["run_id"] for run in answer.json["runs"]]
