"""A person with a real browser: from the mail to the page. Skipped where no Chromium is installed."""

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from .client import Interlude, Run

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: on Debian, apt install chromium")

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 640}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Chromium refuses its sandbox to root, which CI often is; it opens only pages of the server under test.
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield started
        started.close()


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    opened = browser.new_page(viewport=request.param)
    yield opened
    opened.close()


def links_in_the_mail(outbox: Interlude, run: Run) -> list[str]:
    text = next(mail["text"] for mail in outbox.mails() if run.id in mail["text"])
    return re.findall(r"https?://\S+", text)


def test_a_click_in_the_mail_lets_the_run_go_on(outbox: Interlude, approval: Run, page: Page) -> None:
    """Approved by a click, told so on a page that fits the screen and breaks none of its own rules."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    publish, _ = links_in_the_mail(outbox, approval)

    page.goto(publish)

    assert page.inner_text("h1") == "Done, it goes on"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("getComputedStyle(document.querySelector('main')).textAlign") == "center"
    assert complaints == []
    assert approval.end()["steps"][1]["exports"]["$return_value"]["decision"] == "approved"


def test_the_other_click_afterwards_is_too_late(outbox: Interlude, approval: Run, page: Page) -> None:
    """Somebody who keeps back what was published a moment ago is told who was first, and when."""
    publish, keep_back = links_in_the_mail(outbox, approval)
    page.goto(publish)

    page.goto(keep_back)

    assert page.inner_text("h1") == "Too late"
    assert re.search(r"resumed at \d+ \w+ \d{4}, \d\d:\d\d UTC", page.inner_text("p"))
    assert approval.end()["status"] == "succeeded"


def test_a_reload_changes_nothing(outbox: Interlude, approval: Run, page: Page) -> None:
    """The page of a cancelled run can be loaded again."""
    _, keep_back = links_in_the_mail(outbox, approval)
    page.goto(keep_back)

    page.reload()

    assert page.inner_text("h1") == "Already cancelled"
    assert approval.end()["status"] == "cancelled"
