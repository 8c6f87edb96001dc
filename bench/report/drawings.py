"""The plots of a report."""

from bench.figures.cold_start import STEP, STEP_LINE
from bench.report.plots import Bar, Line, bars, lines
from bench.report.wording import Figures


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
                Line("reads pd.steps", [(row["steps"], row["looks"]["cpu_ms"]) for row in steps]),
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
            "By the number of finished runs in the table", "runs in the table", "ms",
            [
                Line("server CPU of a three-step run", _points(growth["rows"], "runs", "server_cpu_ms_a_run")),
                Line("start to third step", _points(growth["rows"], "runs", "start_to_third_ms")),
                Line("GET /runs?limit=20", _points(growth["rows"], "runs", "list_ms")),
            ],
        )  # fmt: skip
    return made


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
