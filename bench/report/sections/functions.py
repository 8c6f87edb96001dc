"""What a function of a step costs: cold, warm, and as its run grows."""

from bench.report.wording import LEFT_OUT, Figures, ms, plot, spread_text, table, times


def cold_start(figures: Figures) -> str:
    cold = figures.get("cold_start")
    if not cold:
        return LEFT_OUT
    rows = [
        (
            row["name"],
            spread_text(row["cpu_ms"]),
            f"{times(row['ratio'])} “{row['ratio_to']}”" if "ratio" in row else "",
        )
        for row in cold["handlers"]
    ]
    drawn = plot("cold-start.svg", "CPU from process start to the handler's first line")
    return f"{drawn}\n\n{table(['', 'CPU', 'ratio'], rows)}"


def warm_step(figures: Figures) -> str:
    warm = figures.get("warm_step")
    if not warm:
        return LEFT_OUT
    names = {"plain": "plain step", "looks": "step that reads `pd.steps`", "bare": "bare handler, botocore"}
    rows = [
        (name, spread_text(warm[key]["cpu_ms"]), ", ".join(warm[key]["calls"]), spread_text(warm[key]["wall_ms"]))
        for key, name in names.items()
    ]
    return table(["", "CPU", "requests", "time on the local server's DynamoDB"], rows)


def _requests(calls: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" if count > 1 else name for name, count in calls.items())


def growth(figures: Figures) -> str:
    grown = figures.get("growth")
    if not grown:
        return LEFT_OUT
    steps = table(
        ["place in the run", "CPU, plain", "CPU, reads", "its requests"],
        [
            (
                f"{row['steps']:,}",
                ms(row["plain"]["cpu_ms"]),
                ms(row["looks"]["cpu_ms"]),
                _requests(row["looks"]["calls"]),
            )
            for row in grown["steps"]
        ],
    )
    exports = table(
        ["export", "CPU of the step", "its requests", "CPU of a step that reads it", "its requests"],
        [
            (
                f"{row['bytes'] / 1_000:,.0f} KB",
                ms(row["exports"]["cpu_ms"]),
                _requests(row["exports"]["calls"]),
                ms(row["looks"]["cpu_ms"]),
                _requests(row["looks"]["calls"]),
            )
            for row in grown["exports"]
        ],
    )
    reruns = table(
        ["rerun", "CPU", "its requests"],
        [
            (f"{row['reruns']:,}", ms(row["turn"]["cpu_ms"]), _requests(row["turn"]["calls"]))
            if "turn" in row
            else (f"{row['reruns']:,}", f"left out: {row['left_out']}", "")
            for row in grown["reruns"]
        ],
    )
    rows = table(
        ["runs in the table", "server CPU of a three-step run", "start to third step", "`GET /runs?limit=20`"],
        [
            (f"{row['runs']:,}", ms(row["server_cpu_ms_a_run"]), ms(row["start_to_third_ms"]), ms(row["list_ms"]))
            for row in grown["rows"]
        ],
    )
    parts = [
        ("growth-steps.svg", "A step's CPU by its place in the run", steps),
        ("growth-exports.svg", "A step's CPU by the size of an export", exports),
        ("growth-reruns.svg", "A rerun's CPU by its number", reruns),
        ("growth-rows.svg", "By the number of finished runs in the table", rows),
    ]
    return "\n\n".join(f"{plot(file, text)}\n\n{made}" for file, text, made in parts)
