"""The bench counts DynamoDB's request units as they are billed on demand."""

import pytest

from bench.counting import CountingDynamoDb


@pytest.fixture
def counter():
    return CountingDynamoDb()


def item(sort_key="STEP#0", size=0):
    return {"pk": {"S": "RUN#r"}, "sk": {"S": sort_key}, "exports": {"S": "x" * size}}


@pytest.mark.parametrize(("size", "units"), [(0, 1), (990, 1), (1_200, 2), (5_000, 5)])
def test_a_write_costs_a_unit_for_each_started_kilobyte(counter, size, units):
    counter.note("PutItem", {"Item": item(size=size)}, {})

    assert counter.write_units == units


def test_a_transaction_costs_twice_the_units_of_each_item(counter):
    counter.note(
        "TransactWriteItems", {"TransactItems": [{"Put": {"Item": item()}}, {"Put": {"Item": item("WAIT#0.1")}}]}, {}
    )

    assert counter.write_units == 4


def test_a_write_of_the_runs_own_item_costs_its_index_entry_too(counter):
    counter.note("PutItem", {"Item": item("RUN")}, {})

    assert counter.write_units == 2


def test_an_update_costs_the_whole_item(counter):
    counter.note("PutItem", {"Item": item(size=3_000)}, {})
    counter.clear()
    update = {"Key": {"pk": {"S": "RUN#r"}, "sk": {"S": "STEP#0"}}, "UpdateExpression": "SET a = :a"}
    counter.note("UpdateItem", {**update, "ExpressionAttributeValues": {":a": {"S": "y"}}}, {})

    assert counter.write_units == 3


@pytest.mark.parametrize(("consistent", "units"), [(True, 3), (False, 1.5)])
def test_a_batch_reads_what_is_not_there_too(counter, consistent, units):
    """An item of 5 KB costs two units, and one that is missing costs one."""
    request = {"RequestItems": {"runs": {"Keys": [{}, {}], "ConsistentRead": consistent}}}

    counter.note("BatchGetItem", request, {"Responses": {"runs": [item(size=5_000)]}})

    assert counter.read_units == units


def test_a_query_costs_the_sum_of_its_items(counter):
    counter.note("Query", {"ConsistentRead": True}, {"Items": [item(size=2_000)] * 4})

    assert counter.read_units == 2
