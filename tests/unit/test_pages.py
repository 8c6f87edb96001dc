"""The pages that a browser gets, and the answers that programs get."""

import base64
import hashlib
import json
import re

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

import answers
import pages
from tests.unit.http_events import http_event


def test_a_page_escapes_whatever_is_put_into_it():
    """Names of workflows and steps come from people."""
    page = pages.render('<script>alert("1")</script>', "a & b <img src=x onerror='x'>", "going")

    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;" in page
    assert "a &amp; b &lt;img src=x onerror=&#x27;x&#x27;&gt;" in page


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


def test_a_page_is_for_its_reader_alone():
    """No cache, no frame, no referrer that would carry the link on, no guessing of types, nothing but its style."""
    response = answers.page(200, "Title", "Text", "going")

    assert (response.status_code, response.content_type) == (200, "text/html")
    headers = response.headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy


@pytest.mark.parametrize("tone", ["going", "stopped"])
def test_a_page_shows_by_its_sign_whether_it_goes_on(tone: pages.Tone):
    """A tick or a pause; the class colours it."""
    assert f'<svg class="{tone}"' in pages.render("T", "t", tone)


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("text/html", True),
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


def test_json_is_never_cached_and_never_guessed():
    """Values as they are, without spaces between."""
    response = answers.data(202, {"name": "Grüße", "list": [1]}, {"Allow": "GET"})

    assert (response.status_code, response.content_type) == (202, "application/json")
    assert response.body == '{"name":"Grüße","list":[1]}'
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
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
