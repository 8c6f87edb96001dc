"""Delays, mail, files and chance."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from importer.actions import translate
from interlude.models import Directive
from local import outbox
from tests.importer.actions.conftest import ADDRESS, Act, Server


@pytest.mark.parametrize(
    ("value", "unit", "ms"),
    [(500, "Milliseconds", 500), ("5", "Seconds", 5_000), (1.5, "Minutes", 90_000), (24, "Hours", 86_400_000)],
)
def test_a_delay_pauses_the_run(act: Act, value: Any, unit: str, ms: int):
    """In each of the units. The links are returned, as by the action."""
    ran = act("delay-workflow-delay@0.0.2", {"delayDurationValue": value, "delayDurationUnit": unit})

    assert ran.returned == {"resume_url": "https://resume", "cancel_url": "https://cancel"}
    assert ran.pause == Directive("delay", ms)


def test_a_delay_can_be_what_a_step_has_worked_out(act: Act):
    """A text or a number."""
    props = {"delayDurationValue": "{{steps.plan.minutes}}", "delayDurationUnit": "Minutes"}

    assert act("delay-delay-workflow@0.0.1", props, {"plan": {"minutes": 2}}).pause == Directive("delay", 120_000)


@pytest.mark.parametrize(("ms", "pause"), [("1500", Directive("delay", 1500)), ("0", None)])
def test_a_step_that_only_waited_pauses_the_run(act: Act, ms: str, pause: Directive | None):
    """Which costs no compute time."""
    ran = act("helper_functions-delay@0.1.1", {"ms": ms})

    assert ran.error is None
    assert ran.pause == pause


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    "uses", ["email-send-email-to-self@0.4.4", "helper_functions-email-me@0.4.2", "email-email-me@0.4.3"]
)
def test_a_mail_goes_to_the_owner_of_the_stack(act: Act, uses: str):
    """What is no text is sent as JSON."""
    props = {"subject": "Models", "text": "{{steps.generate.$return_value}}", "html": "<p>{{steps.generate.html}}</p>"}

    ran = act(uses, props, {"generate": {"$return_value": {"new": 1}, "html": "one"}})

    assert ran.error is None
    [message] = outbox.messages()
    assert (message["to"], message["subject"]) == (ADDRESS, "Models")
    assert (message["text"], message["html"]) == ('{"new": 1}', "<p>one</p>")


@pytest.fixture
def downloaded() -> Iterator[Path]:
    """A file in /tmp that is removed after the test."""
    path = Path("/tmp/interlude test cover.jpg")  # where steps write
    path.unlink(missing_ok=True)
    yield path
    path.unlink(missing_ok=True)


def test_a_file_is_downloaded_to_tmp(act: Act, server: Server, downloaded: Path):
    """Through redirections; its name and its path are returned."""
    server.answers["/old"] = (302, {"Location": "/cover"}, b"")
    server.answers["/cover"] = (200, {"Content-Type": "image/jpeg"}, b"\xff\xd8 not really")
    props = {"url": "{{steps.pick.images[0].url}}", "filename": downloaded.name}

    ran = act(
        "helper_functions-download-file-to-tmp@0.3.0", props, {"pick": {"images": [{"url": f"{server.url}/old"}]}}
    )

    assert ran.returned == [downloaded.name, str(downloaded)]
    assert downloaded.read_bytes() == b"\xff\xd8 not really"


def test_a_file_that_is_not_there_fails_the_step(act: Act, server: Server, downloaded: Path):
    """And leaves no file."""
    ran = act(
        "helper_functions-download-file-to-tmp@0.3.2", {"url": f"{server.url}/x?k=1", "filename": downloaded.name}
    )

    assert ran.error
    assert ran.error.message == f"{server.url}/x answered 404: b'nothing here'"
    assert not downloaded.exists()


def test_only_the_web_is_downloaded_from(act: Act, downloaded: Path):
    """A URL that a request brings must not reach the function's own files."""
    ran = act(
        "helper_functions-download-file-to-tmp@0.3.2",
        {"url": "file://localhost/etc/hosts", "filename": downloaded.name},
    )

    assert ran.error
    assert ran.error.type == "URLSchemeUnknown"


def test_items_are_chosen_at_random(act: Act):
    """None twice; the list that they come from stays as it is."""
    props = {"list": "{{steps.define.$return_value}}", "quantity": 2}
    items = {"define": {"$return_value": ["a", "b"]}}

    ran = act("helper_functions-random-item-from-list@0.0.3", props, items)

    assert sorted(ran.returned) == ["a", "b"]
    assert len(act("helper_functions-random-item-from-list@0.0.4", {"list": ["a", "b"]}).returned) == 1
    assert act("helper_functions-random-item-from-list@0.0.1", {"list": ["a"]}).returned == "a"


def test_more_items_than_there_are_fail_the_step(act: Act):
    """As they do on Pipedream."""
    ran = act("helper_functions-random-item-from-list@0.0.3", {"list": ["a"], "quantity": 2})

    assert ran.error
    assert ran.error.message == "There are 1 items, not 2."


def test_a_random_number_lies_between_its_bounds(act: Act):
    """Both included."""
    ran = act("helper_functions-random-integer@0.0.1", {"min": 3, "max": "3"})

    assert ran.returned == {"random_integer": 3}


@pytest.mark.parametrize("config", [{"region": "{{event.region}}"}, '{"region": "eu"}'])
def test_variables_are_exported(act: Act, config: Any):
    """From an object or from its text."""
    ran = act("helper_functions-export-variables@0.0.2", {"config": config}, {"trigger": {"event": {"region": "eu"}}})

    assert ran.error is None
    assert ran.exports == {"config": {"region": "eu"}}


@pytest.mark.parametrize("data", ["w6Q=", "w6Q", "_-8="])
def test_base64_is_decoded(act: Act, data: str):
    """Also without = at its end, and in the alphabet of URLs; what is no text becomes signs of its own."""
    ran = act("helper_functions-base64-decode-string@0.1.4", {"data": data})

    assert ran.error is None
    assert ran.exports == {"data": "��" if data.startswith("_") else "ä"}


def test_bytes_have_no_translation():
    """They can't be exported as JSON."""
    assert translate("helper_functions-base64-decode-string@0.1.4", {"data": "w6Q=", "outputFormat": "binary"}) is None
