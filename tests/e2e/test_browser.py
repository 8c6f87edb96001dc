"""A person with a real browser: from the mail to the button and the page. Skipped where no Chromium is installed."""

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.waiting import LIMIT_S

from .client import Interlude, Run

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: on Debian, apt install chromium")

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 640}
TALL_PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Chromium refuses its sandbox to root, which CI often is; it opens only pages of the server under test.
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=flags, timeout=LIMIT_S * 1000)
        yield started
        started.close()


SCREENS = [pytest.param(DESKTOP, id="desktop"), pytest.param(PHONE, id="phone", marks=pytest.mark.proof)]


@pytest.fixture(params=SCREENS)
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    opened = browser.new_page(viewport=request.param)
    opened.set_default_timeout(LIMIT_S * 1000)
    yield opened
    opened.close()


def links_in_the_mail(outbox: Interlude, run: Run) -> list[str]:
    text = next(mail["text"] for mail in outbox.mails() if run.id in mail["text"])
    return re.findall(r"https?://\S+", text)


def press(page: Page, button: str) -> None:
    """Presses the button of the question, and waits for the page that comes of it."""
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()


def test_a_click_in_the_mail_asks_and_the_button_lets_the_run_go_on(
    outbox: Interlude, approval: Run, page: Page
) -> None:
    """Approved by a button, told so on pages that fit the screen, load nothing, and break none of their own rules."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    asked: list[tuple[str, str]] = []
    page.on("request", lambda request: asked.append((request.method, request.url)))
    publish, _ = links_in_the_mail(outbox, approval)
    publish += "?by=Ada%20%22A%22"

    page.goto(publish)

    assert page.inner_text("h1") == "Resume this run?"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("document.querySelector('button').getBoundingClientRect().height") >= 44
    assert approval.get()["status"] == "paused"
    press(page, "Resume")
    assert page.inner_text("h1") == "Done – the workflow continues"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert [each for each in asked if not each[1].endswith("/favicon.ico")] == [("GET", publish), ("POST", publish)]
    assert page.evaluate("getComputedStyle(document.querySelector('main')).textAlign") == "center"
    assert complaints == []
    decided = approval.end()["steps"][1]["exports"]["$return_value"]
    assert (decided["decision"], decided["by"]["query"]) == ("approved", {"by": 'Ada "A"'})
    assert "referer" not in decided["by"]["headers"]


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.proof)])
@pytest.mark.parametrize(("link", "button"), [(0, "Resume"), (1, "Cancel this run")], ids=["resume", "cancel"])
def test_a_button_works_without_script_and_can_be_read(
    outbox: Interlude, approval: Run, browser: Browser, scheme: str, link: int, button: str
) -> None:
    """On a phone, in the light and in the dark: its words stand out from it by 4.5 to 1 (WCAG 2, AA)."""
    context = browser.new_context(viewport=TALL_PHONE, color_scheme=scheme, java_script_enabled=False)  # type: ignore[arg-type]
    context.set_default_timeout(LIMIT_S * 1000)
    page = context.new_page()

    page.goto(links_in_the_mail(outbox, approval)[link])
    look = page.get_by_role("button", name=button)
    colours = [look.evaluate(f"button => getComputedStyle(button).{name}") for name in ("color", "backgroundColor")]
    press(page, button)

    assert contrast(*colours) >= 4.5
    assert page.inner_text("h1") in ("Done – the workflow continues", "Cancelled")
    assert approval.end()["status"] == ("succeeded", "cancelled")[link]
    context.close()


def contrast(one: str, other: str) -> float:
    """Of two colours as a browser writes them (WCAG 2.2, relative luminance)."""

    def luminance(colour: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_other_click_afterwards_is_too_late(outbox: Interlude, approval: Run, page: Page) -> None:
    """Somebody who keeps back what was published a moment ago is told who was first, and when."""
    publish, keep_back = links_in_the_mail(outbox, approval)
    page.goto(publish)
    press(page, "Resume")

    page.goto(keep_back)

    assert page.inner_text("h1") == "Too late"
    assert re.search(r"resumed at \d+ \w+ \d{4}, \d\d:\d\d UTC", page.inner_text("p"))
    assert approval.end()["status"] == "succeeded"


def test_a_reload_changes_nothing(outbox: Interlude, approval: Run, page: Page) -> None:
    """The page of a cancelled run can be loaded again, by POST and by GET."""
    _, keep_back = links_in_the_mail(outbox, approval)
    page.goto(keep_back)
    press(page, "Cancel this run")

    page.reload()
    assert page.inner_text("h1") == "Already cancelled"
    page.goto(keep_back)

    assert page.inner_text("h1") == "Already cancelled"
    assert approval.end()["status"] == "cancelled"
