"""Callbacks: the resume link of a rerun, opened by a real other process."""

from tests.waiting import eventually

from .client import Interlude, returned, step
from .services.process import Service


def test_a_service_calls_back(interlude: Interlude, service: Service) -> None:
    """A callback during a long delay reruns the step at once, which finds it as callback_request."""
    run = interlude.start("callback", {"service_url": service.keep("later"), "timeout_ms": 600_000})
    links = run.links()

    assert service.links("later") == links
    answer = service.call_back("later", {"result": [1, 2, 3]})

    assert (answer["status"], answer["body"]["outcome"], answer["body"]["first"]) == (200, "resumed", True)
    ended = run.until("succeeded")
    assert step(ended, "start_job")["runs"] == 2
    request = returned(ended, "report")["answer"]
    assert (request["method"], request["url"]) == ("POST", links["resume_url"])
    assert request["path"] == links["resume_url"].removeprefix(interlude.base_url)
    assert (request["query"], request["client_ip"]) == ({}, "127.0.0.1")
    assert request["headers"]["x-job"] == "later"
    assert request["body"] == {"result": [1, 2, 3]}
    assert set(request) == {"method", "path", "query", "headers", "body", "client_ip", "url"}


def test_a_service_calls_back_while_the_step_is_still_running(interlude: Interlude, service: Service) -> None:
    """A service that opens the link before it answers the step's own request is heard as well."""
    run = interlude.start("callback", {"service_url": service.call_back_at_once("now"), "timeout_ms": 600_000})

    ended = run.until("succeeded")

    answer = service.answer("now")
    assert (answer["status"], answer["body"]["first"]) == (200, True)
    assert step(ended, "start_job")["runs"] == 2
    assert returned(ended, "report")["answer"]["body"] == {"job": "now", "result": "at once"}


def test_a_service_that_never_calls_back(interlude: Interlude, service: Service) -> None:
    """When the delay is over the step reruns, and callback_request is absent."""
    run = interlude.start("callback", {"service_url": service.keep("never"), "timeout_ms": 1000})

    ended = run.until("succeeded")

    assert step(ended, "start_job")["runs"] == 2
    assert returned(ended, "report") == {"answer": {"timed_out": True}}


def test_a_service_that_calls_back_after_the_delay_is_too_late(interlude: Interlude, service: Service) -> None:
    """A callback after the run has ended is 410 and changes nothing."""
    run = interlude.start("callback", {"service_url": service.keep("late"), "timeout_ms": 1000})
    ended = run.until("succeeded")

    answer = service.call_back("late", {"result": "late"})

    assert answer["status"] == 410
    assert run.get() == ended


def test_a_service_that_cannot_be_reached_fails_the_run(interlude: Interlude, service: Service) -> None:
    """An exception after rerun() fails the run like any other."""
    run = interlude.start("callback", {"service_url": f"{service.base_url}/nothing_here", "timeout_ms": 600_000}).until(
        "failed"
    )

    assert (run["error"]["step"], run["error"]["type"]) == ("start_job", "HTTPError")
    assert step(run, "report")["runs"] == 0


def test_each_rerun_has_links_of_its_own(own_steps: Interlude) -> None:
    """The link of one wait is no use for the next, and the callback belongs to the run that it caused."""
    run = own_steps.start("rerunning", {"scene": "keep_the_links", "ms": 600_000, "max_retries": 2})
    first = run.links()
    own_steps.public.post(first["resume_url"], json="first callback")
    second = run.wait_until(lambda seen: step(seen, "again")["runs"] == 2 and seen["wait"], "the second wait")

    assert returned(second, "again")["run"]["callback_request"]["body"] == "first callback"
    assert returned(second, "again")["run"]["context"] == {"attempt": 1}
    assert second["wait"]["resume_url"] != first["resume_url"]

    again = own_steps.public.post(first["resume_url"], json="once more")
    assert (again.status_code, again.json()["first"]) == (200, False)
    assert own_steps.public.post(first["cancel_url"]).status_code == 409

    own_steps.public.post(second["wait"]["resume_url"], json="second callback")
    ended = run.until("succeeded")
    assert step(ended, "again")["runs"] == 3
    assert returned(ended, "again")["run"]["callback_request"]["body"] == "second callback"


def test_callbacks_are_no_resume_data_of_the_next_step(own_steps: Interlude) -> None:
    """A rerun's callback is for the step itself: the next step has neither $resume_data nor a resume."""
    run = own_steps.start("rerunning", {"scene": "keep_the_links", "ms": 600_000, "max_retries": 1})
    run.resume(json="callback")

    seen = returned(run.until("succeeded"), "witness")

    assert seen["steps"]["again"]["$return_value"]["called"] is True
    assert "$resume_data" not in seen["steps"]["again"]
    assert seen["resume"] is None


def test_callback_request_is_absent_again_in_the_run_after_next(own_steps: Interlude) -> None:
    """A callback counts for one run only."""
    run = own_steps.start("rerunning", {"scene": "keep_the_links", "ms": 600_000, "later_ms": 1, "max_retries": 2})
    run.resume(json="callback")

    ended = run.until("succeeded")

    assert step(ended, "again")["runs"] == 3
    assert returned(ended, "again")["called"] is False


def test_a_callback_does_not_wait_for_the_delay(interlude: Interlude, service: Service) -> None:
    """Ten minutes of delay are over once the service has called."""
    run = interlude.start("callback", {"service_url": service.keep("soon"), "timeout_ms": 600_000})
    wait = run.until("paused")["wait"]
    eventually(lambda: service.links("soon"), bool, "the links at the service")

    service.call_back("soon", {})

    assert run.until("succeeded")["ended_at"] < wait["until"]
