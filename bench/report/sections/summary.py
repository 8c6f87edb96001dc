"""The first part of the page: the machine, the main figures, and every comparison that Interlude loses."""

from bench.figures.cold_start import STEP, STEP_LINE
from bench.report.plots import number_text
from bench.report.sections.money import dearer
from bench.report.wording import LEFT_OUT, Figures, mb, ratio_text, row_of, spread_text, table, times

Row = tuple[str, str, str]
_LATENCIES = {"callback_to_next_ms": "callback to next step", "start_to_third_ms": "start to third step"}


def how_to_read(figures: Figures) -> str:
    small = " **This run used tiny sizes, to test the bench: its figures mean nothing.**" if figures["small"] else ""
    return f"Figures are medians with the quartiles in brackets. A ratio compares figures of one run.{small}"


def machine(figures: Figures) -> str:
    made = figures["machine"]
    here = (
        f"{made['processor']}, {made['cores']} cores, {made['memory_gib']} GiB, {made['system']}; "
        f"load average {made['load_average']} before the start"
    )
    versions = {"Interlude": made["commit"], "Python": made["python"], "SQLite": made["sqlite"], **made["versions"]}
    rows = [
        ("date", made["date"]),
        ("machine", here),
        ("versions", ", ".join(f"{name} {version}" for name, version in versions.items())),
        ("duration", f"{made['took_s'] / 60:.0f} minutes"),
    ]
    if figures["missing"]:
        rows.append(("not measured", "; ".join(f"{name}: {reason}" for name, reason in figures["missing"].items())))
    return "| | |\n| --- | --- |\n" + "\n".join(f"| {name} | {value} |" for name, value in rows)


def summary(figures: Figures) -> str:
    rows = [*_of_peers(figures), *_of_load(figures), *_of_cold_start(figures)]
    return table(["", "", "compared"], rows) if rows else LEFT_OUT


def _of_peers(figures: Figures) -> list[Row]:
    peers, load = figures.get("peers"), figures.get("load")
    rows: list[Row] = []
    for what, title in _LATENCIES.items():
        if peers and (own := row_of(peers["latencies"][what], "Interlude")):
            rows.append((title, spread_text(own["spread"]), ratio_text(own, "Restate's")))
        if load and (own := row_of(load["latencies_after"][what], "Interlude")):
            later = f"{title}, {load['finished_runs']:,} runs later"
            rows.append((later, spread_text(own["spread"]), ratio_text(own, "Restate's")))
    for burst in peers["bursts"] if peers else []:
        if own := row_of(burst["systems"], "Interlude"):
            rows.append((f"{burst['number']:,} runs at once", spread_text(own["all_ms"]), ratio_text(own, "Restate's")))
            rows.append(("slowest acceptance among them", spread_text(own["slowest_acceptance_ms"]), ""))
    return rows


def _of_load(figures: Figures) -> list[Row]:
    load = figures.get("load")
    if not load:
        return []
    before, after = load["before"]["server_cpu_ms_a_run"], load["after"]["server_cpu_ms_a_run"]
    change = f"{times(after['median'] / before['median'])} the first"
    rows = [
        ("server CPU of a three-step run", spread_text(before), ""),
        (f"the same, {load['finished_runs']:,} runs later", spread_text(after), change),
    ]
    if load["rss_bytes_a_finished_run"] is not None:
        kilobytes = f"{number_text(load['rss_bytes_a_finished_run'] / 1_000)} KB"
        rows.append(("growth of the server's memory per finished run", kilobytes, ""))
    for wait in load["waits"]:
        if "left_out" not in wait:
            used = f"{mb(wait['server_rss_bytes'])}, {wait['server_threads']} threads"
            once = f"{wait['resumed_once']:,} resumed once in {number_text(wait['resume_all_s'])} s"
            rows.append((f"{wait['waits']:,} waiting runs", used, once))
    return rows


def _of_cold_start(figures: Figures) -> list[Row]:
    own = row_of(figures.get("cold_start", {}).get("handlers", []), STEP_LINE)
    if not own:
        return []
    return [("cold start to a step's first line, CPU", spread_text(own["cpu_ms"]), ratio_text(own, "bare boto3's"))]


def worse(figures: Figures) -> str:
    """Every comparison that Interlude loses, in one list."""
    found = [*_slower(figures), *_colder(figures)]
    if counted := figures.get("money"):
        found += dearer(counted)
    if not found:
        return "Interlude is not slower or more expensive in any of these comparisons."
    return "**Where Interlude is slower or more expensive:**\n\n" + "\n".join(f"- {line}" for line in found)


def _slower(figures: Figures) -> list[str]:
    peers = figures.get("peers")
    if not peers:
        return []
    compared = [(title, peers["latencies"][what], "spread") for what, title in _LATENCIES.items()]
    compared += [(f"{burst['number']:,} runs at once", burst["systems"], "all_ms") for burst in peers["bursts"]]
    found = []
    for title, rows, key in compared:
        own = row_of(rows, "Interlude")
        faster = [
            f"{times(own[key]['median'] / row[key]['median'])} the time of {row['name']}"
            for row in rows
            if own and row[key]["median"] < own[key]["median"]
        ]
        found += [f"{title}: {'; '.join(faster)}"] if faster else []
    return found


def _colder(figures: Figures) -> list[str]:
    rows = figures.get("cold_start", {}).get("handlers", [])
    own = row_of(rows, STEP_LINE)
    faster = [
        f"{times(own['cpu_ms']['median'] / row['cpu_ms']['median'])} that of “{row['name']}”"
        for row in rows
        if own and row["cpu_ms"]["median"] < own["cpu_ms"]["median"] and row["name"] != STEP
    ]
    return [f"CPU of a cold start to a step's first line: {'; '.join(faster)}"] if faster else []
