"""Data stores, on moto's DynamoDB with the table that the template describes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from interlude import clock
from interlude.aws import clients, table
from interlude.errors import BadCall, MissingKey, NotJson, TooLarge
from interlude.pd.data_stores import DataStore
from interlude.run import payloads
from interlude.settings import settings
from tests.data_stores import data_stores_table


class Clock:
    """The time, in ms since the epoch."""

    now_ms = 1_800_000_000_000


@pytest.fixture(scope="module")
def made() -> Iterator[list[str]]:
    """The requests to a DynamoDB with the table."""
    with data_stores_table("data-stores"):
        made: list[str] = []
        clients.client("dynamodb").meta.events.register(
            "request-created.dynamodb", lambda operation_name, **_: made.append(operation_name)
        )
        yield made


@pytest.fixture
def requests(made: list[str], as_step: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The requests that a test makes, in a step's function beside an empty table."""
    monkeypatch.setenv("DATA_STORES_TABLE", "data-stores")
    settings.cache_clear()
    for item in clients.client("dynamodb").scan(TableName="data-stores")["Items"]:
        key = {name: item[name] for name in ("store", "key")}
        clients.client("dynamodb").delete_item(TableName="data-stores", Key=key)
    made.clear()
    return made


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock, for the test to set."""
    given = Clock()
    monkeypatch.setattr(clock, "now_ms", lambda: given.now_ms)
    return given


@pytest.fixture
def ds(requests: list[str], time: Clock) -> DataStore:
    return DataStore("customers")


def items(name: str = "customers") -> list[dict[str, Any]]:
    """What lies in the table, expired or not."""
    found = clients.client("dynamodb").scan(TableName="data-stores")["Items"]
    return [item for item in found if item["store"]["S"] == name]


@pytest.mark.parametrize(
    "value",
    ["text", "", 0, 12345678901234567890, 1.5, True, None, [1, [2]], {"a": {"b": []}}, "größe 😀", "\ud800"],
)
def test_a_value_comes_back_as_it_was(ds: DataStore, value: Any):
    """Any JSON: whole numbers stay whole, and text may hold anything."""
    ds["key"] = value

    assert ds["key"] == value
    assert type(ds["key"]) is type(value)


def test_a_missing_key_is_a_type_error_and_a_key_error(ds: DataStore):
    """As Pipedream documents it, and as a dict does it."""
    with pytest.raises(TypeError) as refused:
        ds["missing"]
    with pytest.raises(KeyError):
        ds["missing"]

    assert isinstance(refused.value, MissingKey)
    assert str(refused.value) == "The data store 'customers' has no key 'missing'."


def test_get_has_a_default(ds: DataStore):
    """None unless told; a value that is None is no default."""
    ds["nothing"] = None

    assert ds.get("missing") is None
    assert ds.get("missing", []) == []
    assert ds.get("nothing", "default") is None


def test_it_is_a_mapping(ds: DataStore):
    """in, len, keys, values, items, iteration, update, truth, and equality with a dict."""
    assert not ds
    ds.update({"b": 2, "a": 1}, c=[3])

    assert ds
    assert "a" in ds
    assert "z" not in ds
    assert list(ds) == ["a", "b", "c"]
    assert (sorted(ds.keys()), list(ds.values()), dict(ds.items())) == (
        ["a", "b", "c"],
        [1, 2, [3]],
        {"a": 1, "b": 2, "c": [3]},
    )
    assert (len(ds), len(ds.keys()), len(ds.items())) == (3, 3, 3)
    assert ds == {"a": 1, "b": 2, "c": [3]}
    assert "a" in ds.keys()  # noqa: SIM118  # as people write it
    assert repr(ds) == "DataStore('customers')"


def test_what_is_deleted_is_gone(ds: DataStore):
    """By del and by pop; neither finds what is not there."""
    ds.update(a=1, b=2, c=3)

    del ds["a"]

    assert ds.pop("b") == 2
    assert ds.pop("b", "none") == "none"
    assert list(ds) == ["c"]
    with pytest.raises(KeyError):
        del ds["a"]
    with pytest.raises(KeyError):
        ds.pop("a")


def test_what_was_read_is_a_copy(ds: DataStore):
    """As on Pipedream: a change of it is not stored until it is set."""
    ds["ada"] = {"age": 36}

    ds["ada"]["age"] = 37

    assert ds["ada"] == {"age": 36}


def test_two_data_stores_share_nothing_but_the_table(ds: DataStore):
    """One is cleared, the other is not touched."""
    other = DataStore("orders")
    ds["key"], other["key"] = 1, 2

    ds.clear()

    assert (dict(ds), dict(other)) == ({}, {"key": 2})


def test_two_that_have_one_name_are_the_same(ds: DataStore):
    """In another step, or another workflow."""
    ds["key"] = 1

    assert DataStore("customers")["key"] == 1


def test_the_limiter_of_pipedreams_documentation_lets_go_after_an_hour(ds: DataStore, time: Clock):
    """It counts by writing without a ttl: that must not keep the item for ever."""
    ds.set("calls", 1, ttl=3600)
    time.now_ms += 3_000_000
    ds["calls"] = ds["calls"] + 1

    assert ds["calls"] == 2
    time.now_ms += 601_000
    assert ds.get("calls") is None


def test_an_item_is_there_until_its_time_is_up(ds: DataStore, time: Clock):
    """To every method at once, though DynamoDB deletes it days later."""
    ds.set("token", "abc", ttl=60)

    time.now_ms += 59_000
    assert ds["token"] == "abc"
    time.now_ms += 1_001
    assert ds.get("token") is None
    assert "token" not in ds
    assert (list(ds), dict(ds.items()), len(ds), bool(ds)) == ([], {}, 0, False)
    assert ds.pop("token", "none") == "none"
    with pytest.raises(MissingKey):
        ds.set_ttl("token", 60)


def test_an_expired_item_does_not_stand_in_the_way(ds: DataStore, time: Clock):
    """Whoever writes it anew writes it for good, with no time of the old one."""
    for key in ("set", "default"):
        ds.set(key, "old", ttl=1)
    time.now_ms += 2_000

    ds["set"] = "new"

    assert ds.setdefault("default", "new") == "new"
    time.now_ms += 10**12
    assert dict(ds) == {"default": "new", "set": "new"}
    assert [item.get("expires_at") for item in items()] == [None, None]


def test_set_ttl_sets_and_takes_away(ds: DataStore, time: Clock):
    """Of an item that is there; none comes to be by it."""
    ds.update(a=1, b=2)
    ds.set_ttl("a", 10)
    ds.set_ttl("b", ttl=10)
    ds.set_ttl("b", ttl=None)

    time.now_ms += 11_000

    assert dict(ds) == {"b": 2}
    for ttl in (10, None):
        with pytest.raises(MissingKey):
            ds.set_ttl("c", ttl)
    assert "c" not in ds


def test_the_time_that_an_item_expires_is_what_dynamodb_deletes_by(ds: DataStore, time: Clock):
    """Whole seconds since the epoch, rounded up."""
    time.now_ms = 1_800_000_000_001
    ds.set("key", 1, ttl=0.5)

    assert items()[0]["expires_at"] == {"N": "1800000001"}


@pytest.mark.parametrize("ttl", [0, -1, True, "60", float("nan"), float("inf")])
def test_a_ttl_that_is_none_is_refused(ds: DataStore, ttl: Any):
    """Before anything is written."""
    with pytest.raises(BadCall, match="must be a number of seconds above 0, or None"):
        ds.set("key", 1, ttl=ttl)

    assert dict(ds) == {}


@pytest.mark.parametrize("key", ["", "x" * 1025, "ü" * 513, 5, None, b"key", "\ud800"])
def test_a_key_that_is_none_is_refused(ds: DataStore, key: Any):
    """By every method alike."""
    for call in (ds.get, ds.__getitem__, ds.__contains__, ds.pop, ds.setdefault, lambda key: ds.set(key, 1)):
        with pytest.raises(BadCall, match="it must be text of 1 to 1024 bytes"):
            call(key)


def test_a_key_may_have_1024_bytes(ds: DataStore):
    """DynamoDB's limit, in UTF-8."""
    ds["ü" * 512] = 1

    assert ds["ü" * 512] == 1


@pytest.mark.parametrize("name", ["", "x" * 201, "two words", "a/b", None, 5])
def test_a_name_that_is_none_is_refused(name: Any):
    """The sentence says what a name may be."""
    with pytest.raises(BadCall, match="must be 1 to 200 of A-Z"):
        DataStore(name)


def test_a_value_that_is_no_json_is_refused(ds: DataStore):
    """The sentence names the store, the key and the part."""
    with pytest.raises(NotJson) as refused:
        ds["key"] = {"when": {1, 2}}

    assert str(refused.value).startswith("customers['key']['when'] is a set ({1, 2}); only JSON values are allowed")


def test_a_value_has_a_limit(ds: DataStore):
    """390 KB as JSON, so that an item fits into DynamoDB with the longest key."""
    ds["x" * 1024] = "y" * (390 * 1024 - 2)

    with pytest.raises(TooLarge) as refused:
        ds["key"] = "y" * (390 * 1024 - 1)

    assert str(refused.value) == (
        "customers['key'] would be 399361 bytes of JSON; at most 399360 (390 KB) are allowed."
    )


def test_it_is_no_json_itself(ds: DataStore):
    """A step that returns it is told so."""
    with pytest.raises(NotJson, match=r"^The return value\['store'\] is a DataStore \(DataStore\('customers'\)\);"):
        payloads.dump({"store": ds}, "The return value")


def test_of_many_that_set_a_default_one_wins(ds: DataStore):
    """And all get its value."""
    with ThreadPoolExecutor(8) as threads:
        values = list(threads.map(lambda i: ds.setdefault("leader", i), range(16)))

    assert set(values) == {ds["leader"]}


def test_of_many_that_pop_one_wins(ds: DataStore):
    """The others get their default."""
    ds["job"] = "work"

    with ThreadPoolExecutor(8) as threads:
        got = list(threads.map(lambda _: ds.pop("job", None), range(16)))

    assert sorted(filter(None, got)) == ["work"]


def test_of_many_that_pop_any_item_each_gets_another(ds: DataStore):
    """A queue for several workers; an empty one raises KeyError."""
    ds.update({f"{i}": i for i in range(8)})

    with ThreadPoolExecutor(8) as threads:
        got = list(threads.map(lambda _: ds.popitem(), range(8)))

    assert sorted(got) == [(f"{i}", i) for i in range(8)]
    with pytest.raises(KeyError, match=r"The data store .customers. is empty\."):
        ds.popitem()


def test_clearing_and_writing_at_once_breaks_nothing(ds: DataStore):
    """What is left is whole, and can be read and cleared."""
    with ThreadPoolExecutor(4) as threads:
        done = [threads.submit(ds.clear) for _ in range(3)]
        done += [threads.submit(ds.update, {f"{i}": i for i in range(60)}) for _ in range(2)]
    for each in done:
        each.result()

    assert all(int(key) == value for key, value in ds.items())
    ds.clear()
    assert items() == []


def test_clear_takes_expired_items_along(ds: DataStore, time: Clock):
    """Nothing stays that could come back when clocks differ."""
    ds.set("old", 1, ttl=1)
    time.now_ms += 5_000

    ds.clear()

    assert items() == []


def test_what_dynamodb_leaves_undeleted_is_deleted_by_the_next_request(
    ds: DataStore, requests: list[str], monkeypatch: pytest.MonkeyPatch
):
    """BatchWriteItem may do a part only."""
    monkeypatch.setattr(table, "_back_off", lambda attempt: None)
    ds.update({f"{i:02}": i for i in range(30)})
    dynamodb: Any = clients.client("dynamodb")
    whole = dynamodb.batch_write_item

    def half(RequestItems: dict[str, list[Any]]) -> Any:  # noqa: N803  # boto3's name
        asked = RequestItems["data-stores"]
        done, left = asked[: (len(asked) + 1) // 2], asked[(len(asked) + 1) // 2 :]
        return {**whole(RequestItems={"data-stores": done}), "UnprocessedItems": {"data-stores": left} if left else {}}

    monkeypatch.setattr(dynamodb, "batch_write_item", half)
    ds.clear()

    assert items() == []


def test_a_large_store_is_read_page_by_page(ds: DataStore, requests: list[str]):
    """DynamoDB answers with up to 1 MB; whoever stops early reads no more pages."""
    for i in range(5):
        ds[f"{i}"] = "y" * 390_000
    requests.clear()

    assert len(dict(ds.items())) == 5
    assert requests == ["Query"] * 3
    requests.clear()
    assert next(iter(ds.items()))[0] == "0"
    assert requests == ["Query"]


@pytest.mark.parametrize(
    ("call", "made"),
    [
        (lambda ds: ds["key"], ["BatchGetItem"]),
        (lambda ds: ds.get("missing"), ["BatchGetItem"]),
        (lambda ds: "key" in ds, ["BatchGetItem"]),
        (lambda ds: ds.set("key", 2), ["UpdateItem"]),
        (lambda ds: ds.set("key", 2, ttl=5), ["UpdateItem"]),
        (lambda ds: ds.set_ttl("key", 5), ["UpdateItem"]),
        (lambda ds: ds.setdefault("key", 5), ["UpdateItem"]),
        (lambda ds: ds.pop("key"), ["DeleteItem"]),
        (lambda ds: ds.__delitem__("key"), ["DeleteItem"]),
        (lambda ds: list(ds.keys()), ["Query"]),
        (lambda ds: list(ds.items()), ["Query"]),
        (lambda ds: sorted(ds.values()), ["Query"]),
        (lambda ds: len(ds), ["Query"]),
        (lambda ds: ds.clear(), ["Query", "BatchWriteItem"]),
    ],
)
def test_an_operation_is_one_request(ds: DataStore, requests: list[str], call: Any, made: list[str]):
    """Which is what it costs; clear has to know what there is. The template allows these and no more."""
    ds["key"] = 1
    requests.clear()

    call(ds)

    assert requests == made
