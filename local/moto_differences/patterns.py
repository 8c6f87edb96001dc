"""Event patterns, as rules of EventBridge and filters of event source mappings have them.

moto 5.2.5 matches them, but flattens the whole event for each. Most events differ in a text that the pattern names:
that is looked at first.
"""

from typing import Any

from moto.events.models import EventPattern


def matches(pattern: EventPattern, event: Any) -> bool:
    return not _cannot_match(pattern.get_pattern(), event) and pattern.matches_event(event)


def _cannot_match(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    """True where a value differs, or is missing, that the pattern wants as it stands. False says nothing."""
    return any(_differs(key, wanted, event) for key, wanted in pattern.items())


def _differs(key: str, wanted: Any, event: dict[str, Any]) -> bool:
    value = event.get(key)
    if isinstance(wanted, dict):
        return _cannot_match(wanted, value if isinstance(value, dict) else {})
    if key not in event:
        return all(not isinstance(each, dict) or each == {"exists": True} for each in wanted)
    return isinstance(value, str) and value not in wanted and all(isinstance(each, str) for each in wanted)
