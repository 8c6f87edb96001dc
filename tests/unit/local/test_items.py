"""local.engine.items: what DynamoDB's documentation says of requests, above all where moto says otherwise."""

from typing import Any

import pytest

from local.engine.items.tables import Attribute, Index
from tests.unit.local.items_stage import PLACE, Stage, index, key, stage

__all__ = ["stage"]

NUMBERS = ["-1E+125", "-100", "-20", "-2.5", "-2", "-0.1", "-1E-130", "0", "1E-130", "0.1", "0.12", "2", "10", "1E+125"]
ONE = {":one": {"N": "1"}}


def names(page: Any) -> list[str]:
    return [item["sk"]["S"] for item in page["Items"]]


# ---- Keys and their order ----


@pytest.mark.parametrize(
    ("kind", "ordered"),
    [
        ("S", ["A", "a", "a\0", "a\0b", "a\x01", "aa", "z", "ä", "\uffff", "😀"]),
        ("N", NUMBERS),
        ("B", ["AA==", "AAA=", "AAE=", "AQ==", "/w==", "//8="]),
    ],
)  # fmt: skip
def test_range_keys_are_in_dynamodbs_order(stage: Stage, kind: str, ordered: list[str]):
    """Texts by their UTF-8, numbers by value, binaries by their bytes; backwards, too."""
    stage.describe(range=(Attribute("sk", kind),))
    for text in sorted(ordered):
        stage.ask("PutItem", Item={"pk": {"S": "p"}, "sk": {kind: text}, "text": {"S": text}})
    query = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "p"}}}

    forward = [item["text"]["S"] for item in stage.ask("Query", **query)["Items"]]
    backward = [item["text"]["S"] for item in stage.ask("Query", **query, ScanIndexForward=False)["Items"]]

    assert forward == ordered
    assert backward == ordered[::-1]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("sk = :b", ["b"]),
        ("sk < :b", ["a", "aa"]),
        ("sk <= :b", ["a", "aa", "b"]),
        ("sk > :b", ["ba", "c"]),
        ("sk >= :b", ["b", "ba", "c"]),
        (":b <= sk", ["b", "ba", "c"]),
        ("begins_with(sk, :b)", ["b", "ba"]),
        ("sk BETWEEN :b AND :c", ["b", "ba", "c"]),
    ],
)
def test_a_query_finds_a_range(stage: Stage, condition: str, found: list[str]):
    """By each operator, and nothing of another hash key."""
    for name in ("a", "aa", "b", "ba", "c"):
        stage.put("p", name)
        stage.put("pp", name)
    values = {":p": {"S": "p"}, ":b": {"S": "b"}, ":c": {"S": "c"}}
    used = {name: value for name, value in values.items() if name == ":p" or name in condition}

    page = stage.ask("Query", KeyConditionExpression=f"pk = :p AND {condition}", ExpressionAttributeValues=used)

    assert names(page) == found


def test_a_number_has_one_form(stage: Stage):
    """It is found under any of its texts, and comes back without zeros that say nothing."""
    stage.ask("PutItem", Item={**key("p"), "a": {"N": "+01.50"}, "b": {"NS": ["1E2", ".5"]}})

    assert stage.get("p") == {**key("p"), "a": {"N": "1.5"}, "b": {"NS": ["100", "0.5"]}}
    stage.update("SET c = :one", values=ONE, ConditionExpression="a = a2 OR attribute_exists(a)")


@pytest.mark.parametrize(
    ("number", "message"),
    [
        ("1E126", "Number overflow"),
        ("1E-131", "Number underflow"),
        ("1E999999999", "Number overflow"),
        ("1" * 39, "more than 38 significant digits"),
        ("NaN", "cannot be converted to a numeric value: NaN"),
        (" 1", "cannot be converted"),
    ],
)
def test_a_number_beyond_dynamodbs_is_refused(stage: Stage, number: str, message: str):
    assert message in stage.refused("PutItem", Item={**key("p"), "a": {"N": number}}).message


def test_a_sum_is_exact_or_refused(stage: Stage):
    """38 digits."""
    stage.put("p", a={"N": "10000000000000000000000000000000000000"})
    stage.update("SET a = a + :one", values=ONE)
    assert stage.get("p")["a"] == {"N": "10000000000000000000000000000000000001"}

    stage.put("p", a={"N": "1E50"})
    refused = stage.refused(
        "UpdateItem", Key=key("p"), UpdateExpression="SET a = a + :one", ExpressionAttributeValues=ONE
    )
    assert "Number overflow" in refused.message


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"pk": {"S": "p"}}, "Missing the key sk in the item"),
        ({**key("p"), "sk": {"N": "1"}}, "Type mismatch for key sk expected: S actual: N"),
        (key("p", ""), "cannot contain an empty string value. Key: sk"),
        (key("p" * 2049), "Size of hashkey has exceeded the maximum size limit of2048 bytes"),
        (key("p", "s" * 1025), "size of all range keys has exceeded the size limit of 1024 bytes"),
        ({**key("p"), "a": {"SS": []}}, "An string set  may not be empty"),
        ({**key("p"), "a": {"NS": ["1", "1.0"]}}, "contains duplicates"),
        ({**key("p"), "a": {"NULL": False}}, "Null attribute value types must have the value of true"),
        ({**key("p"), "a": {}}, "must contain exactly one of the supported datatypes"),
        ({**key("p"), "a": {"S": "x" * 409_600}}, "Item size has exceeded the maximum allowed size"),
    ],
)
def test_an_item_that_dynamodb_does_not_take_is_refused(stage: Stage, item: Any, message: str):
    assert message in stage.refused("PutItem", Item=item).message
    assert stage.ask("Scan")["Items"] == []


def test_an_item_may_have_400_kb(stage: Stage):
    """Names and values count as UTF-8; an update may not go beyond it, either."""
    rest = 409_600 - sum(map(len, ("pk", "p", "sk", "s", "a")))
    stage.put("p", a={"S": "ä" * (rest // 2) + "x" * (rest % 2)})

    refused = stage.refused("UpdateItem", Key=key("p"), UpdateExpression="SET b = :one", ExpressionAttributeValues=ONE)
    assert refused.message == "Item size to update has exceeded the maximum allowed size"


def test_a_key_in_a_request_has_the_attributes_of_the_schema(stage: Stage):
    """And no others."""
    for wrong in ({"pk": {"S": "p"}}, {**key("p"), "a": {"S": ""}}, {"pk": {"S": "p"}, "sk": {"N": "1"}}):
        assert stage.refused("GetItem", Key=wrong).message == "The provided key element does not match the schema"


def test_a_table_that_is_not_there(stage: Stage):
    refused = stage.refused("GetItem", TableName="nowhere", Key=key("p"))

    assert (refused.code, refused.message) == ("ResourceNotFoundException", "Requested resource not found")


def test_a_table_may_be_named_by_its_arn(stage: Stage):
    stage.put("p")

    assert stage.ask("GetItem", TableName=stage.tables["table"].arn, Key=key("p"))["Item"] == key("p")


# ---- Conditions ----


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("gone <> :n", True),
        ("gone <> gone2", True),
        ("gone = gone2", False),
        ("nothing = gone", False),
        ("gone < :n", False),
        ("NOT gone < :n", True),
        ("num = :txt", False),
        ("num < :txt", False),
        ("flag = :n", False),
        ("nums = :nums", True),
        ("size(txt) = :n", True),
        ("size(num) = :n", False),
        ("size(nothing) = :n", False),
        ("contains(elements, :n)", True),
        ("contains(nums, :n)", True),
        ("contains(nums, :txt)", False),
        ("doc.deep[0] = :n", True),
        ("doc.deep[1] = :n", False),
        ("doc.deep.x = :n", False),
        ("num < :n OR num < :ten AND num > :ten", False),
        ("(num < :n OR num < :ten) AND NOT num > :ten", True),
        ("num IN (:txt, :n)", True),
        ("num between :n and :ten", True),
        ("begins_with(txt, head)", True),
        ("attribute_type(num, :type)", True),
    ],
)
def test_a_condition_holds_or_not(stage: Stage, condition: str, holds: bool):
    """What is not there equals nothing, and differs from everything. Types are never the same as each other."""
    values = {":n": {"N": "2"}, ":ten": {"N": "10"}, ":txt": {"S": "2"}, ":type": {"S": "N"}}
    values[":nums"] = {"NS": ["3", "2"]}
    item = {
        "num": {"N": "2"},
        "txt": {"S": "ä"},
        "head": {"S": ""},
        "flag": {"BOOL": True},
        "nothing": {"NULL": True},
        "nums": {"NS": ["2", "3"]},
        "elements": {"L": [{"S": "a"}, {"N": "2.0"}]},
        "doc": {"M": {"deep": {"L": [{"N": "2"}]}}},
    }
    used = {
        name: value
        for name, value in values.items()
        if name in condition.replace(",", " ").replace("(", " ").replace(")", " ").split()
    }
    stage.put("p", **item)
    given = {"ExpressionAttributeValues": used} if used else {}

    assert stage.ask("Scan", FilterExpression=condition, **given)["Count"] == holds


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("", "The expression can not be empty;"),
        ("a = ", 'Syntax error; token: "<EOF>", near: "="'),
        ("a b", 'Syntax error; token: "b", near: "a b"'),
        ("_a = :v", 'Syntax error; token: "_", near: "_a"'),
        ("status = :v", "Attribute name is a reserved keyword; reserved keyword: status"),
        ("a = :w", "An expression attribute value used in expression is not defined; attribute value: :w"),
        ("#a = :v", "An expression attribute name used in the document path is not defined; attribute name: #a"),
        ("((a = :v))", "The expression has redundant parentheses;"),
        ("dog(a) = :v", "Invalid function name; function: dog"),
        ("size(a)", "The function is not allowed to be used this way in an expression; function: size"),
        ("size(a, a) = :v", "operator or function: size, number of operands: 2"),
        (
            "attribute_exists(:v)",
            "Operator or function requires a document path; operator or function: attribute_exists",
        ),
        ("a < :list", "operator or function: <, operand type: L"),
        ("begins_with(a, :n)", "operator or function: begins_with, operand type: N"),
        ("attribute_type(a, :v)", "Invalid attribute type name found; type: x"),
        ("contains(a, a)", "The first operand must be distinct from the remaining operands"),
        (
            "a BETWEEN :n AND :low",
            "The BETWEEN operator requires upper bound to be greater than or equal to lower bound",
        ),
    ],
)
def test_a_condition_that_can_not_be_read_is_refused(stage: Stage, condition: str, message: str):
    """In DynamoDB's words."""
    values = {":v": {"S": "x"}, ":n": {"N": "1"}, ":low": {"N": "0"}, ":list": {"L": []}}
    words = condition.replace(",", " ").replace(")", " ").split()
    used = {name: value for name, value in values.items() if name in words}
    given = {"ExpressionAttributeValues": used} if used else {}

    refused = stage.refused("PutItem", Item=key("p"), ConditionExpression=condition, **given)

    assert refused.code == "ValidationException"
    assert f"Invalid ConditionExpression: {message}" in refused.message or message in refused.message


def test_names_and_values_are_used(stage: Stage):
    """By any expression of the request; a spare one is a mistake."""
    spare = stage.refused(
        "UpdateItem", Key=key("p"), UpdateExpression="SET #a = :a", ExpressionAttributeNames={"#a": "a", "#b": "b"},
        ExpressionAttributeValues={":a": {"S": "x"}},
    )  # fmt: skip
    assert spare.message == "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}"
    lonely = stage.refused("PutItem", Item=key("p"), ExpressionAttributeNames={"#b": "b"})
    assert lonely.message == "ExpressionAttributeNames can only be specified when using expressions"


def test_a_condition_that_fails_shows_the_item(stage: Stage):
    """Where it is asked for, and where there is one."""
    asked = {"ConditionExpression": "a = :one", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    stage.put("p", a={"S": "x"})

    refused = stage.refused("DeleteItem", Key=key("p"), ExpressionAttributeValues=ONE, **asked)
    none = stage.refused("DeleteItem", Key=key("q"), ExpressionAttributeValues=ONE, **asked)

    assert refused.fields == {"Item": {**key("p"), "a": {"S": "x"}}}
    assert (none.code, none.fields) == ("ConditionalCheckFailedException", {})


@pytest.mark.parametrize("parameter", ["Expected", "AttributeUpdates"])
def test_legacy_parameters_are_refused_by_name(stage: Stage, parameter: str):
    refused = stage.refused("UpdateItem", Key=key("p"), **{parameter: {}})

    assert (
        refused.message == f"{parameter} is a legacy parameter that the local DynamoDB does not have: use expressions."
    )


def test_partiql_is_refused(stage: Stage):
    """moto's would find no items."""
    assert "PartiQL" in stage.refused("ExecuteStatement", Statement="SELECT * FROM table").message


# ---- Updates ----


def test_an_update_reads_the_item_as_it_was(stage: Stage):
    """All of it, before anything is changed. moto: sees what the actions before have done."""
    stage.put("p", a={"S": "a"}, b={"S": "b"}, n={"N": "1"})

    stage.update("SET a = b, b = a, c = n + n REMOVE n")

    assert stage.get("p") == {**key("p"), "a": {"S": "b"}, "b": {"S": "a"}, "c": {"N": "2"}}


def test_elements_of_lists_keep_their_numbers_during_an_update(stage: Stage):
    """What is removed does not move the others, and what is set behind the end is appended in order."""
    numbers = {"L": [{"N": str(number)} for number in range(5)]}
    stage.put("p", a=numbers)

    stage.update(
        "SET a[3] = :x, a[9] = :z, a[7] = :y REMOVE a[1], a[0], a[8]",
        values={":x": {"S": "x"}, ":y": {"S": "y"}, ":z": {"S": "z"}},
    )

    assert stage.get("p")["a"] == {"L": [{"N": "2"}, {"S": "x"}, {"N": "4"}, {"S": "y"}, {"S": "z"}]}


def test_a_set_grows_and_shrinks_and_is_never_empty(stage: Stage):
    stage.update("ADD a :s", values={":s": {"SS": ["x", "y"]}})
    stage.update("ADD a :s", values={":s": {"SS": ["y", "z"]}})
    assert stage.get("p")["a"] == {"SS": ["x", "y", "z"]}

    stage.update("DELETE a :s", values={":s": {"SS": ["x", "y", "z"]}})
    assert stage.get("p") == key("p")


def test_what_an_update_returns(stage: Stage):
    """UPDATED_NEW and UPDATED_OLD are what the expression names. moto: what has become different."""
    stage.put("p", a={"M": {"x": {"S": "1"}, "y": {"S": "2"}}}, b={"S": "same"})
    values = {":v": {"S": "3"}, ":b": {"S": "same"}}

    old = stage.update("SET a.x = :v, b = :b", values=values, ReturnValues="UPDATED_OLD")
    new = stage.update("SET a.x = :v, b = :b", values=values, ReturnValues="UPDATED_NEW")

    assert old["Attributes"] == {"a": {"M": {"x": {"S": "1"}}}, "b": {"S": "same"}}
    assert new["Attributes"] == {"a": {"M": {"x": {"S": "3"}}}, "b": {"S": "same"}}
    assert stage.update("REMOVE b", ReturnValues="NONE") == {}


def test_an_update_that_only_takes_away_makes_no_item(stage: Stage):
    """moto: makes one of the key alone. So does AWS where there is no expression."""
    stage.update("REMOVE a")
    assert stage.get("p") is None

    stage.ask("UpdateItem", Key=key("p"))
    assert stage.get("p") == key("p")


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("SET pk = :v", "Cannot update attribute pk. This attribute is part of the key"),
        ("SET a = :v, a.b = :v", "Two document paths overlap with each other"),
        ("SET a.b = :v, a[1] = :v", "Two document paths conflict with each other"),
        ("SET a = :v SET b = :v", 'The "SET" section can only be used once in an update expression;'),
        ("SET a = gone REMOVE b", "refers to an attribute that does not exist in the item"),
        ("SET a = :v + :v", "operator or function: +, operand type: S"),
        ("SET a = b + b", "An operand in the update expression has an incorrect data type"),
        ("SET gone.x = :v", "The document path provided in the update expression is invalid for update"),
        ("ADD a :v", "operator or function: ADD, operand type: STRING"),
        ("DELETE a :v", "operator or function: DELETE, operand type: STRING"),
        ("SET a = list_append(list_append(b, b), :v)", "function: list_append"),
        ("SET a = if_not_exists(:v, :v)", "Operator or function requires a document path"),
        ("SET a = :v + :v + :v", 'Syntax error; token: "+", near: ":v + :v"'),
        ("HELLO a = :v", 'Syntax error; token: "HELLO", near: "HELLO a"'),
    ],
)
def test_an_update_that_can_not_be_done_is_refused(stage: Stage, expression: str, message: str):
    """And changes nothing."""
    stage.put("p", b={"S": "b"})
    given = {"ExpressionAttributeValues": {":v": {"S": "v"}}} if ":v" in expression else {}

    refused = stage.refused("UpdateItem", Key=key("p"), UpdateExpression=expression, **given)

    assert refused.code == "ValidationException"
    assert message in refused.message
    assert stage.get("p") == {**key("p"), "b": {"S": "b"}}


def test_a_projection_leaves_what_it_names(stage: Stage):
    """Each within what it was in; elements of a list close ranks."""
    stage.put("p", a={"M": {"x": {"S": "1"}, "l": {"L": [{"N": "0"}, {"N": "1"}, {"N": "2"}]}}}, b={"S": "b"})

    found = stage.ask("GetItem", Key=key("p"), ProjectionExpression="a.l[2], a.l[0], a.gone, #b",
                      ExpressionAttributeNames={"#b": "b"})  # fmt: skip

    assert found["Item"] == {"a": {"M": {"l": {"L": [{"N": "0"}, {"N": "2"}]}}}, "b": {"S": "b"}}


# ---- Pages ----


def pages(stage: Stage, operation: str, **request: Any) -> list[Any]:
    found = [stage.ask(operation, **request)]
    while "LastEvaluatedKey" in found[-1]:
        found.append(stage.ask(operation, **request, ExclusiveStartKey=found[-1]["LastEvaluatedKey"]))
    return found


QUERY = {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "p"}}}


def test_a_page_that_limit_ends_has_a_key_even_if_nothing_follows(stage: Stage):
    """moto: has none then."""
    for name in "abcd":
        stage.put("p", name)

    found = pages(stage, "Query", **QUERY, Limit=2)

    assert [names(page) for page in found] == [["a", "b"], ["c", "d"], []]
    assert found[0]["LastEvaluatedKey"] == key("p", "b")


def test_limit_counts_before_the_filter(stage: Stage):
    for name in "abc":
        stage.put("p", name, n={"S": name})
    values = {":p": {"S": "p"}, ":c": {"S": "c"}}

    found = pages(stage, "Query", KeyConditionExpression="pk = :p", FilterExpression="n = :c", Limit=2,
                  ExpressionAttributeValues=values)  # fmt: skip

    assert [(page["Count"], page["ScannedCount"]) for page in found] == [(0, 2), (1, 1)]


def test_a_page_ends_after_1_mb(stage: Stage):
    """Of a query, either way round, and of a scan."""
    for name in "abcdefg":
        stage.put("p", name, a={"S": "x" * 300_000})

    for request in ({**QUERY}, {**QUERY, "ScanIndexForward": False}):
        found = pages(stage, "Query", **request)
        assert [page["Count"] for page in found] == [3, 3, 1]
    assert [page["Count"] for page in pages(stage, "Scan")] == [3, 3, 1]


@pytest.mark.parametrize("forward", [True, False])
def test_an_index_is_read_page_after_page_where_keys_are_the_same(stage: Stage, forward: bool):
    """Also behind an item that was deleted meanwhile."""
    stage.describe(indexes=(index("by-g", "g", "r"),))
    for name in "abcde":
        stage.put(name, name, g={"S": "g"}, r={"S": "same"})
    request: Any = {"IndexName": "by-g", "KeyConditionExpression": "g = :g", "ScanIndexForward": forward, "Limit": 2}
    request["ExpressionAttributeValues"] = {":g": {"S": "g"}}

    first = stage.ask("Query", **request)
    last = first["LastEvaluatedKey"]
    stage.ask("DeleteItem", Key={"pk": last["pk"], "sk": last["sk"]})
    second = stage.ask("Query", **request, ExclusiveStartKey=last)

    assert last.keys() == {"pk", "sk", "g", "r"}
    assert names(first) + names(second) == (["a", "b", "c", "d"] if forward else ["e", "d", "c", "b"])


def test_a_segment_of_a_scan_is_a_part_of_the_hash_keys(stage: Stage):
    """All segments are all items."""
    for number in range(20):
        stage.put(str(number))

    found = [pages(stage, "Scan", Segment=segment, TotalSegments=3) for segment in range(3)]
    keys_of = [[item["pk"]["S"] for page in each for item in page["Items"]] for each in found]

    assert sorted(name for each in keys_of for name in each) == sorted(map(str, range(20)))
    assert all(keys_of)


@pytest.mark.parametrize(
    ("request_of", "message"),
    [
        ({"KeyConditionExpression": "a = :p"}, "Query condition missed key schema element: pk"),
        ({"KeyConditionExpression": "pk > :p"}, "Query key condition not supported"),
        ({"KeyConditionExpression": "pk = :p AND a = :p"}, "Query condition missed key schema element: sk"),
        ({"KeyConditionExpression": "pk = :p OR sk = :p"}, "Invalid operator used in KeyConditionExpression: OR"),
        ({"KeyConditionExpression": "pk = :p", "FilterExpression": "sk = :p"}, "Primary key attribute: sk"),
        ({"KeyConditionExpression": "pk = :p", "IndexName": "none"}, "does not have the specified index: none"),
        ({"KeyConditionExpression": "pk = :p", "Limit": 0}, "greater than or equal to 1"),
        ({"KeyConditionExpression": "pk = :p", "ExclusiveStartKey": {"pk": {"S": "p"}}}, "starting key is invalid"),
        ({"KeyConditionExpression": "pk = :p", "ExclusiveStartKey": key("q")}, "outside query boundaries"),
        (
            {"KeyConditionExpression": "g = :p", "IndexName": "by-g", "ConsistentRead": True},
            "Consistent reads are not supported on global secondary indexes",
        ),
        (
            {"KeyConditionExpression": "g = :p", "IndexName": "by-g", "ProjectionExpression": "b"},
            "Global secondary index by-g does not project b",
        ),
    ],
)
def test_a_query_that_can_not_be_done_is_refused(stage: Stage, request_of: Any, message: str):
    stage.describe(indexes=(index("by-g", "g", projection=frozenset({"pk", "sk", "g"})),))

    refused = stage.refused("Query", **request_of, ExpressionAttributeValues={":p": {"S": "p"}})

    assert message in refused.message


# ---- Indexes ----


def test_an_index_has_the_items_with_its_keys_and_what_it_projects(stage: Stage):
    """As they are now: an item comes, changes, and goes."""
    stage.describe(indexes=(index("by-g", "g", "r", projection=frozenset({"pk", "sk", "g", "r", "a"})),))
    scan = {"IndexName": "by-g"}
    stage.put("p", "whole", g={"S": "g"}, r={"S": "1"}, a={"S": "a"}, b={"S": "b"})
    stage.put("p", "part", g={"S": "g"})

    assert stage.ask("Scan", **scan)["Items"] == [
        {"g": {"S": "g"}, "r": {"S": "1"}, "a": {"S": "a"}, **key("p", "whole")}
    ]

    stage.update("SET g = :h", sk="whole", values={":h": {"S": "h"}})
    assert stage.ask("Scan", **scan)["Items"][0]["g"] == {"S": "h"}
    stage.update("REMOVE r", sk="whole")
    assert stage.ask("Scan", **scan)["Items"] == []


def test_keys_of_an_index_end_where_they_end(stage: Stage):
    """Whatever bytes they have: what follows them in a row, the item's own key, does not count before them."""
    stage.describe(indexes=(index("by-g", "g", "r"),))
    for pk, text in (("z", "a"), ("b", "a\0"), ("a", "a\0\0"), ("\0", "a\x01")):
        stage.put(pk, g={"S": "g"}, r={"S": text})

    found = stage.ask(
        "Query",
        IndexName="by-g",
        KeyConditionExpression="g = :g",
        ExpressionAttributeValues={":g": {"S": "g"}},
    )

    assert [item["r"]["S"] for item in found["Items"]] == ["a", "a\0", "a\0\0", "a\x01"]


@pytest.mark.parametrize("value", [{"N": "1"}, {"S": ""}, {"NULL": True}], ids=str)
def test_a_write_that_an_index_can_not_take_is_refused(stage: Stage, value: Any):
    stage.describe(indexes=(index("by-g", "g"),))

    assert stage.refused("PutItem", Item={**key("p"), "g": value}).code == "ValidationException"
    refused = stage.refused(
        "UpdateItem", Key=key("p"), UpdateExpression="SET g = :v", ExpressionAttributeValues={":v": value}
    )
    assert "by-g" in refused.message
    assert stage.get("p") is None


def test_an_index_that_is_added_has_the_items_that_were_there(stage: Stage):
    """And one that is dropped is gone."""
    stage.put("p", "s", g={"S": "g"})
    stage.put("p", "t", g={"N": "1"})
    stage.describe(indexes=(index("by-g", "g"),))
    assert names(stage.ask("Scan", IndexName="by-g")) == ["s"]

    stage.describe(indexes=())
    stage.put("p", "u", g={"S": "g"})
    stage.describe(indexes=(index("by-g", "g"),))
    assert names(stage.ask("Scan", IndexName="by-g")) == ["s", "u"]


def test_a_table_with_another_key_is_another_one(stage: Stage):
    """As on AWS, where it is made anew. What it had is there again with its key; who deletes it deletes both."""
    stage.put("old")
    stage.describe(range=())
    assert stage.ask("Scan")["Items"] == []
    stage.ask("PutItem", Item={"pk": {"S": "new"}})
    assert [item["pk"]["S"] for item in stage.ask("Scan")["Items"]] == ["new"]

    stage.describe()
    assert [item["pk"]["S"] for item in stage.ask("Scan")["Items"]] == ["old"]

    stage.items.drop(PLACE, "table")
    stage.describe(range=())
    assert stage.ask("Scan")["Items"] == []


def test_a_global_index_may_have_keys_of_several_attributes(stage: Stage):
    """Each condition but the last is an equality."""
    hashes = Attribute("g", "S"), Attribute("h", "S")
    ranges = Attribute("r", "N"), Attribute("t", "S")
    stage.describe(indexes=(Index("wide", hashes, ranges, is_global=True, projection=None),))
    for number, text in (("2", "b"), ("10", "a"), ("2", "a"), ("-1", "c")):
        stage.put(f"{number}{text}", "s", g={"S": "g"}, h={"S": "h"}, r={"N": number}, t={"S": text})

    def found(condition: str, **values: Any) -> list[str]:
        given = {":g": {"S": "g"}, ":h": {"S": "h"}, **{f":{name}": value for name, value in values.items()}}
        page = stage.ask("Query", IndexName="wide", KeyConditionExpression=f"g = :g AND h = :h{condition}",
                         ExpressionAttributeValues=given)  # fmt: skip
        return [item["pk"]["S"] for item in page["Items"]]

    assert found("") == ["-1c", "2a", "2b", "10a"]
    assert found(" AND r = :r", r={"N": "2"}) == ["2a", "2b"]
    assert found(" AND r > :r", r={"N": "-1"}) == ["2a", "2b", "10a"]
    assert found(" AND r = :r AND t >= :t", r={"N": "2"}, t={"S": "b"}) == ["2b"]


# ---- Batches and transactions ----


def test_a_batch_writes_and_reads_several(stage: Stage):
    stage.put("p", "old")
    puts = [{"PutRequest": {"Item": key("p", name)}} for name in "ab"]

    stage.ask("BatchWriteItem", RequestItems={"table": [*puts, {"DeleteRequest": {"Key": key("p", "old")}}]})
    found = stage.ask("BatchGetItem", RequestItems={"table": {"Keys": [key("p", name) for name in ("a", "old", "b")]}})

    assert found == {"Responses": {"table": [key("p", "a"), key("p", "b")]}, "UnprocessedKeys": {}}


@pytest.mark.parametrize(
    ("operation", "wanted"),
    [
        ("BatchWriteItem", [{"PutRequest": {"Item": key("p")}}, {"DeleteRequest": {"Key": key("p")}}]),
        ("BatchGetItem", {"Keys": [key("p"), key("p")]}),
    ],
)
def test_a_batch_names_each_item_once(stage: Stage, operation: str, wanted: Any):
    """moto: takes a put and a deletion of the same."""
    refused = stage.refused(operation, RequestItems={"table": wanted})

    assert refused.message == "Provided list of item keys contains duplicates"


def test_a_batch_of_more_than_16_mb_leaves_keys_unprocessed(stage: Stage):
    """With what else was asked of their table."""
    for number in range(50):
        stage.put("p", f"{number:02}", a={"S": "x" * 400_000})
    wanted = {"Keys": [key("p", f"{number:02}") for number in range(50)], "ConsistentRead": True}

    found = stage.ask("BatchGetItem", RequestItems={"table": wanted})

    left = found["UnprocessedKeys"]["table"]
    assert len(found["Responses"]["table"]) + len(left["Keys"]) == 50
    assert left["ConsistentRead"] is True


def write(kind: str, name: str, **more: Any) -> dict[str, Any]:
    about = {"Item": key("p", name)} if kind == "Put" else {"Key": key("p", name)}
    return {kind: {"TableName": "table", **about, **more}}


def test_a_transaction_is_done_whole_or_not_at_all(stage: Stage):
    """Each operation has a reason: all conditions are looked at, and items are shown to who asks for them."""
    stage.put("p", "old", n={"N": "1"})
    failing = {"ConditionExpression": "attribute_not_exists(pk)"}
    operations = [
        write("Put", "new"),
        write("Delete", "old", **failing, ReturnValuesOnConditionCheckFailure="ALL_OLD"),
        write("ConditionCheck", "none", ConditionExpression="attribute_exists(pk)"),
        write("Update", "other", UpdateExpression="SET a = :one", ExpressionAttributeValues=ONE),
    ]

    refused = stage.refused("TransactWriteItems", TransactItems=operations)

    assert refused.code == "TransactionCanceledException"
    assert refused.message.endswith("[None, ConditionalCheckFailed, ConditionalCheckFailed, None]")
    reasons = refused.fields["CancellationReasons"]
    assert reasons[1]["Item"] == {**key("p", "old"), "n": {"N": "1"}}
    assert "Item" not in reasons[2]
    assert names(stage.ask("Scan")) == ["old"]

    stage.ask("TransactWriteItems", TransactItems=[operations[0], operations[3]])
    assert names(stage.ask("Scan")) == ["new", "old", "other"]


def test_a_transaction_with_an_operation_that_can_not_be_done_says_which(stage: Stage):
    """A mistake in an expression is the whole request's."""
    wrong_key = {"Put": {"TableName": "table", "Item": {"pk": {"S": "p"}, "sk": {"N": "1"}}}}
    no_source = write("Update", "b", UpdateExpression="SET a = gone")

    for wrong in (wrong_key, no_source):
        refused = stage.refused("TransactWriteItems", TransactItems=[write("Put", "a"), wrong])
        assert [reason["Code"] for reason in refused.fields["CancellationReasons"]] == ["None", "ValidationError"]
    broken = write("Put", "a", ConditionExpression="a b")
    assert stage.refused("TransactWriteItems", TransactItems=[broken]).code == "ValidationException"
    assert stage.ask("Scan")["Items"] == []


def test_a_transaction_touches_each_item_once(stage: Stage):
    twice = [write("Put", "a"), write("ConditionCheck", "a", ConditionExpression="attribute_exists(pk)")]

    refused = stage.refused("TransactWriteItems", TransactItems=twice)

    assert refused.message == "Transaction request cannot include multiple operations on one item"


def test_a_token_lets_a_transaction_be_done_once(stage: Stage):
    """For ten minutes, and only the same one. moto: does it each time."""
    count = [write("Update", "a", UpdateExpression="ADD n :one", ExpressionAttributeValues=ONE)]
    for _ in range(2):
        stage.ask("TransactWriteItems", TransactItems=count, ClientRequestToken="token")
    assert stage.get("p", "a")["n"] == {"N": "1"}

    other = stage.refused("TransactWriteItems", TransactItems=[write("Put", "b")], ClientRequestToken="token")
    assert other.code == "IdempotentParameterMismatchException"

    stage.clock.ms += 600_001
    stage.ask("TransactWriteItems", TransactItems=count, ClientRequestToken="token")
    assert stage.get("p", "a")["n"] == {"N": "2"}


def test_a_transaction_that_was_cancelled_may_be_tried_again_with_its_token(stage: Stage):
    operations = [write("Put", "a", ConditionExpression="attribute_exists(pk)")]
    stage.refused("TransactWriteItems", TransactItems=operations, ClientRequestToken="token")
    stage.put("p", "a")

    stage.ask("TransactWriteItems", TransactItems=operations, ClientRequestToken="token")


def test_a_transaction_reads_several(stage: Stage):
    """What is not there has an empty answer."""
    stage.put("p", "a", n={"N": "1"})
    gets = [{"Get": {"TableName": "table", "Key": key("p", name), "ProjectionExpression": "n"}} for name in "ab"]

    assert stage.ask("TransactGetItems", TransactItems=gets) == {"Responses": [{"Item": {"n": {"N": "1"}}}, {}]}


def test_capacity_is_counted_where_it_is_asked_for(stage: Stage):
    """A unit writes 1 KB in the table and in each index that changes, and reads 4 KB as they are now."""
    stage.describe(indexes=(index("by-g", "g"),))
    item = {**key("p"), "a": {"S": "x" * 5_000}, "g": {"S": "g"}}

    written = stage.ask("PutItem", Item=item, ReturnConsumedCapacity="INDEXES")["ConsumedCapacity"]
    read = stage.ask("GetItem", Key=key("p"), ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]

    assert written["CapacityUnits"] == 10
    assert written["GlobalSecondaryIndexes"] == {"by-g": {"CapacityUnits": 5}}
    assert read == {"TableName": "table", "CapacityUnits": 1}
    assert "ConsumedCapacity" not in stage.ask("GetItem", Key=key("p"))


# ---- The stream, and what expires ----


def test_the_stream_has_each_change_in_order(stage: Stage):
    """What has changed nothing is not in it, nor what was undone."""
    stage.put("p", a={"S": "1"})
    stage.put("p", a={"S": "1"})
    stage.update("SET a = :one", values=ONE)
    stage.refused("DeleteItem", Key=key("p"), ConditionExpression="attribute_not_exists(pk)")
    stage.ask("DeleteItem", Key=key("p"))
    stage.ask("DeleteItem", Key=key("p"))

    first, second = {**key("p"), "a": {"S": "1"}}, {**key("p"), "a": {"N": "1"}}
    assert [(change.old, change.new) for change in stage.changes] == [(None, first), (first, second), (second, None)]
    assert all(change.keys == key("p") and not change.expired for change in stage.changes)


def test_a_table_without_a_stream_tells_nothing(stage: Stage):
    stage.describe(stream=None)
    stage.put("p")

    assert stage.changes == []


def test_what_has_expired_is_deleted_by_the_service(stage: Stage):
    """Some at a time, until nothing is left. A time that is years ago, or no number, is taken for a mistake."""
    stage.describe(expiry="until")
    now_s = stage.clock.ms // 1000
    for number in range(30):
        stage.put("over", f"{number:02}", until={"N": str(now_s - number)})
    stage.put("kept", "later", until={"N": str(now_s + 1)})
    stage.put("kept", "text", until={"S": "1"})
    stage.put("kept", "years ago", until={"N": str(now_s - 200_000_000)})
    stage.changes.clear()

    deleted = []
    while count := stage.items.expiry.sweep():
        deleted.append(count)

    assert sum(deleted) == 30
    assert len(deleted) > 1
    assert names(stage.ask("Scan")) == ["later", "text", "years ago"]
    assert all(change.expired and change.new is None for change in stage.changes)


def test_a_table_may_begin_to_expire_when_it_has_items(stage: Stage):
    """By another attribute, too."""
    stage.put("p", until={"N": "1700000000"}, other={"N": "1800000001"})
    stage.describe(expiry="other")
    assert stage.items.expiry.sweep() == 0

    stage.describe(expiry="until")
    stage.ask("Scan")
    assert stage.items.expiry.sweep() == 1


# ---- Tables that come and go ----


def test_a_table_that_is_deleted_loses_its_items(stage: Stage):
    """One of the same name begins empty; others keep theirs."""
    stage.describe("other")
    stage.put("p")
    stage.ask("PutItem", TableName="other", Item=key("q"))

    stage.items.drop(PLACE, "table")

    assert stage.ask("Scan")["Items"] == []
    assert stage.ask("Scan", TableName="other")["Items"] == [key("q")]


def test_a_query_reads_only_its_range(stage: Stage):
    """However many items there are: its plan has no scan, and no sort."""
    stage.describe(indexes=(index("by-g", "g", "r"),))
    plans = []
    each = stage.store.each

    def explained(statement: str, *values: Any) -> Any:
        plans.extend(row[3] for row in stage.store.rows(f"EXPLAIN QUERY PLAN {statement}", *values))
        return each(statement, *values)

    stage.store.each = explained  # type: ignore[method-assign]
    for forward in (True, False):
        stage.ask("Query", **QUERY, ScanIndexForward=forward)
        values = {":g": {"S": "g"}, ":r": {"S": "r"}}
        stage.ask("Query", IndexName="by-g", KeyConditionExpression="g = :g AND r < :r", ScanIndexForward=forward,
                  ExpressionAttributeValues=values)  # fmt: skip

    assert len(plans) == 6
    assert all(plan.startswith("SEARCH") for plan in plans)
