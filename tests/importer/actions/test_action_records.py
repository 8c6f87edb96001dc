"""Actions on data stores, with moto's table."""

from typing import Any

import pytest

from importer.actions import translate
from interlude import clock
from interlude.pd.data_stores import DataStore
from tests.importer.actions.conftest import Act

pytestmark = pytest.mark.usefixtures("aws")

STORE = {"$data_store": "ds_l6ujg2"}
OTHER = {"$data_store": "ds_other"}


@pytest.fixture
def ds(act: Act) -> DataStore:
    return DataStore("ds_l6ujg2")


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("[]", []),
        ('{"a": 1}', {"a": 1}),
        ("true", True),
        ("12", 12),
        ("01234", "01234"),
        ("plain", "plain"),
        ("", ""),
        ("NaN", "NaN"),
        ("{{steps.getModels.$return_value}}", ["x"]),
        (7, 7),
    ],
)
def test_a_record_is_written_as_what_its_text_says(act: Act, ds: DataStore, given: Any, stored: Any):
    """A text that is JSON is what it says, as on Pipedream."""
    props = {"dataStore": STORE, "key": "models", "value": given}

    ran = act("data_stores-add-update-record@0.0.9", props, {"getModels": {"$return_value": ["x"]}})

    assert ran.returned == {"key": "models", "value": stored, "ttl": None}
    assert ds["models"] == stored


def test_a_record_may_expire(act: Act, ds: DataStore, monkeypatch: pytest.MonkeyPatch):
    """After ttl seconds."""
    props = {"dataStore": STORE, "key": "token", "value": "t", "ttl": "3600"}
    started = clock.now_ms()

    assert act("data_stores-add-update-record@0.0.11", props).returned == {"key": "token", "value": "t", "ttl": 3600}

    assert "token" in ds
    monkeypatch.setattr(clock, "now_ms", lambda: started + 3_700_000)
    assert "token" not in ds


def test_a_key_that_is_a_number_is_its_text(act: Act, ds: DataStore):
    """As in JavaScript; ids are numbers often."""
    props = {"dataStore": STORE, "key": "{{event.id}}", "value": "x"}
    event = {"trigger": {"event": {"id": 17}}}

    act("data_stores-add-update-record@0.0.9", props, event)

    assert list(ds) == ["17"]
    assert act("data_stores-has-key@0.0.1", {"dataStore": STORE, "key": "{{event.id}}"}, event).returned is True


def test_the_earliest_form_called_its_data_store_otherwise(act: Act, ds: DataStore):
    """store instead of dataStore."""
    act("data_stores-add-update-single-record@0.0.1", {"store": STORE, "key": "a", "value": "1"})

    assert dict(ds.items()) == {"a": 1}


@pytest.mark.parametrize(
    "data",
    [
        {"a": "1", "b": "text", "c": {"d": "2"}},
        [{"a": "0", "b": "text"}, {"a": "1", "c": {"d": "2"}}],
        '{"a": 1, "b": "text", "c": {"d": "2"}}',
    ],
)
def test_several_records_are_written(act: Act, ds: DataStore, data: Any):
    """From an object, a list of objects or a text; of one key the last value counts."""
    ran = act("data_stores-add-update-multiple-records@0.0.8", {"dataStore": STORE, "data": data})

    assert ran.returned == {"a": 1, "b": "text", "c": {"d": "2"}}
    assert dict(ds.items()) == ran.returned


def test_a_record_that_is_a_list_is_appended_to(act: Act, ds: DataStore):
    """The first time makes it."""
    for value in ("1", "b"):
        ran = act("data_stores-append-to-record@0.0.4", {"dataStore": STORE, "key": "log", "value": value})

    assert ran.returned == {"key": "log", "value": "b", "ttl": None}
    assert ds["log"] == [1, "b"]


def test_a_record_that_is_no_list_is_not_appended_to(act: Act, ds: DataStore):
    """The sentence names the key."""
    ds["log"] = "text"

    ran = act("data_stores-append-to-record@0.0.4", {"dataStore": STORE, "key": "log", "value": "1"})

    assert ran.error
    assert ran.error.message == "The record log is not a list, so nothing can be appended to it."


def test_a_record_is_read_or_made(act: Act, ds: DataStore):
    """The first run makes it, the next one reads it."""
    props = {"dataStore": STORE, "key": "models", "addRecordIfNotFound": "Yes", "value": "[]"}
    uses = "data_stores-get-record-or-create@0.0.10"

    assert act(uses, props).exports == {"$return_value": [], "key": "models"}
    ds["models"] = ["x"]
    assert act(uses, props).returned == ["x"]


def test_a_record_that_is_made_with_a_ttl_is_returned_with_it(act: Act, ds: DataStore):
    """As newer versions do."""
    props = {"dataStore": STORE, "key": "a", "addRecordIfNotFound": "Yes", "value": "1", "ttl": 60}

    assert act("data_stores-get-record-or-create@0.0.14", props).returned == {"value": 1, "ttl": 60}


@pytest.mark.parametrize("asked", [{}, {"addRecordIfNotFound": "No", "value": "1"}])
def test_a_record_that_is_not_there_is_nothing(act: Act, ds: DataStore, asked: dict[str, str]):
    """Nothing is made that nobody asked for."""
    assert act("data_stores-get-record@0.0.5", {"dataStore": STORE, "key": "a", **asked}).returned is None
    assert list(ds) == []


def test_a_key_is_looked_for_and_made(act: Act, ds: DataStore):
    """The three answers of the check."""
    uses, props = "data_stores-has-key-or-create@0.1.4", {"dataStore": STORE, "key": "a"}
    making = {**props, "addRecordIfNotFound": "Yes", "value": "{}"}

    assert [act(uses, given).returned for given in (props, making, making)] == [
        {"existingKeyFound": False, "newKeyCreated": False},
        {"existingKeyFound": False, "newKeyCreated": True, "value": {}, "ttl": None},
        {"existingKeyFound": True, "newKeyCreated": False},
    ]


def test_a_record_is_deleted_and_returned(act: Act, ds: DataStore):
    """Once; what is not there is no error."""
    ds["a"] = {"b": 0}
    uses, props = "data_stores-delete-single-record@0.0.11", {"dataStore": STORE, "key": "a"}

    assert act(uses, props).exports == {"key": "a", "$return_value": {"b": 0}}
    assert act(uses, props).exports == {"key": "a"}
    assert list(ds) == []


def test_all_records_are_read_and_deleted(act: Act, ds: DataStore):
    """Keys, records, and then none."""
    ds["a"], ds["b"] = 1, None

    assert act("data_stores-list-keys@0.0.4", {"dataStore": STORE}).returned == ["a", "b"]
    assert act("data_stores-get-all-records@0.0.3", {"dataStore": STORE}).returned == {"a": 1, "b": None}
    assert act("data_stores-delete-all-records@0.0.4", {"dataStore": STORE}).returned is None
    assert act("data_stores-list-keys@0.0.4", {"dataStore": STORE}).returned == []


@pytest.mark.parametrize(
    ("props", "returned"),
    [
        ({"keys": ["b", "x"]}, {"b": 2}),
        ({"keys": [], "returnType": "object"}, {"a": 1, "b": 2}),
        ({"returnType": "array"}, [{"key": "a", "value": 1}, {"key": "b", "value": 2}]),
    ],
)
def test_some_records_are_listed(act: Act, ds: DataStore, props: dict[str, Any], returned: Any):
    """By their keys, or all; as an object or a list."""
    ds["a"], ds["b"] = 1, 2

    assert act("data_stores-list-records@0.0.5", {"dataStore": STORE, **props}).returned == returned


@pytest.mark.parametrize(("form", "returned"), [("object", {"a": 1}), ("array", [{"key": "a", "value": 1}])])
def test_what_one_data_store_has_and_another_has_not(act: Act, ds: DataStore, form: str, returned: Any):
    """By keys alone."""
    ds["a"], ds["b"] = 1, 2
    DataStore("ds_other")["b"] = 3
    props = {"dataStoreA": STORE, "dataStoreB": OTHER, "returnType": form}

    assert act("data_stores-get-difference@0.0.4", props).returned == returned


@pytest.mark.parametrize(
    ("props", "keys", "values"),
    [
        ({"query": "Ann"}, ["a.name"], ["Ann"]),
        ({"query": "ann", "caseInsensitive": True}, ["a.name"], ["Ann"]),
        ({"query": "ann", "contains": True, "caseInsensitive": True}, ["a.name", "b.1"], ["Ann", "Hannah"]),
        ({"query": "7"}, ["b.0"], [7]),
        ({"query": "none"}, [], []),
    ],
)
def test_a_text_is_searched_for(act: Act, ds: DataStore, props: dict[str, Any], keys: list[str], values: list[Any]):
    """In all records, however deep; keys are the ways to what was found."""
    ds["a"], ds["b"] = {"name": "Ann"}, [7, "Hannah"]

    ran = act("data_stores-get-record-keys@0.0.5", {"dataStore": STORE, **props})

    assert ran.returned == {"hasRegisteredKeys": bool(keys), "keys": keys, "values": values}


def test_the_expiry_of_a_record_is_changed(act: Act, ds: DataStore, monkeypatch: pytest.MonkeyPatch):
    """To an hour, to never, to a number of seconds; and nothing is done without a record."""
    ds["a"] = 1
    started = clock.now_ms()
    uses, props = "data_stores-update-ttl@0.0.2", {"dataStore": STORE, "key": "a"}

    hour = act(uses, {**props, "ttlOption": "3600"}).returned
    never = act(uses, {**props, "ttlOption": "0"}).returned
    custom = act(uses, {**props, "ttlOption": "custom", "ttl": 60}).returned
    nothing = act(uses, {**props, "key": "x", "ttlOption": "3600"}).returned

    assert hour == {"success": True, "key": "a", "ttl": 3600}
    assert never == {"success": True, "key": "a", "ttl": None, "message": "Expiration removed"}
    assert custom == {"success": True, "key": "a", "ttl": 60}
    assert nothing == {"success": False, "message": "No record found with key x"}
    monkeypatch.setattr(clock, "now_ms", lambda: started + 120_000)
    assert "a" not in ds


def test_a_value_that_nobody_asked_to_make_is_left_out():
    """Pipedream's file keeps what was once filled in."""
    props = {"dataStore": STORE, "key": "a", "addRecordIfNotFound": "No", "value": "1"}

    made = translate("data_stores-get-record-or-create@0.0.10", props)

    assert made is not None
    assert made.inputs == {"dataStore": STORE, "key": "a"}
