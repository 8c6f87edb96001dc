"""What JSON can say: also what Python, UTF-8 and a double have no place for."""

from hypothesis import strategies as st

# Half of a surrogate pair is valid in JSON.
TEXTS = st.text(st.characters(exclude_categories=[]), max_size=20) | st.sampled_from(["\ud800", "\0", "\x1b[2J", "{{"])
NAMES = TEXTS | st.sampled_from(["interlude_event", "interlude_cursor", "error", "body", "__proto__", ""])
NUMBERS = (
    st.integers()
    | st.integers(2**53 - 2, 2**53 + 2)
    | st.integers(10**300, 10**320)
    | st.floats(allow_nan=False, allow_infinity=False)
)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)


def nested(value: object, depth: int) -> object:
    """A value with so many lists and objects around it."""
    for level in range(depth):
        value = [value] if level % 2 else {"in": value}
    return value


# A value has 200 levels at most, and a step puts what it gets into values of its own.
DEEP = st.builds(nested, SCALARS, st.integers(0, 190))
# More than an item holds, in characters of one byte, of two, and of six once they are escaped.
LARGE = st.builds(
    lambda large, value: {"large": large, "value": value},
    st.sampled_from(["x" * 64_000, "ä" * 33_000, "\ud800" * 11_000]),
    SCALARS,
)
# What could be taken for one of Interlude's own inputs of an execution.
OWN = st.dictionaries(st.sampled_from(["interlude_event", "interlude_cursor", "at"]), SCALARS, min_size=1)
ANYTHING = VALUES | DEEP | LARGE | OWN
