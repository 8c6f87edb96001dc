"""User data as JSON: what comes in, what is refused and where, and what goes to the bucket."""

import json
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlude.aws import bucket as s3
from interlude.errors import BadCall, NotJson, TooDeep, TooLarge
from interlude.models import Step, Stored
from interlude.run import payloads

ALLOWED = "only JSON values are allowed: dict with text keys, list, text, number, True, False, None."
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


class Bucket:
    """Stands where the S3 client does, and keeps objects in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put_object(self, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:  # noqa: N803
        assert (Bucket, ContentType) == ("payloads", "application/json")
        self.objects[Key] = Body

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        return {"Body": BytesIO(self.objects[Key])}


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch, as_step: object) -> Bucket:
    bucket = Bucket()
    monkeypatch.setattr(s3, "client", lambda service: {"s3": bucket}[service])
    return bucket


@given(VALUES)
def test_a_json_value_comes_back_as_it_was(value: Any):
    """Whatever JSON can say."""
    assert json.loads(payloads.dump(value, "The event")) == value


def circular() -> list[Any]:
    value: list[Any] = [1]
    value.append({"again": value})
    return value


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


class Unspeakable:
    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (float("nan"), "The return value is nan"),
        ({"a": [0, float("inf")]}, "The return value['a'][1] is inf"),
        ([-float("inf")], "The return value[0] is -inf"),
        ({1, 2}, "The return value is a set ({1, 2})"),
        (
            {"at": date(2026, 11, 22)},
            "The return value['at'] is a date (datetime.date(2026, 11, 22))",
        ),
        ([{"file": b"\x00"}], "The return value[0]['file'] is a bytes (b'\\x00')"),
        ({"a": ({"b": 1j},)}, "The return value['a'][0]['b'] is a complex (1j)"),
        (circular(), "The return value[1]['again'] contains itself"),
        ({(1, 2): "x"}, "The return value has a key that is a tuple ((1, 2))"),
        ({"a": {b"k": 1}}, "The return value['a'] has a key that is a bytes (b'k')"),
        ({"a": [{1: 2, "1": 3}]}, "The return value['a'][0] has the keys 1 and '1', which are the same key in JSON"),
        ({"true": 1, True: 2}, "The return value has the keys 'true' and True, which are the same key in JSON"),
        ({None: 1, "null": 2}, "The return value has the keys None and 'null', which are the same key in JSON"),
        ({1.5: 1, "1.5": 2}, "The return value has the keys 1.5 and '1.5', which are the same key in JSON"),
        ({"x": Unspeakable()}, "The return value['x'] is a Unspeakable (whose repr fails)"),
    ],
    ids=[
        "nan",
        "inf",
        "-inf",
        "set",
        "date",
        "bytes",
        "tuple",
        "circle",
        "key",
        "bytes key",
        "number",
        "true",
        "null",
        "float",
        "repr",
    ],
)
def test_what_is_no_json_is_refused_with_its_place(value: Any, complaint: str):
    """The sentence names the part, what it is, and what is allowed."""
    with pytest.raises(NotJson) as refused:
        payloads.dump(value, "The return value")

    assert str(refused.value) == f"{complaint}; {ALLOWED}"


@pytest.mark.parametrize("levels", [201, 1_000, 5_000, 200_000])
@pytest.mark.parametrize("wide", [False, True], ids=["narrow", "wide"])
def test_what_is_nested_too_deeply_is_refused(levels: int, wide: bool):
    """Before Python's recursion ends, in whatever has to go through the value later."""
    value = {"beside": [[]] * 300, "deep": nested(levels - 2)} if wide else nested(levels - 1)

    with pytest.raises(TooDeep) as refused:
        payloads.dump(value, "The return value")

    assert str(refused.value) == (
        "The return value is nested too deeply; at most 200 levels of lists and objects are allowed."
    )


def test_200_levels_are_kept_also_as_an_export(bucket: Bucket):
    """An export is read back with the object of all exports around it."""
    text = payloads.dump_object({"deep": nested(199)}, {}, "The exports")

    assert payloads.get(Stored(text)) == {"deep": nested(199)}
    assert payloads.get(payloads.put("run-1", text.replace("[]", f'["{"x" * 64_000}"]'))) != {}


@pytest.mark.parametrize("levels", [201, 5_000, 200_000])
def test_a_text_that_is_nested_too_deeply_is_not_read(levels: int):
    """One exception, however deep: it is a ValueError, as of a text that is not JSON, and says the size."""
    with pytest.raises(ValueError, match=r"^The body is nested too deeply; at most 200 levels") as refused:
        payloads.loads("[" * levels + "]" * levels, "The body")

    assert isinstance(refused.value, TooDeep)
    assert refused.value.size == 2 * levels
    assert payloads.loads(b"[" * 200 + b"]" * 200) == nested(199)


def test_a_number_that_no_json_reader_takes_is_refused_with_its_place():
    """Also where it is a key: NaN is no text, and has none in JSON."""
    with pytest.raises(NotJson, match=r"^The return value\['a'\] has a key that is .*nan"):
        payloads.dump({"a": {float("nan"): 1}}, "The return value")


def test_a_long_value_is_told_shortly():
    """80 characters of a repr say enough."""
    with pytest.raises(NotJson) as refused:
        payloads.dump({"x" * 1000}, "The event")

    assert str(refused.value) == f"The event is a set ({{'{'x' * 77}…); {ALLOWED}"


def test_tuples_are_lists_and_simple_keys_are_texts():
    """As Python's json has it."""
    assert payloads.dump({"a": (1, (2,)), 3: None, True: 1}, "x") == '{"a":[1,[2]],"3":null,"true":1}'


def test_text_is_not_escaped_and_nothing_is_padded():
    """What is stored is as small as it can be."""
    assert payloads.dump({"a": ["ü", "日本"]}, "x") == '{"a":["ü","日本"]}'


def test_half_characters_are_escaped_because_utf_8_has_no_place_for_them():
    """A lone surrogate is valid in JSON, and comes back as it was."""
    text = payloads.dump({"a": "\ud800", "b": "ü"}, "x")

    assert text == '{"a":"\\ud800","b":"\\u00fc"}'
    assert json.loads(text) == {"a": "\ud800", "b": "ü"}


def test_six_megabytes_pass_and_one_byte_more_does_not():
    """Counted as JSON in UTF-8: the quotes, and two bytes for an umlaut."""
    largest = "ü" * ((6_291_456 - 2) // 2)

    assert len(payloads.dump(largest, "The event").encode()) == 6_291_456
    with pytest.raises(TooLarge) as refused:
        payloads.dump(largest + "u", "The event")
    assert str(refused.value) == "The event would be 6291457 bytes of JSON; at most 6291456 (6 MB) are allowed."


def test_both_refusals_are_bad_calls():
    """One except clause in a step catches both."""
    assert issubclass(NotJson, BadCall)
    assert issubclass(TooLarge, BadCall)


def test_an_object_is_refused_as_a_whole_when_its_parts_are_not():
    """Two exports of 4 MB are over the limit of 6 MB for a step."""
    with pytest.raises(TooLarge, match=r"^The exports of this step .* 8000015 bytes .* 6291456 "):
        payloads.dump_object({"a": "x" * 4_000_000, "b": "x" * 4_000_000}, {}, "The exports of this step")


def test_a_part_of_an_object_is_told_under_its_own_name():
    """Nobody knows what $return_value is who has only written `return`."""
    with pytest.raises(NotJson, match=r"^The return value\['a'\] is a set "):
        payloads.dump_object({"$return_value": {"a": {1}}}, {"$return_value": "The return value"}, "x")

    assert payloads.dump_object({'q"': 1, "b": [2]}, {}, "x") == '{"q\\"":1,"b":[2]}'


def test_small_values_stay_and_large_ones_go_to_the_bucket(bucket: Bucket):
    """64,000 bytes are the line; bytes, not characters."""
    inline = payloads.put("run-1", '"' + "x" * 63_998 + '"')
    large = payloads.put("run-1", '"' + "x" * 63_999 + '"')
    umlauts = payloads.put("run-1", '"' + "ü" * 32_000 + '"')

    assert (len(inline.text), inline.key) == (64_000, "")
    assert (large.text, large.size, umlauts.size) == ("", 64_001, 64_002)
    assert large.key.startswith("runs/run-1/")
    assert payloads.get(large) == "x" * 63_999
    assert payloads.get(umlauts) == "ü" * 32_000


def test_the_same_value_is_the_same_object(bucket: Bucket):
    """A retry writes it again and leaves nothing more behind; another run's is another."""
    text = '"' + "x" * 70_000 + '"'

    assert payloads.put("run-1", text) == payloads.put("run-1", text)
    payloads.put("run-2", text)

    assert len(bucket.objects) == 2


def test_nothing_stored_is_none():
    """A step that received no context."""
    assert payloads.get(None) is None


def test_resume_data_is_one_of_the_exports():
    """Also when it is null; it is absent where nobody resumed."""
    step = Step(0, "ask", "succeeded", 1, 1, None, "", "", 0, 0, Stored('{"a":1}'), Stored("null"))

    assert payloads.exports_of(step) == {"a": 1}
    step = Step(0, "ask", "succeeded", 1, 1, None, "", "", 0, 0, Stored("{}"), Stored("null"), None, Stored("null"))
    assert payloads.exports_of(step) == {"$resume_data": None}


def test_a_small_event_is_the_input_of_its_execution(bucket: Bucket):
    """Readable in the console; nothing is written."""
    assert payloads.put_event("run-1", {"a": [1]}) == '{"a":[1]}'
    assert bucket.objects == {}


def test_a_large_event_is_a_pointer_in_the_input(bucket: Bucket):
    """And is read back from the bucket."""
    event = {"body": "x" * 64_000}

    text = payloads.put_event("run-1", event)

    [key] = bucket.objects
    assert json.loads(text) == {"interlude_event": key}
    assert payloads.get_event("run-1", Stored(text)) == event


@pytest.mark.parametrize(
    "event",
    [
        {"interlude_event": "runs/run-1/secret"},
        {"interlude_cursor": 1, "run_id": "other"},
        {"interlude_event": 1, "a": 2},
    ],
)
def test_an_event_with_a_reserved_key_goes_to_the_bucket_whatever_its_size(bucket: Bucket, event: dict[str, Any]):
    """Nobody who starts a run can make its input look like a pointer or a cursor."""
    text = payloads.put_event("run-1", event)

    assert list(json.loads(text)) == ["interlude_event"]
    assert json.loads(text)["interlude_event"] in bucket.objects
    assert payloads.get_event("run-1", Stored(text)) == event


@pytest.mark.parametrize("event", [[1, {"a": None}], "interlude_cursor", None, 0, True], ids=repr)
def test_an_event_that_is_no_object_goes_to_the_bucket(bucket: Bucket, event: Any):
    """The state machine asks its input for a key, which only an object has."""
    text = payloads.put_event("run-1", event)

    assert list(json.loads(text)) == ["interlude_event"]
    assert payloads.get_event("run-1", Stored(text)) == event


def test_an_input_that_points_into_another_run_is_an_event(bucket: Bucket):
    """Whoever may start executions themselves can't read other runs' values with it."""
    bucket.objects["runs/run-2/secret"] = b'"secret"'
    text = '{"interlude_event":"runs/run-2/secret"}'

    assert payloads.get_event("run-1", Stored(text)) == {"interlude_event": "runs/run-2/secret"}


@pytest.mark.parametrize(
    "value",
    [2**53 + 1, -(2**53) - 1, "\ud800", {"\udfff": 1}, json.loads("[" * 60 + "]" * 60)],
    ids=["int", "-int", "text", "key", "deep"],
)
def test_an_event_that_other_parsers_may_change_goes_to_the_bucket(bucket: Bucket, value: Any):
    """Step Functions promises no more than a double, and says nothing of lone surrogates and deep nesting."""
    event = {"value": value}

    text = payloads.put_event("run", event)

    assert list(json.loads(text)) == [payloads.EVENT_KEY]
    assert payloads.get_event("run", Stored(text=text)) == event
