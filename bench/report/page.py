"""The page, from the figures of one report."""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from string import Template
from typing import Any

from bench.figures.cold_start import STEP, STEP_LINE
from bench.figures.money import PRICES
from bench.report.plots import Bar, Line, bars, lines, number_text

Figures = dict[str, Any]

_TEMPLATE = Path(__file__).with_name("template.md")
_LEFT_OUT = "This part was not measured in this run."


def page(figures: Figures) -> str:
    sections: dict[str, Callable[[Figures], str]] = {
        "how_to_read": _how_to_read,
        "machine": _machine,
        "summary": _summary,
        "worse": _worse,
        "cold_start": _cold_start,
        "warm_step": _warm_step,
        "growth": _growth,
        "systems": _systems,
        "callback": lambda figures: _latency(figures, "callback_to_next_ms", "callback"),
        "third": lambda figures: _latency(figures, "start_to_third_ms", "third"),
        "bursts": _bursts,
        "waits": _waits,
        "server": _server,
        "money": _money,
    }
    template = Template(_TEMPLATE.read_text(encoding="utf-8"))
    return template.substitute({name: section(figures) for name, section in sections.items()})


def plots(figures: Figures) -> dict[str, str]:
    """SVG files by their names, for docs/performance/."""
    made = {}
    if cold := figures.get("cold_start"):
        rows = [_bar(_short(row["name"]), row["cpu_ms"]) for row in cold["handlers"]]
        made["cold-start.svg"] = bars("CPU from process start to the handler's first line", "ms", rows)
    if peers := figures.get("peers"):
        for what, file, title in (
            ("callback_to_next_ms", "callback.svg", "Callback to next step"),
            ("start_to_third_ms", "third.svg", "Start to third step"),
        ):
            rows = [_bar(row["name"], row["spread"]) for row in peers["latencies"][what]]
            made[file] = bars(title, "ms", rows, logarithmic=True)
        for burst in peers["bursts"]:
            if burst["systems"]:
                rows = [_bar(row["name"], row["all_ms"]) for row in burst["systems"]]
                title = f"{burst['number']:,} three-step runs at once, until the last third step"
                made[f"burst-{burst['number']}.svg"] = bars(title, "ms", rows, logarithmic=True)
    if growth := figures.get("growth"):
        steps, exports = growth["steps"], growth["exports"]
        reruns = [row for row in growth["reruns"] if "turn" in row]
        made["growth-steps.svg"] = lines(
            "A step's CPU by its place in the run", "place of the step", "ms",
            [
                Line("plain", [(row["steps"], row["plain"]["cpu_ms"]) for row in steps]),
                Line("looks at pd.steps", [(row["steps"], row["looks"]["cpu_ms"]) for row in steps]),
            ],
        )  # fmt: skip
        made["growth-exports.svg"] = lines(
            "A step's CPU by the size of an export", "bytes", "ms",
            [
                Line("exports it", [(row["bytes"], row["exports"]["cpu_ms"]) for row in exports]),
                Line("reads it", [(row["bytes"], row["looks"]["cpu_ms"]) for row in exports]),
            ],
        )  # fmt: skip
        made["growth-reruns.svg"] = lines(
            "A rerun's CPU by its number", "number of the rerun", "ms",
            [Line("rerun without a delay", [(row["reruns"], row["turn"]["cpu_ms"]) for row in reruns])],
        )  # fmt: skip
        made["growth-rows.svg"] = lines(
            "By the finished runs in the table", "runs in the table", "ms",
            [
                Line("server CPU of a three-step run", _points(growth["rows"], "runs", "server_cpu_ms_a_run")),
                Line("start to third step", _points(growth["rows"], "runs", "start_to_third_ms")),
                Line("GET /runs?limit=20", _points(growth["rows"], "runs", "list_ms")),
            ],
        )  # fmt: skip
    return made


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines_ = ["| " + " | ".join(heads) + " |", "| --- |" + " ---: |" * (len(heads) - 1)]
    return "\n".join([*lines_, *("| " + " | ".join(row) + " |" for row in rows)])


def _plot(file: str, text: str) -> str:
    return f"![{text}](performance/{file})"


def _points(rows: list[Figures], x: str, y: str) -> list[tuple[float, float]]:
    return [(row[x], row[y]) for row in rows]


def _bar(label: str, spread: Figures) -> Bar:
    return Bar(label, spread["median"], spread["lower_quartile"], spread["upper_quartile"])


def _short(name: str) -> str:
    return {
        STEP: "Interlude: step ready",
        STEP_LINE: "Interlude: first line, after a read",
        "Bare boto3 handler, DynamoDB client": "Bare boto3 handler",
        "Bare boto3 handler, after its first read": "Bare boto3 handler, after a read",
        "Powertools with pydantic, and boto3's DynamoDB client": "Powertools, pydantic, boto3",
    }.get(name, name)


def _ms(value: float) -> str:
    return f"{number_text(value)} ms"


def _mb(value: float) -> str:
    return f"{number_text(value / 1e6)} MB"


def _spread(spread: Figures, unit: str = "ms") -> str:
    """Median, and the quartiles in brackets."""
    low, high = number_text(spread["lower_quartile"]), number_text(spread["upper_quartile"])
    return f"{number_text(spread['median'])} {unit} ({low} to {high})"


def _times(ratio: float) -> str:
    return f"{number_text(ratio)} ×"


def _how_to_read(figures: Figures) -> str:
    small = " **It was made with tiny sizes, to try the bench: its figures mean nothing.**" if figures["small"] else ""
    return f"Figures are medians with the quartiles in brackets, and ratios are of one run.{small}"


def _machine(figures: Figures) -> str:
    machine = figures["machine"]
    here = (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}; "
        f"load average {machine['load_average']} before it began"
    )
    versions = {"Interlude": machine["commit"], "Python": machine["python"], "SQLite": machine["sqlite"]}
    names = [f"{name} {version}" for name, version in {**versions, **machine["versions"]}.items()]
    rows = [("date", machine["date"]), ("machine", here), ("versions", ", ".join(names))]
    rows += [("took", f"{machine['took_s'] / 60:.0f} minutes")] if "took_s" in machine else []
    missing = [f"{name}: {reason}" for name, reason in figures["missing"].items()]
    rows += [("not measured", "; ".join(missing))] if missing else []
    return "| | |\n| --- | --- |\n" + "\n".join(f"| {name} | {value} |" for name, value in rows)


def _row_of(rows: list[Figures], name: str) -> Figures | None:
    return next((row for row in rows if row["name"] == name), None)


def _summary(figures: Figures) -> str:
    rows: list[tuple[str, str, str]] = []
    peers, load, cold = (figures.get(name) for name in ("peers", "load", "cold_start"))
    for what, title in (("callback_to_next_ms", "callback to next step"), ("start_to_third_ms", "start to third step")):
        if peers and (own := _row_of(peers["latencies"][what], "Interlude")):
            rows.append((title, _spread(own["spread"]), _ratio(own, "Restate's")))
        if load and (own := _row_of(load["latencies_after"][what], "Interlude")):
            title_after = f"{title}, {load['finished_runs']:,} runs later"
            rows.append((title_after, _spread(own["spread"]), _ratio(own, "Restate's")))
    for burst in peers["bursts"] if peers else []:
        if own := _row_of(burst["systems"], "Interlude"):
            rows.append((f"{burst['number']:,} runs at once", _spread(own["all_ms"]), _ratio(own, "Restate's")))
            rows.append(("slowest acceptance among them", _spread(own["slowest_acceptance_ms"]), ""))
    if load:
        before, after = load["before"]["server_cpu_ms_a_run"], load["after"]["server_cpu_ms_a_run"]
        rows.append(("server CPU of a three-step run", _spread(before), ""))
        change = f"{_times(after['median'] / before['median'])} the first"
        rows.append((f"the same, {load['finished_runs']:,} runs later", _spread(after), change))
        if load["rss_bytes_a_finished_run"] is not None:
            kilobytes = f"{number_text(load['rss_bytes_a_finished_run'] / 1_000)} KB"
            rows.append(("the server's memory for a finished run", kilobytes, ""))
        for wait in load["waits"]:
            if "left_out" not in wait:
                text = f"{_mb(wait['server_rss_bytes'])}, {wait['server_threads']} threads"
                once = f"{wait['resumed_once']:,} resumed once in {number_text(wait['resume_all_s'])} s"
                rows.append((f"{wait['waits']:,} runs that wait", text, once))
    if cold and (own := _row_of(cold["handlers"], STEP_LINE)):
        rows.append(("cold start to a step's first line, CPU", _spread(own["cpu_ms"]), _ratio(own, "bare boto3's")))
    return table(["", "", "beside"], rows) if rows else _LEFT_OUT


def _ratio(row: Figures, of: str) -> str:
    ratio = row.get("ratio_to_restate", row.get("ratio"))
    return f"{_times(ratio)} {of}" if ratio is not None else ""


def _worse(figures: Figures) -> str:
    """Every comparison that Interlude loses, in one list."""
    found = []
    peers, cold = figures.get("peers"), figures.get("cold_start")
    if peers:
        compared = [
            ("callback to next step", peers["latencies"]["callback_to_next_ms"], "spread"),
            ("start to third step", peers["latencies"]["start_to_third_ms"], "spread"),
            *((f"{burst['number']:,} runs at once", burst["systems"], "all_ms") for burst in peers["bursts"]),
        ]
        for title, rows, key in compared:
            if own := _row_of(rows, "Interlude"):
                faster = [
                    f"{_times(own[key]['median'] / row[key]['median'])} {row['name']}'s"
                    for row in rows
                    if row[key]["median"] < own[key]["median"]
                ]
                found += [f"- {title}: {', '.join(faster)} time"] if faster else []
    if cold and (own := _row_of(cold["handlers"], STEP_LINE)):
        faster = [
            f"{_times(own['cpu_ms']['median'] / row['cpu_ms']['median'])} that of “{row['name']}”"
            for row in cold["handlers"]
            if row["cpu_ms"]["median"] < own["cpu_ms"]["median"] and row["name"] != STEP
        ]
        found += [f"- CPU of a cold start to a step's first line: {', '.join(faster)}"] if faster else []
    if money := figures.get("money"):
        found += [f"- {line}" for line in _dearer(money)]
    if not found:
        return "Of what was measured here, Interlude is slower or dearer in nothing." if peers and cold else ""
    return "**Where Interlude is worse:**\n\n" + "\n".join(found)


def _cold_start(figures: Figures) -> str:
    cold = figures.get("cold_start")
    if not cold:
        return _LEFT_OUT
    rows = [
        (row["name"], _spread(row["cpu_ms"]), f"{_times(row['ratio'])} “{row['ratio_to']}”" if "ratio" in row else "")
        for row in cold["handlers"]
    ]
    drawn = _plot("cold-start.svg", "CPU from process start to the handler's first line")
    return f"{drawn}\n\n{table(['', 'CPU', 'ratio'], rows)}"


def _warm_step(figures: Figures) -> str:
    warm = figures.get("warm_step")
    if not warm:
        return _LEFT_OUT
    names = {"plain": "plain step", "looks": "step that looks at `pd.steps`", "bare": "bare handler, botocore"}
    rows = [
        (name, _spread(warm[key]["cpu_ms"]), ", ".join(warm[key]["calls"]), _spread(warm[key]["wall_ms"]))
        for key, name in names.items()
    ]
    return table(["", "CPU", "requests", "time on the local server's DynamoDB"], rows)


def _requests(calls: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" if count > 1 else name for name, count in calls.items())


def _growth(figures: Figures) -> str:
    growth = figures.get("growth")
    if not growth:
        return _LEFT_OUT
    steps = table(
        ["place in the run", "CPU, plain", "CPU, looks", "its requests"],
        [
            (f"{row['steps']:,}", _ms(row["plain"]["cpu_ms"]), _ms(row["looks"]["cpu_ms"]), _requests(row["looks"]["calls"]))
            for row in growth["steps"]
        ],
    )
    exports = table(
        ["export", "CPU of the step", "its requests", "CPU of who reads it", "its requests"],
        [
            (
                f"{row['bytes'] / 1_000:,.0f} KB",
                _ms(row["exports"]["cpu_ms"]),
                _requests(row["exports"]["calls"]),
                _ms(row["looks"]["cpu_ms"]),
                _requests(row["looks"]["calls"]),
            )
            for row in growth["exports"]
        ],
    )
    reruns = table(
        ["rerun", "CPU", "its requests"],
        [
            (f"{row['reruns']:,}", _ms(row["turn"]["cpu_ms"]), _requests(row["turn"]["calls"]))
            if "turn" in row
            else (f"{row['reruns']:,}", f"left out: {row['left_out']}", "")
            for row in growth["reruns"]
        ],
    )
    rows = table(
        ["runs in the table", "server CPU of a three-step run", "start to third step", "`GET /runs?limit=20`"],
        [
            (f"{row['runs']:,}", _ms(row["server_cpu_ms_a_run"]), _ms(row["start_to_third_ms"]), _ms(row["list_ms"]))
            for row in growth["rows"]
        ],
    )
    parts = [
        ("growth-steps.svg", "A step's CPU by its place in the run", steps),
        ("growth-exports.svg", "A step's CPU by the size of an export", exports),
        ("growth-reruns.svg", "A rerun's CPU by its number", reruns),
        ("growth-rows.svg", "By the finished runs in the table", rows),
    ]
    return "\n\n".join(f"{_plot(file, text)}\n\n{made}" for file, text, made in parts)


def _systems(figures: Figures) -> str:
    peers = figures.get("peers")
    if not peers:
        return _LEFT_OUT
    rows = [
        f"| {each['name']} | {each['note']} | {number_text(each['idle_cpu_percent'])} % |" for each in peers["systems"]
    ]
    missing = [f"| {name} | not measured: {reason} | |" for name, reason in peers["missing"].items()]
    heads = "| | | CPU with nothing to do, of one core |\n| --- | --- | ---: |\n"
    return heads + "\n".join(rows + missing)


def _latency(figures: Figures, what: str, file: str) -> str:
    peers = figures.get("peers")
    if not peers:
        return _LEFT_OUT
    rows = [
        (row["name"], _spread(row["spread"]), _ms(row["spread"]["most"]), _ratio(row, "Restate's"))
        for row in peers["latencies"][what]
    ]
    rows += [(name, f"failed: {reason}", "", "") for name, reason in peers["latencies"]["failed"].items()]
    text = "Callback to next step" if what.startswith("callback") else "Start to third step"
    return f"{_plot(f'{file}.svg', text)}\n\n{table(['', 'time', 'longest', 'ratio'], rows)}"


def _bursts(figures: Figures) -> str:
    peers = figures.get("peers")
    if not peers:
        return _LEFT_OUT
    parts = []
    for burst in peers["bursts"]:
        rows = [
            (
                row["name"],
                _spread(row["all_ms"]),
                _ratio(row, "Restate's"),
                _ms(row["slowest_acceptance_ms"]["most"]),
                f"{row['third_steps_run_twice']:,}",
            )
            for row in burst["systems"]
        ]
        rows += [(name, f"left out: {reason}", "", "", "") for name, reason in burst["left_out"].items()]
        heads = [f"{burst['number']:,} at once", "until the last", "ratio", "slowest acceptance", "third steps run twice"]
        drawn = _plot(f"burst-{burst['number']}.svg", f"{burst['number']:,} runs at once") if burst["systems"] else ""
        parts.append(f"{drawn}\n\n{table(heads, rows)}")
    return "\n\n".join(parts)


def _waits(figures: Figures) -> str:
    load = figures.get("load")
    if not load:
        return _LEFT_OUT
    rows = []
    for wait in load["waits"]:
        if "left_out" in wait:
            rows.append((f"{wait['waits']:,}", f"left out: {wait['left_out']}", "", "", "", "", ""))
            continue
        rows.append(
            (
                f"{wait['waits']:,}",
                f"{number_text(wait['start_all_s'])} s",
                _mb(wait["server_rss_bytes"]),
                _mb(wait["tree_rss_bytes"]),
                f"{wait['server_threads']} ({wait['server_threads_idle']} before)",
                f"{number_text(wait['resume_all_s'])} s",
                f"{wait['resumed_once']:,}",
            )
        )
    heads = [
        "runs that wait at once",
        "until all wait",
        "memory of the server",
        "with its functions' processes",
        "the server's threads",
        "until all are resumed",
        "resumed exactly once",
    ]
    return (
        "Each run suspends, and hands out its link. When all wait, all links are opened, 32 at a time.\n\n"
        f"{table(heads, rows)}\n\nMemory is what the kernel counts as resident; pages that processes share count for each."
    )


def _server(figures: Figures) -> str:
    load = figures.get("load")
    if not load:
        return _LEFT_OUT
    rows = [
        (
            when,
            _spread(cost["server_cpu_ms_a_run"]),
            _spread(cost["server_and_functions_cpu_ms_a_run"]),
            _spread(cost["start_to_third_ms"]),
        )
        for when, cost in (
            ("before", load["before"]),
            (f"{load['finished_runs']:,} runs later", load["after"]),
        )
    ]
    grown = load["rss_bytes_a_finished_run"]
    memory = (
        f"\n\nOver these {load['finished_runs']:,} runs, each with a wait, the server's memory grew by "
        f"{number_text(grown / 1_000)} KB a run."
        if grown is not None
        else ""
    )
    return table(["a three-step run", "CPU of the server", "with its functions' processes", "start to third step"], rows) + memory


def _cost(counted: Figures, prices: Figures) -> dict[str, float]:
    """Dollars for one run, by what is billed."""
    price = {name: entry["usd"] for name, entry in prices["prices"].items()}
    assumed = {name: entry["value"] for name, entry in prices["assumptions"].items()}
    # Duration is CPU divided by the share of a core that the memory brings, so that the memory cancels out.
    computing = counted["function_cpu_ms"] / 1_000 * assumed["vcpu_mb"] / 1_024
    waiting_s = sum(counted["dynamodb_requests"].values()) * assumed["dynamodb_request_ms"] / 1_000
    gb_seconds = computing + waiting_s * assumed["waiting_gb"]
    return {
        "Step Functions": counted["transitions"] * price["state_transition"],
        "Lambda": counted["lambda_requests"] * price["lambda_request"] + gb_seconds * price["lambda_gb_second"],
        "DynamoDB": counted["write_units"] * price["dynamodb_write_unit"]
        + counted["read_units"] * price["dynamodb_read_unit"],
        "API Gateway": counted["api_requests"] * price["http_api_request"],
        "mail": counted["mails"] * price["mail"],
    }


def _prices() -> Figures:
    prices: Figures = json.loads(PRICES.read_text(encoding="utf-8"))
    return prices


def _human_approval(prices: Figures) -> float:
    value = {name: entry["value"] for name, entry in prices["peers"].items()}
    price = {name: entry["usd"] for name, entry in prices["prices"].items()}
    return float(
        value["human_approval_transitions"] * price["state_transition"]
        + value["human_approval_lambda_requests"] * price["lambda_request"]
        + value["human_approval_api_requests"] * price["http_api_request"]
        + value["human_approval_mails"] * price["mail"]
    )


def _dearer(money: Figures) -> list[str]:
    prices = _prices()
    costs = {kind: sum(_cost(counted, prices).values()) for kind, counted in money["kinds"].items()}
    found = []
    if (sample := _human_approval(prices)) < costs["approval"]:
        found.append(f"an approval run costs {_times(costs['approval'] / sample)} AWS's own human-approval sample")
    operation = prices["prices"]["durable_operation"]["usd"]
    for kind, operations in (money["durable"] or {}).items():
        durable = sum(operations.values()) * operation
        if durable < costs[kind]:
            found.append(f"{kind}: {_times(costs[kind] / durable)} the price of the durable SDK's operations")
    return found


def _money(figures: Figures) -> str:
    money = figures.get("money")
    if not money:
        return _LEFT_OUT
    prices = _prices()
    kinds = money["kinds"]
    names = {
        "plain": "plain: three steps",
        "approval": "approval: the sample, with its mail and a click",
        "poll": f"poll: {money['poll_reruns']} reruns with a delay, two steps",
    }
    counts = table(
        ["counted for one run", *names.values()],
        [
            ("state transitions", *(number_text(kinds[kind]["transitions"]) for kind in names)),
            ("Lambda requests", *(number_text(kinds[kind]["lambda_requests"]) for kind in names)),
            ("CPU of functions", *(_ms(kinds[kind]["function_cpu_ms"]) for kind in names)),
            ("DynamoDB requests", *(number_text(sum(kinds[kind]["dynamodb_requests"].values())) for kind in names)),
            ("write units", *(number_text(kinds[kind]["write_units"]) for kind in names)),
            ("read units", *(number_text(kinds[kind]["read_units"]) for kind in names)),
            ("API Gateway requests", *(number_text(kinds[kind]["api_requests"]) for kind in names)),
        ],
    )
    costs = {kind: _cost(kinds[kind], prices) for kind in names}
    services = list(costs["plain"])
    dollars = table(
        ["USD for 1,000,000 runs", *names.values()],
        [
            *((service, *(f"{1e6 * costs[kind][service]:,.2f}" for kind in names)) for service in services),
            ("**all**", *(f"**{1e6 * sum(costs[kind].values()):,.2f}**" for kind in names)),
        ],
    )
    operation = prices["prices"]["durable_operation"]["usd"]
    durable = {kind: sum(operations.values()) for kind, operations in (money["durable"] or {}).items()}
    others = table(
        ["others, for 1,000,000 runs", *names.values()],
        [
            (
                "AWS durable functions: operations alone",
                *(
                    f"{durable[kind]} each, {1e6 * durable[kind] * operation:,.2f} USD" if kind in durable else "not counted"
                    for kind in names
                ),
            ),
            ("AWS's human-approval sample: 3 transitions", "", f"{1e6 * _human_approval(prices):,.2f} USD", ""),
            ("Pipedream", *(f"{kinds[kind]['pipedream_credits']} credits each" for kind in names)),
        ],
    )
    return "\n\n".join([_MONEY_TEXT.format(**_dated(prices)), counts, dollars, others, _MONEY_NOTES])


def _dated(prices: Figures) -> dict[str, str]:
    return {"region": prices["region"], "read_on": prices["read_on"]}


_MONEY_TEXT = (
    "Counted from real runs on the local server: states entered in the executions' histories, invocations in its log, requests to "
    "DynamoDB by an endpoint that counts them. Priced by [bench/prices.json](../bench/prices.json), list prices of {region} as read "
    "on {read_on}, without free tiers."
)
_MONEY_NOTES = (
    "Not in it: logs, traces, alarms, stored bytes, data transfer. Lambda's time is the functions' CPU at their share of a core and 5 ms for "
    "each DynamoDB request. Write units are rather too many: an update counts what it adds to an item as new. For durable functions only "
    "operations are counted, in the history of the SDK's local runner; their Lambda time and the data that they keep come on top. AWS's sample "
    "keeps no record of a run, and its link works by GET, also for who scans mail. What a Pipedream credit costs depends on the plan; "
    "the credits are Interlude's own count, by Pipedream's rule."
)
