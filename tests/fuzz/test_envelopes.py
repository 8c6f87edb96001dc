"""What is sent is what a step gets: values on their way through tables, buckets and state machines."""

import base64
import json
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

import inbound
from interlude.errors import NotJson
from interlude.models import Stored
from interlude.run import payloads, store
from local.payload import event
from local.routes import Routes
from tests.fuzz.amount import MARKS, inputs
from tests.fuzz.service import DOMAIN, Service, never_broken, parts
from tests.fuzz.values import ANYTHING, VALUES
from tests.wsgi import request_of

pytestmark = MARKS

KINDS = ["application/json", "text/plain", "text/plain; charset=utf-8", "application/octet-stream", "", "image/png"]
BODIES = (
    st.binary(max_size=200)
    | ANYTHING.map(lambda value: json.dumps(value).encode())
    | st.text().map(lambda text: text.encode("utf-8", "surrogatepass"))
)


@inputs(60)
@given(ANYTHING)
def test_an_event_comes_through_the_state_machine_as_it_was(service: Service, value: Any):
    """Also what looks like one of Interlude's own, and what other JSON parsers would change."""
    with service.world.as_function("interlude-api"):
        text = payloads.put_event("telling-1", value)
        # Step Functions reads the input, where a number may be a double, and the state Begin writes it again.
        read = json.loads(text, parse_int=lambda digits: int(float(digits)))
        assert isinstance(read, dict)
        assert "interlude_cursor" not in read
        assert payloads.get_event("telling-1", Stored(text=json.dumps(read))) == value


@pytest.fixture(scope="module")
def waits(service: Service) -> Any:
    """A run, and names of waits that it does not have yet."""
    run_id = service.world.start("telling", {})
    return run_id, count(1)


@inputs(60)
@given(ANYTHING)
def test_a_request_is_kept_for_its_step_as_it_was(service: Service, waits: Any, value: Any):
    """In the item of its wait, or where that points to."""
    run_id, numbers = waits
    wait = f"0.{next(numbers)}"
    with service.world.as_function("interlude-api"):
        store.claim(run_id, wait, "resumed", payloads.put(run_id, payloads.dump(value, "The request")))
        kept = store.wait(run_id, wait)
        assert kept
        assert payloads.get(kept.request) == value


@inputs(100)
@given(VALUES, st.sampled_from([float("nan"), float("inf"), -float("inf")]), st.booleans())
def test_what_json_cannot_say_is_refused_wherever_it_stands(value: Any, number: float, inside: bool):
    """It would reach the step as something else, or not at all."""
    with pytest.raises(NotJson, match=r"^The event"):
        payloads.dump([value, {"here": [number]}] if inside else {"a": value, "b": number}, "The event")


def received(service: Service, method: str, path: str, query: str, body: bytes, kind: str) -> dict[str, Any]:
    """A request as the step sees it: by the gateway, and by what the API makes of the gateway's event."""
    builder = EnvironBuilder(path, method=method, query_string=query, data=body, base_url=f"http://{DOMAIN}")
    environ = builder.get_environ() | {"CONTENT_TYPE": kind, "QUERY_STRING": query}
    match = Routes(service.world.stack.routes).find(method, path)
    assert match
    made = json.loads(json.dumps(event(request_of(environ), match, body, path, DOMAIN)))
    seen = inbound.http_event(APIGatewayProxyEventV2(made))
    return dict(json.loads(payloads.dump(seen, "The request")))


@inputs(200)
@given(BODIES, st.sampled_from(KINDS), st.sampled_from(["POST", "PUT", "PATCH", "DELETE", "GET"]))
def test_no_byte_of_a_body_gets_lost(service: Service, body: bytes, kind: str, method: str):
    """It is a value where it is JSON, text where it is text, and base64 where it is neither."""
    seen = received(service, method, "/hooks/telling/key", "", body, kind)

    if seen.get("is_base64_encoded"):
        assert base64.b64decode(seen["body"]) == body
    elif isinstance(seen["body"], str) and seen["body"].encode("utf-8", "surrogatepass") == body:
        pass
    else:
        assert kind in ("application/json", "")
        assert seen["body"] == json.loads(body)


@inputs(100)
@given(st.lists(st.tuples(st.text("ab ü&=+%#", max_size=4), st.text("xy ü&=+%[]", max_size=6)), max_size=5))
def test_every_pair_of_a_query_arrives(service: Service, pairs: list[tuple[str, str]]):
    """In order, where a name comes more than once."""
    query = "&".join(f"{quoted(name)}={quoted(value)}" for name, value in pairs)

    seen = received(service, "GET", "/hooks/telling/key", query, b"", "")["query"]

    flat = {name: values if isinstance(values, list) else [values] for name, values in seen.items()}
    assert flat == {name: [value for each, value in pairs if each == name] for name, _ in pairs}
    assert sum(map(len, flat.values())) == len(parse_qsl(query, keep_blank_values=True))


def quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


@inputs(8, most=200)
@given(ANYTHING, ANYTHING)
def test_a_whole_run_hands_both_on(service: Service, asked: Any, answered: Any):
    """The event that it is started with, and the request that it is resumed with, to the step behind the wait."""
    asked = {"asked": asked}
    started = service.ask("POST", "/workflows/asking/runs", data=json.dumps(asked))
    never_broken(service, started)
    assert started.status_code == 202
    wait = service.world.paused(started.json["run_id"])["wait"]
    _, run_id, name, signature = parts(wait["resume_url"])

    told = service.ask(
        "POST", f"/resume/{run_id}/{name}/{signature}", data=json.dumps(answered), content_type="application/json"
    )

    never_broken(service, told)
    assert told.status_code == 200
    ended = service.world.ended(run_id)
    assert ended["trigger"]["event"] == asked
    assert ended["steps"][1]["exports"]["$return_value"]["resume"]["body"] == answered
