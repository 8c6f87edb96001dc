"""Browsers get a page after a click, programs get JSON."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import httpx
import pytest

from tests import agents

from .client import Interlude, Run, exports

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@dataclass(frozen=True)
class Page:
    """What a person sees of an answer."""

    status: int
    title: str
    heading: str
    text: str

    @classmethod
    def of(cls, answer: httpx.Response) -> Self:
        """Fails where the answer is no page."""
        assert answer.headers["content-type"].startswith("text/html"), answer.text
        page = answer.text
        words = re.sub(r"<[^>]*>", " ", page.partition("</style>")[2])
        return cls(answer.status_code, _inside(page, "title"), _inside(page, "h1"), " ".join(words.split()))


def _inside(page: str, tag: str) -> str:
    found = re.search(rf"<{tag}>(.+?)</{tag}>", page)
    assert found, page
    return found[1]


@pytest.mark.parametrize(
    ("link", "title", "button"),
    [
        ("resume_url", "Resume this run?", "The button lets the workflow continue now. Resume"),
        ("cancel_url", "Cancel this run?", "The button ends the run for good. Cancel this run"),
    ],
)
def test_a_browser_that_opens_a_link_is_asked_first(approval: Run, link: str, title: str, button: str) -> None:
    """What the link does, to which workflow, at which step, until when; and nothing has happened yet."""
    wait = approval.until("paused")["wait"]
    until = datetime.fromisoformat(wait["until"])

    page = Page.of(approval.interlude.public.get(wait[link], headers=BROWSER))

    assert (page.status, page.title, page.heading) == (200, title, title)
    assert (
        f"The workflow approval is waiting at its step ask until {until:%-d %B %Y, %H:%M} UTC . {button}" in page.text
    )
    assert "Nothing has happened yet." in page.text
    assert approval.get()["status"] == "paused"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "headers",
    [BROWSER, {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"}, {"Accept": "TEXT/HTML"}],
    ids=["browser", "by its name", "by what it accepts"],
)
def test_a_scanner_of_mail_ends_no_wait(approval: Run, method: str, headers: dict[str, str]) -> None:
    """However often it opens both links: the person who comes later decides."""
    links = approval.links()
    for link in [*links.values(), *links.values()]:
        approval.interlude.public.request(method, link, headers=headers)

    assert approval.get()["status"] == "paused"
    assert approval.interlude.public.post(links["cancel_url"]).json()["first"] is True


@pytest.mark.parametrize("link", ["resume_url", "cancel_url"])
def test_a_previewer_ends_no_wait_and_a_program_does(interlude: Interlude, link: str) -> None:
    """By the names that they send, all of them with Accept: */*. A preview has nothing of the run in it."""
    run = interlude.start("approval", {"document": "The plan"})
    url = run.until("paused")["wait"][link]

    previews = {agent: interlude.public.get(url, headers={"User-Agent": agent}) for agent in agents.PREVIEWERS}

    assert run.get()["status"] == "paused"
    for agent, preview in previews.items():
        page = Page.of(preview)
        assert (page.status, page.heading) == (200, page.title), agent
        assert "Nothing has happened yet." in page.text, agent
        assert not {"approval", "ask", run.id} & set(page.text.replace(".", " ").split()), agent
    for agent in agents.PROGRAMS:
        run = interlude.start("approval", {"document": "The plan"})
        answer = interlude.public.get(run.until("paused")["wait"][link], headers={"User-Agent": agent})
        assert (answer.status_code, answer.json()["first"]) == (200, True), agent


def test_what_stands_behind_a_link_is_sent_with_it_and_not_shown(approval: Run) -> None:
    """People add a query to their links; the question has none of it in its text, the next step all of it."""
    link = f"{approval.links()['resume_url']}?approved=yes&by=%22%3E%3Cscript%3E"

    page = approval.interlude.public.get(link, headers=BROWSER).text
    approval.interlude.public.post(link, headers={**BROWSER, "Content-Type": "application/x-www-form-urlencoded"})

    assert "script" not in page
    request = exports(approval.until("succeeded"), "ask")["$resume_data"]
    assert set(request) == {"method", "path", "query", "headers", "body", "client_ip", "url"}
    assert (request["method"], request["query"]) == ("POST", {"approved": "yes", "by": '"><script>'})
    assert request["body"] == {}


def test_a_stack_may_have_everybody_asked(other_stack: Interlude) -> None:
    """ConfirmLinks=always: a program's GET is told what to send instead, with a status that is no success."""
    run = other_stack.start("approval", {"document": "The plan"})

    answer = run.resume("GET")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, PUT, PATCH, DELETE")
    assert answer.json() == {"error": "This link accepts POST, PUT, PATCH, DELETE; nothing was done."}
    assert Page.of(run.resume("GET", headers=BROWSER)).heading == "Resume this run?"
    assert run.get()["status"] == "paused"
    assert run.resume("POST").json()["outcome"] == "resumed"


def test_a_browser_that_resumes_gets_a_page(approval: Run) -> None:
    """It says in words which workflow goes on, and after which step."""
    page = Page.of(approval.resume("POST", headers=BROWSER))

    assert page.status == 200
    assert page.title == page.heading
    assert "The workflow approval continues after its step ask" in page.text
    assert approval.end()["status"] == "succeeded"


def test_a_browser_that_cancels_gets_a_page(approval: Run) -> None:
    """It says in words which workflow has ended, and at which step."""
    page = Page.of(approval.cancel("POST", headers=BROWSER))

    assert page.status == 200
    assert "ancelled" in page.title
    assert "The workflow approval was cancelled at its step ask" in page.text


@pytest.mark.parametrize("link", ["resume_url", "cancel_url"])
def test_a_browser_that_clicks_twice_is_told_so(approval: Run, link: str) -> None:
    """The second page is not the first again: it says that it was already done, and on which day. Nobody is asked."""
    url = approval.links()[link]
    first = Page.of(approval.interlude.public.post(url, headers=BROWSER))
    at = datetime.fromisoformat(approval.interlude.public.get(url).json()["at"])

    second = Page.of(approval.interlude.public.get(url, headers=BROWSER))

    assert second.status == 200
    assert second.title.startswith("Already")
    assert second.title != first.title
    assert f"{at:%Y}" in second.text


def test_a_browser_that_comes_too_late_gets_a_page(approval: Run) -> None:
    """409 and 410 are pages too, which say what happened instead."""
    links = approval.links()
    approval.interlude.public.post(links["resume_url"])
    stopped = approval.interlude.start("approval", {"document": "The plan"})
    link = stopped.links()["resume_url"]
    stopped.stop()

    other = Page.of(approval.interlude.public.get(links["cancel_url"], headers=BROWSER))
    over = Page.of(approval.interlude.public.get(link, headers=BROWSER))

    assert (other.status, over.status) == (409, 410)
    assert "resumed" in other.text
    assert "cancelled" in over.text


def test_a_browser_with_a_wrong_link_gets_a_page(approval: Run) -> None:
    """404, without a word about which runs there are."""
    answer = approval.interlude.public.get(f"{approval.links()['resume_url']}x", headers=BROWSER)

    assert Page.of(answer).status == 404
    assert approval.id not in answer.text


def test_a_browser_with_too_large_a_body_gets_a_page(approval: Run) -> None:
    """413 names the limit."""
    page = Page.of(approval.resume(content=b"x" * 600_000, headers=BROWSER))

    assert page.status == 413
    assert "512 KB" in page.text


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "text/plain"])
def test_programs_get_json(approval: Run, accept: str | None) -> None:
    """Whoever does not ask for a page gets what programs read."""
    answer = approval.resume("GET", headers={"Accept": accept} if accept else {})

    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()) == {"run_id", "workflow", "step", "outcome", "at", "first", "message"}
    assert (answer.json()["run_id"], answer.json()["workflow"]) == (approval.id, "approval")
    assert answer.json()["step"] == "ask"


def test_a_page_loads_nothing_and_stays_nowhere(approval: Run) -> None:
    """No script, nothing from elsewhere, not cached, not framed, and the link is not told to other sites."""
    answer = approval.resume("GET", headers=BROWSER)

    assert "<script" not in answer.text
    assert re.findall(r"(?:src|href|url)\s*[=(]", answer.text) == []
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_a_page_is_for_everybody(approval: Run) -> None:
    """It has a language, fits a phone, and search engines leave it alone."""
    page = approval.resume("GET", headers=BROWSER).text

    assert page.startswith("<!doctype html>")
    assert '<html lang="en">' in page
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
    assert '<meta name="robots" content="noindex">' in page


def test_a_page_escapes_what_it_shows(interlude: Interlude) -> None:
    """Nothing that stands in a URL becomes markup."""
    answer = interlude.public.get(
        f"{interlude.base_url}/hooks/%3Cscript%3Ealert(1)%3C%2Fscript%3E/key", headers=BROWSER
    )

    assert answer.status_code == 404
    assert "<script" not in answer.text
