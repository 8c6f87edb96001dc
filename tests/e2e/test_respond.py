"""pd.respond: the caller of a hook gets what a step answers."""

import base64
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import Any

import httpx
import pytest

from .client import Interlude, Run
from .services.process import Service


def call(stack: Interlude, workflow: str, body: Any, rest: str = "", **headers: str) -> httpx.Response:
    return stack.public.post(stack.hooks[workflow] + rest, json=body, headers=headers)


def test_the_caller_gets_status_headers_and_body(own_steps: Interlude, service: Service) -> None:
    """At once: the step is still running then, and the run goes on behind the answer."""
    until = f"{service.base_url}/links/answered"
    wanted = {"status": 418, "headers": {"X-Tea": "green"}, "body": "<b>tea</b>", "until": until}
    answer = call(own_steps, "responding", wanted)
    run = Run(own_steps, answer.headers["X-Run-Id"])
    during = run.get()["status"]
    httpx.post(service.keep("answered"), json={"go": "on"}, trust_env=False)

    assert (answer.status_code, answer.text, answer.headers["X-Tea"]) == (418, "<b>tea</b>", "green")
    assert during == "running"
    assert run.until("succeeded")["steps"][0]["exports"] == {"$return_value": "after the response"}


def test_several_cookies_are_several_headers(own_steps: Interlude) -> None:
    """As they are on Pipedream, and as browsers need them. Other headers are joined by a comma."""
    headers = {"Set-Cookie": ["a=1; Path=/", "b=2; HttpOnly"], "Vary": ["Accept", "Origin"]}

    answer = call(own_steps, "responding", {"headers": headers, "body": ""})

    assert answer.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2; HttpOnly"]
    assert answer.headers["vary"] == "Accept, Origin"


def test_headers_of_the_step_take_the_place_of_ours(own_steps: Interlude) -> None:
    """However they are spelt: browsers refuse an answer that allows two origins. The run's id is always ours."""
    headers = {"access-control-allow-origin": "https://shop.example", "x-run-id": "mine"}

    answer = call(own_steps, "responding", {"headers": headers, "body": ""})

    assert answer.headers.get_list("access-control-allow-origin") == ["https://shop.example"]
    assert answer.headers.get_list("x-run-id") != ["mine"]
    assert len(answer.headers.get_list("x-run-id")) == 1


def test_errors_of_hooks_can_be_read_by_pages_of_other_sites(own_steps: Interlude) -> None:
    """Otherwise a browser tells a page of nothing but a network error."""
    unknown = own_steps.public.post(own_steps.hooks["responding"] + "x", json={})

    assert (unknown.status_code, unknown.headers["access-control-allow-origin"]) == (404, "*")


def test_bytes_come_as_they_are(own_steps: Interlude) -> None:
    """Every byte of a binary body, under the type that the step gives it."""
    every_byte = bytes(range(256))
    body = {"bytes": base64.b64encode(every_byte).decode(), "headers": {"Content-Type": "image/png"}}

    answer = call(own_steps, "responding", body)

    assert answer.content == every_byte
    assert answer.headers["content-type"] == "image/png"


def test_a_redirect_redirects(own_steps: Interlude) -> None:
    """The caller is sent elsewhere."""
    answer = call(own_steps, "responding", {"status": 302, "headers": {"Location": "https://example.com/next"}})

    assert (answer.status_code, answer.headers["location"]) == (302, "https://example.com/next")


def test_json_is_answered_as_json(own_steps: Interlude) -> None:
    """What is neither text nor bytes."""
    answer = call(own_steps, "responding", {"body": {"numbers": [1, 2.5]}})

    assert (answer.json(), answer.headers["content-type"]) == ({"numbers": [1, 2.5]}, "application/json")


def test_a_large_response_takes_the_way_over_the_bucket(own_steps: Interlude) -> None:
    """An item of the table would not hold it."""
    assert call(own_steps, "responding", {"body": "x" * 500_000}).text == "x" * 500_000


def test_a_hook_takes_any_path_behind_it(own_steps: Interlude) -> None:
    """The step sees the path behind its hook, as it does where a workflow has a domain of its own."""
    hook = own_steps.hooks["responding"]

    paths = [own_steps.public.get(hook + rest).text for rest in ("", "/orders/7", "/orders/?x=1")]

    assert paths == ["/", "/orders/7", "/orders/"]


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_page_of_another_site_may_call(own_steps: Interlude, method: str) -> None:
    """The question before the request, and the request."""
    hook = own_steps.hooks["responding"]
    asked = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type",
    }

    preflight = own_steps.public.options(hook, headers=asked)
    answer = own_steps.public.request(method, hook, headers={"Origin": "https://shop.example"})

    assert preflight.status_code == 204
    assert method in preflight.headers["access-control-allow-methods"]
    assert preflight.headers["access-control-allow-headers"] == "authorization,content-type"
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-origin"] == "*"


def test_who_prefers_to_wait_gets_the_response(own_steps: Interlude) -> None:
    """Of a workflow that is not set to answer, too."""
    answer = call(own_steps, "late_response", {}, Prefer="wait=20")

    assert (answer.status_code, answer.json()) == (201, {"made": True})
    assert answer.headers["preference-applied"] == "wait=20"


def test_who_does_not_ask_is_not_made_to_wait(own_steps: Interlude) -> None:
    """202 with the run's id, and that in a header, too."""
    answer = call(own_steps, "late_response", {})

    assert answer.status_code == 202
    assert answer.headers["x-run-id"] == answer.json()["run_id"]
    assert "preference-applied" not in answer.headers


def test_who_prefers_not_to_wait_does_not(own_steps: Interlude) -> None:
    """Of a workflow that is set to answer."""
    assert call(own_steps, "responding", {"body": "x"}, Prefer="respond-async").status_code == 202


def test_waiting_ends_when_its_time_is_up(own_steps: Interlude) -> None:
    """After as many seconds as the caller said, with a 202; the run goes on."""
    answer = call(own_steps, "late_response", {"seconds": 3}, Prefer="wait=1")

    assert (answer.status_code, answer.headers["preference-applied"]) == (202, "wait=1")
    assert Run(own_steps, answer.json()["run_id"]).until("succeeded")


def test_waiting_ends_when_the_run_pauses(own_steps: Interlude) -> None:
    """Nobody holds a connection for a person's answer. What is answered after the pause goes nowhere."""
    answer = call(own_steps, "late_response", {"pause": True}, Prefer="wait=20")
    run = Run(own_steps, answer.json()["run_id"])
    run.resume()

    assert answer.status_code == 202
    assert run.until("succeeded")["steps"][1]["status"] == "succeeded"


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"leave": True}, 200, {"status": "succeeded", "message": "The run succeeded without a response."}),
        ({"fail": True}, 500, {"status": "failed", "message": "The run failed before it responded."}),
    ],
)
def test_waiting_ends_when_the_run_ends(own_steps: Interlude, body: Any, status: int, said: dict[str, str]) -> None:
    """Without a response the caller is told how it ended, and nothing of what went wrong inside."""
    answer = call(own_steps, "late_response", body, Prefer="wait=20")

    assert (answer.status_code, answer.json()) == (status, {"run_id": answer.headers["x-run-id"], **said})


def test_a_workflow_that_is_off_refuses(own_steps: Interlude) -> None:
    """By its hook. Who may use the API can start it still."""
    answer = call(own_steps, "switched_off", {})
    started = own_steps.signed.post("/workflows/switched_off/runs")

    assert answer.status_code == 503
    assert answer.json() == {
        "error": "Workflow 'switched_off' is switched off: its Options in the template contain off."
    }
    assert Run(own_steps, started.json()["run_id"]).until("succeeded")


def test_a_caller_that_asks_again_with_its_key_gets_the_same_response(own_steps: Interlude) -> None:
    """While the first request is still waiting, and when it has been answered long ago."""

    def ask(_: int) -> httpx.Response:
        headers = {"Prefer": "wait=20", "Idempotency-Key": '"late response"'}
        return call(own_steps, "late_response", {"seconds": 0.5}, **headers)

    with ThreadPoolExecutor(3) as crowd:
        answers = [*crowd.map(ask, range(3)), ask(3)]

    assert [(each.status_code, each.json()) for each in answers] == [(201, {"made": True})] * 4
    assert len({each.headers["x-run-id"] for each in answers}) == 1


WAITING_CALLERS = 5
"""The template's default."""


def test_a_caller_beyond_the_bound_gets_202_and_links_are_served_meanwhile(own_steps: Interlude, approval: Run) -> None:
    """Those that wait leave the environments that would end their waiting, and everything else, to others."""
    link = approval.links()["resume_url"]

    def ask(_: int) -> httpx.Response:
        return call(own_steps, "late_response", {"seconds": 20}, Prefer="wait=25")

    with ThreadPoolExecutor(WAITING_CALLERS + 1) as crowd:
        callers = [crowd.submit(ask, number) for number in range(WAITING_CALLERS + 1)]
        answered, waiting = wait(callers, return_when=FIRST_COMPLETED)
        clicked = own_steps.public.post(link)
        still_waiting = [caller for caller in waiting if not caller.done()]
        own_steps.signed.post("/runs/cancel", json={"workflow": "late_response", "dry_run": False}).raise_for_status()

    [refused] = [caller.result() for caller in answered]
    assert (refused.status_code, refused.json()["run_id"]) == (202, refused.headers["x-run-id"])
    assert "preference-applied" not in refused.headers
    assert clicked.json()["outcome"] == "resumed"
    assert len(still_waiting) == WAITING_CALLERS
    assert [caller.result().json()["status"] for caller in waiting] == ["cancelled"] * WAITING_CALLERS
    assert call(own_steps, "responding", {"body": "free again"}).text == "free again"
