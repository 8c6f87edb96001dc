"""pd.flow.suspend, and what its resume link does."""

from datetime import datetime

import pytest

from .client import Interlude, Run, exports, returned, step
from .services.process import Service


def lasts_ms(wait: dict[str, str]) -> int:
    """How long a wait is meant to last."""
    since, until = (datetime.fromisoformat(wait[name]) for name in ("since", "until"))
    return round((until - since).total_seconds() * 1000)


def test_a_suspended_run_waits_and_the_next_step_has_not_run(interlude: Interlude) -> None:
    """After a suspend the run is paused, its wait is told, and no later step has run."""
    run = interlude.start("approval", {"document": "The plan"}).until("paused")

    assert [(each["name"], each["status"], each["runs"]) for each in run["steps"]] == [
        ("ask", "paused", 1),
        ("publish", "pending", 0),
    ]
    assert (run["wait"]["step"], run["wait"]["kind"]) == ("ask", "suspend")
    assert run["ended_at"] is None


def test_suspend_waits_for_24_hours_unless_told(own_steps: Interlude) -> None:
    """Without an argument a suspend lasts 24 hours."""
    run = own_steps.start("pausing", {"scene": "suspend_by_default"}).until("paused")

    assert lasts_ms(run["wait"]) == 86_400_000


def test_suspend_takes_milliseconds_as_its_first_argument(interlude: Interlude) -> None:
    """The first argument is the timeout in milliseconds."""
    run = interlude.start("approval", {"document": "The plan", "timeout_ms": 90_000}).until("paused")

    assert lasts_ms(run["wait"]) == 90_000


def test_suspend_returns_both_links_at_once(approval: Run) -> None:
    """What suspend returns are the two links of the wait that the run is in then."""
    run = approval.get()

    links = {name: returned(run, "ask")[name] for name in ("resume_url", "cancel_url")}

    assert links == approval.links()
    assert links["resume_url"].startswith(f"{approval.interlude.base_url}/resume/{approval.id}/")
    assert links["cancel_url"].startswith(f"{approval.interlude.base_url}/cancel/{approval.id}/")


def test_the_rest_of_the_step_runs_and_its_return_value_is_exported(own_steps: Interlude) -> None:
    """Code after the call runs before the pause, and its exports and return value reach the next step."""
    run = own_steps.start("pausing", {"scene": "suspend_early_in_the_step"})
    paused = run.until("paused")

    assert exports(paused, "pause")["after_the_call"] == "this ran too"
    assert returned(paused, "pause")["type_of_links"] == "dict"

    run.resume()
    seen = returned(run.until("succeeded"), "witness")["steps"]["pause"]
    assert seen["after_the_call"] == "this ran too"
    assert seen["$return_value"] == returned(paused, "pause")


def test_the_mail_that_a_step_sends_after_suspend_holds_working_links(outbox: Interlude) -> None:
    """A person who gets the sample's mail resumes the run with the link in it."""
    run = outbox.start("approval", {"document": "The plan"})
    mail = run.mail()
    links = run.links()

    assert mail["subject"] == "May this be published? The plan"
    assert mail["to"] == "you@example.com"
    assert mail["text"] == f"The plan\n\nPublish it: {links['resume_url']}\nDo not publish it: {links['cancel_url']}\n"
    assert mail["html"] == ""
    assert mail["sent_at"].endswith("Z")

    assert outbox.public.get(links["resume_url"]).json()["outcome"] == "resumed"
    assert returned(run.until("succeeded"), "publish")["decision"] == "approved"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_any_method_resumes(approval: Run, method: str) -> None:
    """A request with any method to resume_url goes on with the next step, which finds it as $resume_data."""
    answer = approval.resume(method)

    assert answer.status_code == 200
    assert (answer.json()["outcome"], answer.json()["first"]) == ("resumed", True)
    run = approval.until("succeeded")
    assert exports(run, "ask")["$resume_data"]["method"] == method
    assert returned(run, "publish")["decision"] == "approved"


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
@pytest.mark.parametrize("link", ["resume_url", "cancel_url"])
def test_a_look_at_a_link_is_no_click(approval: Run, method: str, link: str) -> None:
    """HEAD and OPTIONS, which clients send before they ask in earnest, neither resume nor cancel."""
    answer = approval.interlude.public.request(method, approval.links()[link])

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST, PUT, PATCH, DELETE"
    assert approval.resume().json()["first"] is True


def test_the_next_step_gets_what_was_sent(interlude: Interlude) -> None:
    """$resume_data is the whole request: method, path, query, headers in lower case, body, client_ip and url."""
    run = interlude.start("approval", {"document": "The plan"})
    link = run.links()["resume_url"]

    interlude.public.put(
        f"{link}?by=Ada&tag=a&tag=b", json={"ok": True, "note": "gut gemacht ✓"}, headers={"X-Seen-By": "Grace"}
    )

    ended = run.until("succeeded")
    data = exports(ended, "ask")["$resume_data"]
    headers = data.pop("headers")
    assert data == {
        "method": "PUT",
        "path": link.removeprefix(interlude.base_url),
        "query": {"by": "Ada", "tag": ["a", "b"]},
        "body": {"ok": True, "note": "gut gemacht ✓"},
        "client_ip": "127.0.0.1",
        "url": f"{link}?by=Ada&tag=a&tag=b",
    }
    assert headers["x-seen-by"] == "Grace"
    assert headers["content-type"] == "application/json"
    assert all(name == name.lower() for name in headers)
    assert returned(ended, "publish")["by"] == {**data, "headers": headers}


def test_the_step_after_a_suspend_finds_the_request_in_its_context(own_steps: Interlude) -> None:
    """pd.context["resume"] is the resume request for the step after a suspend."""
    run = own_steps.start("pausing", {"scene": "suspend_for", "ms": 60_000})

    run.resume(json={"answer": "yes"})

    witness = returned(run.until("succeeded"), "witness")
    assert witness["resume"]["body"] == {"answer": "yes"}
    assert witness["resume"] == witness["steps"]["pause"]["$resume_data"]


def test_a_step_after_no_suspend_has_no_resume_in_its_context(own_steps: Interlude) -> None:
    """pd.context["resume"] is None where nothing was resumed."""
    run = own_steps.start("pausing", {"scene": "go_on"}).until("succeeded")

    assert returned(run, "witness")["resume"] is None


def test_the_trace_id_stays_and_the_id_changes_over_a_pause(own_steps: Interlude) -> None:
    """trigger.context.id is per execution, and trace_id stays the same over a pause."""
    run = own_steps.start("pausing", {"scene": "suspend_for", "ms": 60_000})
    before = run.until("paused")
    first = own_steps.start("pausing", {"scene": "go_on"}).until("succeeded")

    run.resume()

    seen = returned(run.until("succeeded"), "witness")
    assert seen["trace_id"] == seen["trigger_trace_id"] == before["trigger"]["context"]["trace_id"]
    assert seen["id"] == seen["trigger_id"]
    assert seen["id"] != returned(first, "witness")["id"]
    unpaused = returned(first, "witness")
    assert unpaused["id"] == unpaused["trigger_id"] == unpaused["trace_id"]
    assert seen["id"] != seen["trace_id"]


def test_an_async_handler_suspends_like_any_other(own_steps: Interlude) -> None:
    """A step may be `async def handler(pd)`."""
    run = own_steps.start("async_step", {"name": "Ada"})

    run.resume()

    ended = run.until("succeeded")
    assert returned(ended, "greet") == "Hello Ada"
    assert returned(ended, "witness")["steps"]["greet"]["$return_value"] == "Hello Ada"


def test_a_service_may_resume_while_the_step_is_still_running(own_steps: Interlude, service: Service) -> None:
    """A resume that another process sends before the step has ended is kept, and the run goes on at once."""
    run = own_steps.start(
        "pausing",
        {"scene": "suspend_while_a_service_has_the_links", "service_url": service.call_back_at_once("suspend")},
    )

    ended = run.until("succeeded")

    assert service.answer("suspend")["status"] == 200
    assert service.answer("suspend")["body"]["first"] is True
    assert exports(ended, "pause")["$resume_data"]["body"] == {"job": "suspend", "result": "at once"}
    assert returned(ended, "pause") == "the service has answered"


def test_a_step_is_told_as_one_run_however_long_it_waited(approval: Run) -> None:
    """A suspend runs its step once: resuming does not run it again."""
    approval.resume()

    ended = approval.until("succeeded")

    assert [each["runs"] for each in ended["steps"]] == [1, 1]
    assert ended["wait"] is None
    assert ended["ended_at"] >= step(ended, "publish")["started_at"] >= step(ended, "ask")["ended_at"]
