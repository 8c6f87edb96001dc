"""The cursor in the state machine's data, as a step is given it."""

from dataclasses import asdict
from typing import Any

import pytest

from interlude.errors import BadCursor
from interlude.models import Call, Cursor
from interlude.run.death import FIRST

CALL = {
    "run_id": "approval-1",
    "workflow": "approval",
    "step": "ask",
    "step_count": 2,
    "execution": "arn",
    "execution_started_at": "2026-11-22T16:00:00.000Z",
    "at": asdict(FIRST),
}


def test_a_cursor_comes_back_as_it_was():
    """Without what a newer version has put beside it, and with what an older one left out."""
    given = {**asdict(FIRST), "newer": 1}
    del given["files"], given["retries"], given["failures"]

    assert Cursor.parse(given) == FIRST


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"run": "0.1"}, "at.run is '0.1'; it must be a whole number, 0 or more."),
        ({"index": -1}, "at.index is -1; it must be a whole number, 0 or more."),
        ({"turn": True}, "at.turn is True; it must be a whole number, 0 or more."),
        ({"turn": 1.5}, "at.turn is 1.5; it must be a whole number, 0 or more."),
        ({"next": None}, "at.next is None; it must be a text."),
        ({"files": 1}, "at.files is 1; it must be a text."),
    ],
)
def test_a_cursor_that_somebody_has_made_up_is_told(changes: dict[str, Any], sentence: str):
    """The part, its value, and what it must be."""
    with pytest.raises(BadCursor) as refused:
        Call.parse({**CALL, "at": {**asdict(FIRST), **changes}})

    assert str(refused.value) == sentence


def test_what_is_missing_is_told():
    """Also where there is no cursor, and no run."""
    at = asdict(FIRST)
    del at["turn"]

    for call, sentence in [
        ({"at": at}, "at.turn is missing; it must be a whole number, 0 or more."),
        ({"at": "x"}, "at is 'x'; it must be a cursor that a step returned."),
        ({"run_id": 1}, "run_id is 1; it must be a run's id."),
    ]:
        with pytest.raises(BadCursor) as refused:
            Call.parse({**CALL, **call})
        assert str(refused.value) == sentence
