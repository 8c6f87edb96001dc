"""The local server: runs that wait, CPU, memory."""

from bench.report.plots import number_text
from bench.report.wording import LEFT_OUT, Figures, mb, spread_text, table


def startup(figures: Figures) -> str:
    started = figures.get("startup")
    if not started:
        return LEFT_OUT
    first, again = started["first"], started["again"]
    rows = [
        ("a new template", f"{number_text(first['first_line_s'])} s", f"{number_text(first['ready_s'])} s"),
        ("the same template again", spread_text(again["first_line_s"], "s"), spread_text(again["ready_s"], "s")),
    ]
    return table(["", "first line", "ready, with all workflows"], rows)


def waits(figures: Figures) -> str:
    load = figures.get("load")
    if not load:
        return LEFT_OUT
    rows = []
    for wait in load["waits"]:
        if "left_out" in wait:
            rows.append((f"{wait['waits']:,}", f"left out: {wait['left_out']}", "", "", "", "", ""))
            continue
        rows.append(
            (
                f"{wait['waits']:,}",
                f"{number_text(wait['start_all_s'])} s",
                mb(wait["server_rss_bytes"]),
                mb(wait["tree_rss_bytes"]),
                f"{wait['server_threads']} ({wait['server_threads_idle']} before)",
                f"{number_text(wait['resume_all_s'])} s",
                f"{wait['resumed_once']:,}",
            )
        )
    heads = [
        "runs that wait at the same time",
        "until all have suspended",
        "memory of the server",
        "with its functions' processes",
        "the server's threads",
        "until all are resumed",
        "resumed exactly once",
    ]
    return (
        "Each run suspends and creates its links. Once all runs wait, all links are opened, 32 at a time.\n\n"
        f"{table(heads, rows)}\n\n"
        "Memory is the kernel's resident set size; a page shared by several processes counts for each of them."
    )


def cost(figures: Figures) -> str:
    load = figures.get("load")
    if not load:
        return LEFT_OUT
    rows = [
        (
            when,
            spread_text(costs["server_cpu_ms_a_run"]),
            spread_text(costs["server_and_functions_cpu_ms_a_run"]),
            spread_text(costs["start_to_third_ms"]),
        )
        for when, costs in (
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
    return (
        table(["a three-step run", "CPU of the server", "with its functions' processes", "start to third step"], rows)
        + memory
    )
