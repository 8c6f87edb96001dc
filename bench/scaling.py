"""Scale on paper: which of AWS's quotas breaks first, and what a month costs. Writes the tables of docs/scaling.md.

It is reckoned from the counted requests of runs (`counts`), AWS's quotas (`quotas`) and prices (`prices`), and from
the few assumptions below. Nothing is measured here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from bench import counts, quotas
from bench.prices import PRICES, SECONDS_PER_MONTH, usd
from bench.quotas import QUOTAS, Quota

DOCUMENT = Path(__file__).parents[1] / "docs" / "scaling.md"

RATES = (1, 10, 100, 1_000)
"""Runs that start in a second."""
WAITS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
"""Runs that wait at one time."""

STEP_S = 0.1
"""What Lambda bills for a call of a step, at 256 MB. A step that waits for a service has more."""
API_S = 0.05
"""The same of the API's function, at 512 MB, and of Wakeups, at 256 MB."""
EVENT_BYTES = 1_000
"""Of a trigger's event; its run's item then has two write units."""
EXPORT_BYTES = 100
"""What a step exports, so that its item has one write unit."""
TASK_TOKEN_BYTES = 700
KEPT_DAYS = 30
"""RetentionDays."""
LOG_BYTES = 900
"""Of a call of a function: Interlude's line and Lambda's own."""
TRACED = 0.05
"""The part of all traces that X-Ray records, beyond one a second."""
FIXED_USD = 14 * PRICES["cloudwatch.alarm_month"].usd
"""The alarms."""
RETRIED_S = 600
"""For about so long a throttled step is tried again; its run fails after that."""
WATCHED_PER_S = 6_500
"""Waits that the function Watch reads in a second with 256 MB, which are a seventh of a CPU. It has 900 s."""
WATCH_S = 900
PUBLIC_REQUESTS = 100
"""The parameter PublicRequestsPerSecond, unless it is set."""

ITEM_BYTES = {
    "RUN": counts.RUN_BYTES + EVENT_BYTES,
    "STEP": counts.STEP_BYTES + EXPORT_BYTES,
    "WAIT": counts.WAIT_BYTES + TASK_TOKEN_BYTES,
}


@dataclass(frozen=True)
class Demand:
    """What one run asks of AWS, from its hook to its expiry."""

    what: str
    transitions: int
    steps: int
    """Calls of steps."""
    requests: int
    """To the API: the hook and the clicks."""
    clicks: int
    write_units: int
    read_units: int
    index_writes: int
    """To the entries of the workflow's key in the index runs-by-workflow."""
    items: tuple[str, ...]
    """What is kept of it until it expires."""

    @property
    def calls_s(self) -> float:
        """Seconds of Lambda's concurrency. For each click and each expiry, Wakeups is called."""
        return self.steps * STEP_S + (self.requests + self.clicks + 1) * API_S

    @property
    def usd(self) -> float:
        calls = self.steps + self.requests + self.clicks + 1
        gb_s = self.steps * STEP_S * 0.25 + self.requests * API_S * 0.5 + (self.clicks + 1) * API_S * 0.25
        return sum((
            usd("step_functions.transition", self.transitions),
            usd("lambda.request", calls),
            usd("lambda.gb_second", gb_s),
            usd("api_gateway.request", self.requests),
            usd("dynamodb.write_unit", self.write_units),
            usd("dynamodb.read_unit", self.read_units),
            usd("s3.put", counts.EXPIRY.count("ListObjectsV2")),
            usd("cloudwatch.log_gb", calls * LOG_BYTES / 1e9),
            usd("xray.trace", TRACED * self.requests),
            kept_usd(self.items) * KEPT_DAYS / 30,
        ))  # fmt: skip


def demand(what: str, counted: counts.Run, items: Iterable[str], *, clicks: int = 0, waits: int = 0) -> Demand:
    items = tuple(items)
    api = (*counts.HOOK, *counts.CLICK * clicks)
    # The run's own item goes by its time to live, for nothing.
    deleted = sum(units(item) for item in items if item != "RUN")
    asked = (*counts.BEGIN, *counted.requests, *counts.PARK * waits, *api, *counts.EXPIRY)
    return Demand(
        what=what,
        transitions=len(counted.states),
        steps=counted.states.count("Run step"),
        requests=1 + clicks,
        clicks=clicks,
        write_units=sum(map(write_units, asked)) + deleted,
        read_units=sum(map(read_units, asked)),
        index_writes=sum(map(entries, asked)),
        items=items,
    )


def write_units(request: str) -> int:
    """Of a request to the table and its indexes. A transaction costs each item twice."""
    operation, *items = request.split()
    if operation not in ("PutItem", "UpdateItem", "TransactWriteItems"):
        return 0
    times = 2 if operation == "TransactWriteItems" else 1
    return sum(times * units(item.partition("/")[0]) + int(item.partition("/")[2] or 0) for item in items)


def read_units(request: str) -> int:
    """All reads are consistent, and of less than 4 KB each."""
    operation, *items = request.split()
    if operation == "Query":
        return 1
    return len(items) if operation == "BatchGetItem" else 0


def entries(request: str) -> int:
    """The changes of a run's entry in runs-by-workflow: one for each change that an index has."""
    return request.count("RUN/")


def units(item: str) -> int:
    return ceil(ITEM_BYTES[item] / 1024)


def kept_usd(items: Iterable[str]) -> float:
    """A month of some items and of the run's entry in an index, with backups for point-in-time recovery."""
    size = sum(ITEM_BYTES[item] + 100 for item in items) + counts.INDEX_BYTES
    return usd("dynamodb.gb_month", size / 1e9) + usd("dynamodb.backup_gb_month", size / 1e9)


def poll(reruns: int) -> counts.Run:
    """A poll of so many reruns, each after a delay."""
    more = reruns - counts.POLL_RERUNS
    turn = counts.DELAYED_TURN
    states = (*counts.POLL.states, *turn[:2] * more, *turn[2:] * reruns)
    return counts.Run(states, (*counts.POLL.requests, *counts.RERUN * more))


DEMANDS = (
    demand("plain", counts.PLAIN, ("RUN", "STEP", "STEP", "STEP")),
    demand("approval", counts.APPROVAL, ("RUN", "STEP", "STEP", "WAIT"), clicks=1, waits=1),
    demand("poll", poll(10), ("RUN", "STEP", "STEP")),
)

NEEDS: dict[Quota, Callable[[Demand], float]] = {
    quotas.REQUESTS: lambda run: run.requests,
    quotas.STARTS: lambda _run: 1,
    quotas.TRANSITIONS: lambda run: run.transitions,
    quotas.TASK_RESULTS: lambda run: 2 * run.clicks,
    quotas.CONCURRENCY: lambda run: run.calls_s,
    quotas.TABLE_WRITES: lambda run: run.write_units,
    quotas.TABLE_READS: lambda run: run.read_units,
    quotas.INDEX_PARTITION: lambda run: run.index_writes,
    quotas.ITEM_READS: lambda _run: 1,
}
"""What a run takes of each quota that a rate of runs uses up."""


def highest_rate(quota: Quota, run: Demand, *, larger: bool) -> float:
    """Runs a second at which a quota is used up."""
    need = NEEDS[quota](run)
    return (quota.larger if larger else quota.other) / need if need else float("inf")


def first_limit(run: Demand, *, larger: bool) -> tuple[Quota, float]:
    """The quota that breaks first, and at how many runs a second."""
    return min(((quota, highest_rate(quota, run, larger=larger)) for quota in NEEDS), key=lambda each: each[1])


def month_usd(run: Demand, rate: float) -> float:
    return rate * SECONDS_PER_MONTH * run.usd + FIXED_USD


# ---- The tables of the document ----


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(heads), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def of_a_run() -> str:
    rows = {
        "state transitions": lambda run: number(run.transitions),
        "calls of steps": lambda run: number(run.steps),
        "requests to the API": lambda run: number(run.requests),
        "write units of DynamoDB": lambda run: number(run.write_units),
        "read units of DynamoDB": lambda run: number(run.read_units),
        "writes to its workflow's key in `runs-by-workflow`": lambda run: number(run.index_writes),
        "seconds of Lambda concurrency": lambda run: f"{run.calls_s:.2f}",
        "a million of them, USD": lambda run: money(1e6 * run.usd),
        "of which for transitions": lambda run: money(usd("step_functions.transition", 1e6 * run.transitions)),
    }
    heads = ("one run", *(run.what for run in DEMANDS))
    return table(heads, ((name, *map(row, DEMANDS)) for name, row in rows.items()))


def quotas_table() -> str:
    rows = (
        (
            f"{quota.what}: {quota.unit}" + (f"; {quota.note}" if quota.note else ""),
            number(quota.larger),
            number(quota.other),
            "yes" if quota.rises else "no",
            quota.answer,
            f"[{quota.date}](https://{quota.source})",
        )
        for quota in QUOTAS
    )
    return table(("quota", "larger regions", "others", "AWS raises it", "what happens above it", "read"), rows)


def rates_table() -> str:
    rows = []
    for quota in sorted(NEEDS, key=lambda each: min(highest_rate(each, run, larger=True) for run in DEMANDS)):
        cells = [pair(*(highest_rate(quota, run, larger=larger) for larger in (True, False))) for run in DEMANDS]
        rows.append((quota.what, *cells))
    return table(("runs a second that use up", *(run.what for run in DEMANDS)), rows)


def pair(larger: float, other: float) -> str:
    if larger == float("inf"):
        return "never"
    return number(larger) if larger == other else f"{number(larger)}, or {number(other)}"


def months_table() -> str:
    rows = []
    for rate in RATES:
        for run in DEMANDS:
            breaks = [broken(run, rate, larger=larger) for larger in (True, False)]
            rows.append((number(rate), run.what, *breaks, money(month_usd(run, rate))))
    heads = ("runs a second", "kind", "reached first in larger regions", "in others", "a month, USD")
    return table(heads, rows)


def broken(run: Demand, rate: float, *, larger: bool) -> str:
    """The quota that breaks first where the rate is above it; else how much of it is used."""
    quota, most = first_limit(run, larger=larger)
    if rate > most:
        return f"**{quota.what}**, at {number(most)}"
    return f"nothing: {100 * rate / most:.0f} % of {quota.what}"


def waits_table() -> str:
    rows = ((number(waits), *wait_cells(waits)) for waits in WAITS)
    heads = (
        "waiting runs", "reached first", "storage a month, USD", "Watch's reads a month, USD", "one run of Watch",
        "all time out at once and continue", "each link is opened", "all are cancelled through the API",
    )  # fmt: skip
    return table(heads, rows)


def wait_cells(waits: int) -> tuple[str, ...]:
    kept = waits * kept_usd(("RUN", "STEP", "WAIT")) + waits * kept_usd(())
    looked_s = waits / WATCHED_PER_S
    index_units = waits * counts.INDEX_BYTES / 4096 / 2
    looks = SECONDS_PER_MONTH / 3600
    watched = looks * (usd("dynamodb.read_unit", index_units) + usd("lambda.gb_second", min(looked_s, WATCH_S) / 4))
    return (
        ", ".join(broken_by(waits)) or "nothing",
        money(kept),
        money(watched),
        "fails" if looked_s > WATCH_S else span(looked_s),
        f"{span(resumed_s(waits, larger=True))}, or {span(resumed_s(waits, larger=False))}",
        span(waits / PUBLIC_REQUESTS),
        f"{span(waits / quotas.STOPS.larger)}, or {span(waits / quotas.STOPS.other)}",
    )


def resumed_s(waits: int, *, larger: bool) -> float:
    """Until all of one workflow have gone on: two transitions and one write of its index key each."""
    transitions = quotas.TRANSITIONS.larger if larger else quotas.TRANSITIONS.other
    return max(
        2 * waits / transitions,
        waits / quotas.INDEX_PARTITION.larger,
        waits * STEP_S / quotas.CONCURRENCY.larger,
    )


def broken_by(waits: int) -> list[str]:
    limits = (
        (quotas.OPEN_EXECUTIONS.larger, quotas.OPEN_EXECUTIONS.what),
        (RETRIED_S * quotas.INDEX_PARTITION.larger, "the retries of a wave, if all are of one workflow"),
        (WATCH_S * WATCHED_PER_S, "Watch's 900 s"),
    )
    return [what for most, what in sorted(limits) if waits > most]


def prices_table() -> str:
    rows = (
        (price.unit, f"{price.usd:.10f}".rstrip("0").rstrip("."), f"[{price.date}](https://{price.source})")
        for name, price in PRICES.items()
        if "durable" not in name
    )
    return table(("for one", "USD", "read"), rows)


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}".removesuffix(".0")


def money(value: float) -> str:
    """With two digits that count, from 10 USD on without cents."""
    if value < 10:
        return f"{value:.2f}"
    digits = max(0, len(str(int(value))) - 2)
    return f"{round(value / 10**digits) * 10**digits:,}"


def span(seconds: float) -> str:
    for length, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * length:
            return f"{seconds / length:,.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 1 else "below 1 s"


TABLES: dict[str, Callable[[], str]] = {
    "run": of_a_run,
    "quotas": quotas_table,
    "rates": rates_table,
    "months": months_table,
    "waits": waits_table,
    "prices": prices_table,
}


def filled(document: str) -> str:
    """The text of the document with its tables as they are now."""
    for name, made in TABLES.items():
        begin, end = f"<!-- table {name}, written by make bench ARGS=scaling -->\n", "<!-- end -->"
        before, _, rest = document.partition(begin)
        document = before + begin + made() + end + rest.partition(end)[2]
    return document


def run() -> None:
    DOCUMENT.write_text(filled(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{DOCUMENT.name}: its tables are written")
    for each in DEMANDS:
        quota, rate = first_limit(each, larger=True)
        print(f"  {each.what}: {quota.what} breaks first, at {number(rate)} runs a second")
