"""The page, from the figures of one report."""

from collections.abc import Callable
from pathlib import Path
from string import Template

from bench.report.sections import beside, functions, money, server, summary
from bench.report.wording import Figures

_TEMPLATE = Path(__file__).with_name("template.md")

SECTIONS: dict[str, Callable[[Figures], str]] = {
    "how_to_read": summary.how_to_read,
    "machine": summary.machine,
    "summary": summary.summary,
    "worse": summary.worse,
    "cold_start": functions.cold_start,
    "warm_step": functions.warm_step,
    "growth": functions.growth,
    "systems": beside.systems,
    "callback": beside.callback,
    "third": beside.third,
    "bursts": beside.bursts,
    "startup": server.startup,
    "waits": server.waits,
    "server": server.cost,
    "money": money.money,
    "prices_read": money.prices_read,
}
"""By their place in template.md."""


def page(figures: Figures) -> str:
    template = Template(_TEMPLATE.read_text(encoding="utf-8"))
    return template.substitute({name: section(figures) for name, section in SECTIONS.items()})
