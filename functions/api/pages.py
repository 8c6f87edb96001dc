"""The pages for browsers. Each is one file that loads nothing else, readable on a phone and in dark mode."""

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Literal

Tone = Literal["going", "stopped"]


@dataclass(frozen=True, slots=True)
class Question:
    """A page that asks for confirmation: its title, what its button does, and the button."""

    title: str
    consequence: str
    button: str
    tone: Tone


STYLE = """
:root { color-scheme: light dark; --ink: #1d1d1f; --soft: #6e6e73; --ground: #f5f5f7; --card: #fff;
  --going: #1a7f4b; --stopped: #b3541e }
@media (prefers-color-scheme: dark) {
  :root { --ink: #f5f5f7; --soft: #a1a1a6; --ground: #161617; --card: #232325; --going: #4cc38a; --stopped: #f0a36b }
}
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--ground);
  color: var(--ink); font: 1.0625rem/1.55 system-ui, sans-serif }
main { max-width: 30rem; width: 100%; padding: 2.5rem; background: var(--card); border-radius: 1.25rem;
  text-align: center; box-shadow: 0 1px 3px rgb(0 0 0 / .08), 0 12px 40px rgb(0 0 0 / .06) }
svg { width: 3.5rem; height: 3.5rem; fill: none; stroke: currentColor; stroke-width: 2;
  stroke-linecap: round; stroke-linejoin: round }
.going { color: var(--going) }
.stopped { color: var(--stopped) }
h1 { margin: 1rem 0 .5rem; font-size: 1.5rem; line-height: 1.25; letter-spacing: -.01em }
p { margin: 0; color: var(--soft); overflow-wrap: anywhere }
button { width: 100%; margin-top: 1.75rem; padding: .8rem 1.25rem; border: 0; border-radius: .75rem; font: inherit;
  font-weight: 600; cursor: pointer }
button.going { background: var(--going); color: var(--card) }
button.stopped { background: var(--stopped); color: var(--card) }
button:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px }
.hint { margin-top: 1rem; font-size: .9375rem }
footer { margin-top: 2rem; font-size: .8125rem; color: var(--soft) }
"""

STYLE_HASH = f"sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}"

SIGNS: dict[Tone, str] = {
    "going": '<circle cx="12" cy="12" r="10"/><path d="m8 12.5 2.8 2.8L16.2 9.5"/>',
    "stopped": '<circle cx="12" cy="12" r="10"/><path d="m9 9 6 6m0-6-6 6"/>',
}
PAUSED = '<circle cx="12" cy="12" r="10"/><path d="M10 9v6m4-6v6"/>'


def render(title: str, text: str, tone: Tone) -> str:
    """A whole page. Title and text may hold anything: they are escaped."""
    return _page(title, text, f'<svg class="{tone}" viewBox="0 0 24 24" aria-hidden="true">{SIGNS[tone]}</svg>', "")


def render_question(asked: Question, text: str) -> str:
    """A page that does nothing until its button is pressed. It has no script, because scanners run scripts too."""
    # A form without an action posts to the page's own URL, query included, and the page need not contain that URL.
    form = (
        f'<form method="post"><button class="{asked.tone}">{escape(asked.button)}</button></form>\n'
        '<p class="hint">Nothing has happened yet. If you did not expect this, close the page.</p>\n'
    )
    sign = f'<svg viewBox="0 0 24 24" aria-hidden="true">{PAUSED}</svg>'
    return _page(asked.title, text, sign, form)


def _page(title: str, text: str, sign: str, more: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{escape(title)}</title>
<style>{STYLE}</style>
<main>
{sign}
<h1>{escape(title)}</h1>
<p>{_readable(escape(text))}</p>
{more}<footer>Interlude</footer>
</main>
</html>
"""


def _readable(text: str) -> str:
    """The text with its times made readable. The page can't know the reader's time zone, so it names UTC."""
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", lambda time: _time(time[0]), text)


def _time(iso: str) -> str:
    try:
        return f'<time datetime="{iso}">{datetime.fromisoformat(iso):%-d %B %Y, %H:%M} UTC</time>'
    except ValueError:  # part of a URL that looks like a time
        return iso
