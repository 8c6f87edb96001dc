"""local.moto_differences.patterns: a pattern that is left early is one that moto would not match either."""

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from local.moto_differences.patterns import matches

EVENTS: list[dict[str, Any]] = [
    {},
    {"source": "a", "detail": {"status": "FAILED", "count": 3}},
    {"source": "b", "detail": {"status": "FAILED"}},
    {"source": "a", "detail": {"status": None}},
    {"source": "a", "detail": "a text"},
    {"detail": {"stopped": {"BOOL": True}}},
]
PATTERNS: list[dict[str, Any]] = [
    {"source": ["a"]},
    {"source": ["a", "c"], "detail": {"status": ["FAILED"]}},
    {"source": [{"prefix": "a"}]},
    {"source": [{"exists": False}]},
    {"source": [{"exists": True}], "detail": {"status": [{"exists": True}]}},
    {"source": [{"anything-but": ["a"]}, "a"]},
    {"detail": {"status": [None]}},
    {"detail": {"stopped": {"BOOL": [True]}}},
    {"detail": {"count": [3]}},
    {"detail": {"missing": {"deeper": ["x"]}}},
    {"detail": {"missing": {"deeper": [{"exists": False}]}}},
]


@pytest.mark.parametrize("event", EVENTS, ids=json.dumps)
@pytest.mark.parametrize("pattern", PATTERNS, ids=json.dumps)
def test_the_short_way_agrees_with_moto(pattern: dict[str, Any], event: dict[str, Any]):
    loaded = EventPattern.load(json.dumps(pattern))
    assert matches(loaded, event) == loaded.matches_event(event)
