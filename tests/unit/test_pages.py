"""The pages that a browser gets, and the answers that programs get."""

import base64
import hashlib
import json
import re

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

import answers
import pages
from bench import counts
from tests.unit.http_events import http_event


def test_a_page_escapes_whatever_is_put_into_it():
    """Names of workflows and steps come from people."""
    page = pages.render('<script>alert("1")</script>', "a & b <img src=x onerror='x'>", "going")

    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;" in page
    assert "a &amp; b &lt;img src=x onerror=&#x27;x&#x27;&gt;" in page


def test_a_page_is_small():
    """With the longest names of a workflow and a step."""
    text = f"The workflow {'w' * 50} is waiting at its step {'s' * 50} until 2026-11-22T22:45:44.251Z."
    question = pages.render_question(pages.Question("Resume this run?", "", "Resume", "going"), text)
    page = pages.render("Done – the workflow continues", text, "going")

    assert max(len(each.encode()) for each in (question, page)) <= counts.PAGE_BYTES


def test_a_page_loads_nothing():
    """No address, no script, no image: it works without a network, and tells nobody that it was opened."""
    page = pages.render("Title", "Text", "stopped")

    assert re.findall(r"(?:src|href|url\()", page) == []
    assert "http" not in page.replace("http-equiv", "")
    assert page.startswith("<!doctype html>")
    assert '<html lang="en">' in page
    assert 'name="viewport"' in page


def test_the_style_of_a_page_is_the_one_that_its_policy_allows():
    """The hash in the Content-Security-Policy is that of the style between the tags."""
    style = re.search(r"<style>(.*?)</style>", pages.render("T", "t", "going"), re.DOTALL)

    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answers.PAGE_HEADERS["Content-Security-Policy"]


@pytest.mark.parametrize("question", [False, True], ids=["result", "question"])
def test_a_page_may_load_and_send_nothing_but_its_style_and_its_form(question: bool):
    """No script, no frame around it, no other base or target than this API."""
    asked = pages.Question("Go on?", "Then it does.", "Resume", "going")
    response = answers.question(asked, "Text") if question else answers.page(200, "Title", "Text", "going")

    assert (response.status_code, response.content_type) == (200, "text/html")
    policy = re.sub(r"sha256-[\w+/=]+", "…", response.headers["Content-Security-Policy"])
    assert policy == ("default-src 'none'; style-src '…'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")


def test_a_question_does_nothing_by_itself():
    """One button of one form, sent by POST to the page's own address; no script, no field, no link."""
    page = pages.render_question(pages.Question("<Go on?>", "Then.", "<Resume>", "stopped"), "<b>approval</b>")

    assert '<form method="post"><button class="stopped">&lt;Resume&gt;</button></form>' in page
    assert re.findall(r"<(?:script|input|a|meta http-equiv)\b|\son\w+=|(?:src|href|action)=|url\(", page) == []
    assert "&lt;Go on?&gt;" in page
    assert "&lt;b&gt;approval&lt;/b&gt;" in page


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}),
        (
            {"cache-control": "max-age=60", "Referrer-Policy": "origin"},
            {"cache-control": "max-age=60", "Referrer-Policy": "origin", "X-Content-Type-Options": "nosniff"},
        ),
    ],
)
def test_an_answer_is_for_its_reader_alone_unless_a_step_says_otherwise(given: dict[str, str], named: dict[str, str]):
    """Not cached, no referrer that would carry a link on, no guessing of types; however a name is spelt."""
    assert answers.safe(given) == named


@pytest.mark.parametrize("tone", ["going", "stopped"])
def test_a_page_shows_by_its_sign_whether_it_goes_on(tone: pages.Tone):
    """A tick or a pause; the class colours it."""
    assert f'<svg class="{tone}"' in pages.render("T", "t", tone)


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("text/html", True),
        ("Text/HTML", True),
        ("*/*", False),
        ("application/json", False),
        ("", False),
        (None, False),
    ],
)
def test_who_asks_for_html_gets_a_page_and_everybody_else_json(accept: str | None, page: bool):
    """Browsers ask for it by name; curl and fetch do not."""
    headers = {} if accept is None else {"accept": accept}

    assert answers.wants_page(APIGatewayProxyEventV2(http_event(**headers))) is page


@pytest.mark.parametrize(
    ("headers", "browser"),
    [
        ({"accept": "text/html", "user_agent": "curl/8.14.1"}, True),
        ({"accept": "*/*", "user_agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"}, True),
        ({"user_agent": "mozilla/4.0"}, True),
        ({"accept": "*/*", "user_agent": "curl/8.14.1"}, False),
        ({"accept": "application/json", "user_agent": "python-requests/2.32.5"}, False),
        ({"accept": "*/*", "user_agent": "Slackbot-LinkExpanding 1.0 (like Mozilla/5.0)"}, False),
        ({}, False),
    ],
)
def test_a_browser_is_what_presents_itself_as_one(headers: dict[str, str], browser: bool):
    """By what it accepts, or by its name: scanners of mail send one of the two, programs neither."""
    assert answers.from_browser(APIGatewayProxyEventV2(http_event(**headers))) is browser


def test_json_is_written_as_it_is():
    """Values as they are, without spaces between."""
    response = answers.data(202, {"name": "Grüße", "list": [1]}, {"Allow": "GET"})

    assert (response.status_code, response.content_type) == (202, "application/json")
    assert response.body == '{"name":"Grüße","list":[1]}'
    assert response.headers["Allow"] == "GET"


def test_half_characters_in_a_users_value_can_be_answered():
    """JSON can escape a lone surrogate, UTF-8 can't hold it: a run that has one must not become unreadable."""
    response = answers.data(200, {"value": "\ud800"})

    assert isinstance(response.body, str)
    assert json.loads(response.body.encode()) == {"value": "\ud800"}


@pytest.mark.parametrize("status", [400, 404, 405, 409, 410, 413, 422, 500])
def test_an_error_is_one_sentence_in_either_form(status: int):
    """A page with a title of its own, or {"error": sentence}."""
    browser = APIGatewayProxyEventV2(http_event(accept="text/html"))
    program = APIGatewayProxyEventV2(http_event())

    page, data = (answers.error(event, status, "It <is> so.") for event in (browser, program))

    assert (page.status_code, data.status_code) == (status, status)
    assert "It &lt;is&gt; so." in str(page.body)
    assert data.body == '{"error":"It <is> so."}'


def test_what_only_looks_like_a_time_stays_as_it_is():
    """It may be part of anybody's URL."""
    page = pages.render("Title", "There is nothing at 2026-99-99T99:99:99.999Z.", "stopped")

    assert "There is nothing at 2026-99-99T99:99:99.999Z." in page
