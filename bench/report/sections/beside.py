"""Interlude compared with its peers."""

from bench.report.plots import number_text
from bench.report.wording import LEFT_OUT, Figures, ms, plot, ratio_text, spread_text, table


def systems(figures: Figures) -> str:
    peers = figures.get("peers")
    if not peers:
        return LEFT_OUT
    rows = [
        f"| {each['name']} | {each['note']} | {number_text(each['idle_cpu_percent'])} % |" for each in peers["systems"]
    ]
    missing = [f"| {name} | not measured: {reason} | |" for name, reason in peers["missing"].items()]
    heads = "| | | idle CPU, of one core |\n| --- | --- | ---: |\n"
    return heads + "\n".join(rows + missing)


def callback(figures: Figures) -> str:
    return _latency(figures, "callback_to_next_ms", plot("callback.svg", "Callback to next step"))


def third(figures: Figures) -> str:
    return _latency(figures, "start_to_third_ms", plot("third.svg", "Start to third step"))


def _latency(figures: Figures, what: str, drawing: str) -> str:
    peers = figures.get("peers")
    if not peers:
        return LEFT_OUT
    rows = [
        (row["name"], spread_text(row["spread"]), ms(row["spread"]["most"]), ratio_text(row, "Restate's"))
        for row in peers["latencies"][what]
    ]
    rows += [(name, f"failed: {reason}", "", "") for name, reason in peers["latencies"]["failed"].items()]
    return f"{drawing}\n\n{table(['', 'time', 'longest', 'ratio'], rows)}"


def bursts(figures: Figures) -> str:
    peers = figures.get("peers")
    if not peers:
        return LEFT_OUT
    parts = []
    for burst in peers["bursts"]:
        rows = [
            (
                row["name"],
                spread_text(row["all_ms"]),
                ratio_text(row, "Restate's"),
                ms(row["slowest_acceptance_ms"]["most"]),
                f"{row['third_steps_run_twice']:,}",
            )
            for row in burst["systems"]
        ]
        rows += [(name, f"left out: {reason}", "", "", "") for name, reason in burst["left_out"].items()]
        heads = [
            f"{burst['number']:,} at once",
            "until the last",
            "ratio",
            "slowest acceptance",
            "third steps run twice",
        ]
        drawn = plot(f"burst-{burst['number']}.svg", f"{burst['number']:,} runs at once") if burst["systems"] else ""
        parts.append(f"{drawn}\n\n{table(heads, rows)}")
    return "\n\n".join(parts)
