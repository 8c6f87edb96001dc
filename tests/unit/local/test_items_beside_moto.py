"""local.engine.items answers as moto does, with any requests in any order, but where moto is known to be wrong.

What is different, and is so on AWS as well, is said where it is left out here, and shown in test_items.
"""

import copy
import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from local import moto_differences
from local.engine.clock import Clock
from local.engine.errors import ServiceError
from local.engine.items.service import Items
from local.engine.moto_tables import table_of
from local.engine.place import ACCOUNT, Place
from local.engine.store import Store
from local.moto_differences import engine

PLACE = Place(ACCOUNT, "us-east-1")
TABLE = {
    "TableName": "table",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": kind}
        for name, kind in (("pk", "S"), ("sk", "N"), ("g", "S"), ("r", "S"))
    ],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-g",
            "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}, {"AttributeName": "r", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a"]},
        }
    ],
}

TEXTS = st.sampled_from(["", "a", "ab", "b", "ä"])
NUMBERS = st.sampled_from(["-10", "-1", "0", "0.5", "2", "10"])
SIMPLE = st.one_of(
    TEXTS.map(lambda text: {"S": text}),
    NUMBERS.map(lambda number: {"N": number}),
    st.booleans().map(lambda flag: {"BOOL": flag}),
    st.just({"NULL": True}),
)
# moto: true is 1. AWS: a flag is no number.
VALUES = st.one_of(
    SIMPLE.filter(lambda value: "BOOL" not in value),
    st.lists(SIMPLE, max_size=2).map(lambda elements: {"L": elements}),
    st.dictionaries(st.sampled_from(["x", "y"]), SIMPLE).map(lambda inner: {"M": inner}),
    st.sets(st.sampled_from(["a", "b", "c"]), min_size=1).map(lambda texts: {"SS": sorted(texts)}),
    st.sets(NUMBERS, min_size=1).map(lambda numbers: {"NS": sorted(numbers)}),
)
KEYS = st.fixed_dictionaries({"pk": st.sampled_from(["p", "q"]), "sk": st.sampled_from(["-2", "0", "3", "20"])}).map(
    lambda key: {"pk": {"S": key["pk"]}, "sk": {"N": key["sk"]}}
)
INDEX_TEXTS = st.sampled_from(["m", "n"]).map(lambda text: {"S": text})
ATTRIBUTES = st.fixed_dictionaries({}, optional={"a": VALUES, "b": VALUES, "g": INDEX_TEXTS, "r": INDEX_TEXTS})
ITEMS = st.builds(lambda key, attributes: {**attributes, **key}, KEYS, ATTRIBUTES)

# moto: has no order for lists, and takes a value of any type for < and the like. AWS: refuses the value.
ORDERED = st.one_of(TEXTS.map(lambda text: {"S": text}), NUMBERS.map(lambda number: {"N": number}))
CONDITIONS = st.one_of(
    st.tuples(
        st.sampled_from(
            [
                "attribute_exists(pk)",
                "attribute_not_exists(a)",
                "attribute_exists(a.x) OR attribute_exists(b)",
                "NOT attribute_exists(b)",
                "attribute_exists(a) AND a = b",
            ]
        ),
        st.just({}),
    ),
    st.tuples(
        st.sampled_from(["a = :v", "a <> :v", "a IN (:v)", "b = :v AND attribute_exists(a)", "contains(a, :v)"]),
        # moto: what is not there equals null, and what is not there, either. AWS: equals nothing.
        SIMPLE.filter(lambda value: not value.keys() & {"NULL", "BOOL"}).map(lambda value: {":v": value}),
    ),
    st.tuples(
        st.sampled_from(["a < :v", "a >= :v", "b > :v OR b <= :v", "NOT (a < :v)"]),
        ORDERED.map(lambda value: {":v": value}),
    ),
    st.tuples(
        st.sampled_from(["begins_with(a, :v)", "attribute_type(a, :t) OR begins_with(b, :v)"]),
        st.sampled_from(["a", "ä"]).map(lambda text: {":v": {"S": text}, ":t": {"S": "N"}}),
    ).map(lambda pair: (pair[0], {name: value for name, value in pair[1].items() if name in pair[0]})),
    # moto: refuses to tell the size of what has none, and counts characters. AWS: it is not there, and counts bytes.
    st.tuples(st.just("attribute_type(a, :t) AND size(a) < :s"), st.just({":t": {"S": "SS"}, ":s": {"N": "2"}})),
    st.tuples(st.just("a BETWEEN :v AND :w"), st.just({":v": {"N": "-1"}, ":w": {"N": "2"}})),
)
UPDATES = st.one_of(
    st.tuples(st.just("SET a = :u"), VALUES.map(lambda value: {":u": value})),
    st.tuples(st.just("SET b = if_not_exists(a, :u)"), VALUES.map(lambda value: {":u": value})),
    st.tuples(st.just("SET a = if_not_exists(a, :u) + :n"), st.just({":u": {"N": "0"}, ":n": {"N": "0.1"}})),
    st.tuples(st.just("SET a = list_append(if_not_exists(a, :u), :u)"), st.just({":u": {"L": [{"S": "e"}]}})),
    st.tuples(st.just("ADD b :u"), NUMBERS.map(lambda number: {":u": {"N": number}})),
    st.tuples(st.just("ADD a :u"), st.just({":u": {"SS": ["a", "z"]}})),
    st.tuples(st.just("SET #g = :u REMOVE r"), INDEX_TEXTS.map(lambda value: {":u": value})),
    st.tuples(st.just("SET a = :u REMOVE b"), VALUES.map(lambda value: {":u": value})),
)


def conditioned(request: dict[str, Any], condition: tuple[str, Any] | None) -> dict[str, Any]:
    if condition is None:
        return request
    values = {**request.get("ExpressionAttributeValues", {}), **condition[1]}
    made = {**request, "ConditionExpression": condition[0], "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    return {**made, **({"ExpressionAttributeValues": values} if values else {})}


def updated(key: Any, update: tuple[str, Any]) -> dict[str, Any]:
    names = {"ExpressionAttributeNames": {"#g": "g"}} if "#g" in update[0] else {}
    return {"Key": key, "UpdateExpression": update[0], "ExpressionAttributeValues": update[1], **names}


MAYBE = st.none() | CONDITIONS
PUTS = st.builds(lambda item, condition: conditioned({"Item": item}, condition), ITEMS, MAYBE)
WRITES = st.builds(lambda key, update, condition: conditioned(updated(key, update), condition), KEYS, UPDATES, MAYBE)
DELETES = st.builds(lambda key, condition: conditioned({"Key": key}, condition), KEYS, MAYBE)


@st.composite
def queries(draw: Any) -> tuple[str, dict[str, Any]]:
    """One that goes on to the end, page after page."""
    if draw(st.booleans()):
        condition = draw(
            st.sampled_from(
                ["pk = :p", "pk = :p AND sk = :n", "pk = :p AND sk < :n", "pk = :p AND sk >= :n",
                 "pk = :p AND sk BETWEEN :n AND :m"]
            )
        )  # fmt: skip
        values = {":p": {"S": draw(st.sampled_from(["p", "q"]))}, ":n": {"N": "0"}, ":m": {"N": "3"}}
        request = {"KeyConditionExpression": condition}
    else:
        condition = draw(st.sampled_from(["g = :p", "g = :p AND r = :n", "g = :p AND begins_with(r, :n)"]))
        values = {":p": {"S": "m"}, ":n": {"S": "n"}}
        request = {"KeyConditionExpression": condition, "IndexName": "by-g"}
    found = draw(MAYBE)
    # AWS: refuses a filter on a key. moto: takes it.
    if found and "pk" not in found[0]:
        request["FilterExpression"] = found[0]
        values |= found[1]
    used = {name: value for name, value in values.items() if name in condition or (found and name in found[0])}
    request |= {"ExpressionAttributeValues": used, "ScanIndexForward": draw(st.booleans())}
    return "Query", {**request, **draw(st.sampled_from([{}, {"Limit": 1}, {"Limit": 2}]))}


@st.composite
def scans(draw: Any) -> tuple[str, dict[str, Any]]:
    request = draw(st.sampled_from([{}, {"Limit": 2}, {"IndexName": "by-g"}]))
    found = draw(MAYBE)
    if found:
        values = {"ExpressionAttributeValues": found[1]} if found[1] else {}
        request = {**request, "FilterExpression": found[0], **values}
    return "Scan", request


def named(request: dict[str, Any]) -> dict[str, Any]:
    return {"TableName": "table", **request}


@st.composite
def transactions(draw: Any) -> tuple[str, dict[str, Any]]:
    parts = draw(
        st.lists(
            st.one_of(
                PUTS.map(lambda request: {"Put": named(request)}),
                WRITES.map(lambda request: {"Update": named(request)}),
                DELETES.map(lambda request: {"Delete": named(request)}),
                st.builds(
                    lambda key, condition: {"ConditionCheck": named(conditioned({"Key": key}, condition))},
                    KEYS,
                    CONDITIONS,
                ),
            ),
            min_size=1,
            max_size=3,
        )
    )
    return "TransactWriteItems", {"TransactItems": parts}


OPERATIONS = st.one_of(
    PUTS.map(lambda request: ("PutItem", {**request, "ReturnValues": "ALL_OLD"})),
    st.builds(
        # moto: UPDATED_NEW has what has changed. AWS: what the expression names.
        lambda request, shown: ("UpdateItem", {**request, "ReturnValues": shown}),
        WRITES,
        st.sampled_from(["NONE", "ALL_OLD", "ALL_NEW"]),
    ),
    DELETES.map(lambda request: ("DeleteItem", {**request, "ReturnValues": "ALL_OLD"})),
    st.builds(lambda key: ("GetItem", {"Key": key, "ConsistentRead": True}), KEYS),
    st.builds(lambda key: ("GetItem", {"Key": key, "ProjectionExpression": "a.x, b, sk"}), KEYS),
    st.lists(KEYS, min_size=1, max_size=3, unique_by=str).map(
        lambda keys: ("BatchGetItem", {"RequestItems": {"table": {"Keys": keys}}})
    ),
    st.lists(ITEMS, min_size=1, max_size=3, unique_by=lambda item: str((item["pk"], item["sk"]))).map(
        lambda items: (
            "BatchWriteItem",
            {"RequestItems": {"table": [{"PutRequest": {"Item": item}} for item in items]}},
        )
    ),
    queries(),
    scans(),
    transactions(),
)


REASONS = ("None", "ConditionalCheckFailed", "ValidationError")


class MotoFailed(Exception):
    """moto has crashed, as it does where values of two types meet in a comparison: then it is no reference."""


class Sides:
    """The engine and moto, each with the same table."""

    def __init__(self) -> None:
        self._moto: Any = boto3.client("dynamodb", region_name="us-east-1")
        self._moto.create_table(**TABLE)
        self.store = Store()
        self.items = Items(self.store, Clock(), table_of, lambda _: None)

    def engine(self, operation: str, request: dict[str, Any]) -> Any:
        try:
            return self.items.answer(operation, copy.deepcopy(request), PLACE)
        except ServiceError as error:
            return {"error": error.code, **error.fields}

    def moto(self, operation: str, request: dict[str, Any]) -> Any:
        method = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation).strip("_")
        try:
            return getattr(self._moto, method)(**copy.deepcopy(request))
        except ClientError as error:
            response: Any = error.response
            fields = {name: response[name] for name in ("Item", "CancellationReasons") if name in response}
            if any(reason["Code"] not in REASONS for reason in fields.get("CancellationReasons", ())):
                raise MotoFailed from error
            return {"error": response["Error"]["Code"], **fields}
        except (TypeError, AttributeError, KeyError, ValueError) as error:
            raise MotoFailed from error

    def clear(self) -> None:
        for item in self._moto.scan(TableName="table")["Items"]:
            self._moto.delete_item(TableName="table", Key={name: item[name] for name in ("pk", "sk")})
        self.items.drop(PLACE)


def to_the_end(ask: Any, operation: str, request: dict[str, Any]) -> Any:
    """All items of a query or a scan.

    AWS: a page that Limit ends has a key, even if nothing follows. moto: has none.
    """
    found, counts = [], [0, 0]
    while True:
        page = ask(operation, request)
        if "error" in page:
            return page
        found += page["Items"]
        counts = [counts[0] + page["Count"], counts[1] + page["ScannedCount"]]
        if "LastEvaluatedKey" not in page:
            return {"Items": found, "counts": counts}
        request = {**request, "ExclusiveStartKey": page["LastEvaluatedKey"]}


def comparable(answer: Any) -> Any:
    """Without what differs from request to request, and with sets in one order."""
    if isinstance(answer, list):
        return [comparable(each) for each in answer]
    if not isinstance(answer, dict):
        return answer
    left_out = ("ResponseMetadata", "ConsumedCapacity", "ItemCollectionMetrics", "Message", "UnprocessedKeys")
    kept = {name: comparable(value) for name, value in answer.items() if name not in left_out}
    return {name: sorted(value) if name in ("SS", "NS") else value for name, value in kept.items()}


def asked(ask: Any, operation: str, request: dict[str, Any]) -> Any:
    if operation in ("Query", "Scan"):
        return comparable(to_the_end(ask, operation, named(request)))
    if "RequestItems" not in request and "TransactItems" not in request:
        request = named(request)
    answer = comparable(ask(operation, request))
    if operation == "BatchGetItem" and "Responses" in answer:
        answer["Responses"]["table"].sort(key=json.dumps)
    return answer


@pytest.fixture(scope="module")
def sides() -> Any:
    moto_differences.install()
    with mock_aws(), engine.left_out():
        made = Sides()
        yield made
        made.store.close()


@pytest.mark.proof
@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(operations=st.lists(OPERATIONS, min_size=1, max_size=8))
def test_the_engine_answers_as_moto_does(sides: Sides, operations: list[tuple[str, dict[str, Any]]]):
    """Answers and errors of writes, reads, queries and transactions."""
    sides.clear()
    for operation, request in operations:
        try:
            theirs = asked(sides.moto, operation, request)
        except MotoFailed:
            continue
        assert asked(sides.engine, operation, request) == theirs, (operation, request)
