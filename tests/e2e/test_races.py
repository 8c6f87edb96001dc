"""Many at once: a wait ends exactly once, and who comes later is told, never with a 5xx."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import httpx

from tests.waiting import LIMIT_S, eventually

from .clicks import fifty
from .client import Interlude, Run, exports, returned, step
from .server import Server


def at_once(run: Run, links: list[str]) -> list[httpx.Response]:
    """POSTs to all links at the same moment. Each click says which one it is."""
    together = Barrier(len(links))

    def click(number: int, link: str) -> httpx.Response:
        together.wait(LIMIT_S)
        return run.interlude.public.post(link, json={"click": number})

    with ThreadPoolExecutor(len(links)) as threads:
        return list(threads.map(click, range(len(links)), links))


def test_fifty_clicks_at_once_have_one_winner(approval: Run) -> None:
    """All are answered 200 with the same time, exactly one was first, and its data is what the next step gets."""
    answers = at_once(approval, [approval.links()["resume_url"]] * 50)

    assert Counter(answer.status_code for answer in answers) == {200: 50}
    assert len({answer.json()["at"] for answer in answers}) == 1
    winners = [number for number, answer in enumerate(answers) if answer.json()["first"]]
    assert len(winners) == 1
    run = approval.until("succeeded")
    assert exports(run, "ask")["$resume_data"]["body"] == {"click": winners[0]}
    assert [each["runs"] for each in run["steps"]] == [1, 1]
    assert run["credits"] == 2


def test_fifty_clicks_of_both_kinds_have_one_winner(own_steps: Interlude, server: Server) -> None:
    """25 on each link, five times: 200 for the winner's kind, 409 for the other, and the run agrees."""
    for _ in range(5):
        clicked = fifty(own_steps, "clicked")

        assert clicked.wrong == ""
        assert clicked.codes == {200: 25, 409: 25}
        ran = server.log.count(f"behind the wait of {clicked.run_id}")
        assert ran == {"resumed": 1, "cancelled": 0}[clicked.outcome]


def test_callbacks_at_once_cause_one_rerun(own_steps: Interlude) -> None:
    """Twenty callbacks for one wait: the step runs once more, with the first one's request."""
    run = own_steps.start("rerunning", {"scene": "keep_the_links", "ms": 600_000, "max_retries": 1})

    answers = at_once(run, [run.links()["resume_url"]] * 20)

    winners = [number for number, answer in enumerate(answers) if answer.json()["first"]]
    assert Counter(answer.status_code for answer in answers) == {200: 20}
    assert len(winners) == 1
    ended = run.until("succeeded")
    assert step(ended, "again")["runs"] == 2
    assert returned(ended, "again")["run"]["callback_request"]["body"] == {"click": winners[0]}


def test_a_click_at_the_deadline_is_either_in_time_or_too_late(own_steps: Interlude) -> None:
    """Clicks around the moment when the time is up: what the answer says is what has happened to the run."""
    offsets_ms = range(-600, 300, 75)

    def click(offset_ms: int) -> tuple[Run, httpx.Response, bool]:
        run = own_steps.start("pausing", {"scene": "suspend_for", "ms": 2000})
        seen = eventually(run.get, lambda run: exports(run, "pause"), "the pause")
        # On a busy machine the time may be up before the pause is seen.
        until_ns = round(datetime.fromisoformat(seen["wait"]["until"]).timestamp() * 1e9) if seen["wait"] else 0
        eventually(time.time_ns, lambda now: now >= until_ns + offset_ms * 1_000_000, "the deadline")
        answer = own_steps.public.post(returned(seen, "pause")["resume_url"], json={"offset_ms": offset_ms})
        return run, answer, time.time_ns() < until_ns

    with ThreadPoolExecutor(len(offsets_ms)) as threads:
        clicks = list(threads.map(click, offsets_ms))

    for offset_ms, (run, answer, early) in zip(offsets_ms, clicks, strict=True):
        ended = run.until("succeeded")
        assert [each["runs"] for each in ended["steps"]] == [1, 1]
        if answer.status_code == 200:
            assert answer.json()["first"] is True
            assert exports(ended, "pause")["$resume_data"]["body"] == {"offset_ms": offset_ms}
        else:
            assert answer.status_code in (409, 410), answer.text
            assert not early
            assert "$resume_data" not in exports(ended, "pause")


def test_links_and_stops_at_once_have_one_outcome(approval: Run) -> None:
    """Resume clicks against stops of the whole run: never a 5xx, and the run ends in one way."""
    link = approval.links()["resume_url"]
    together = Barrier(20)

    def act(number: int) -> int:
        together.wait(LIMIT_S)
        return (approval.interlude.public.post(link) if number % 2 else approval.stop()).status_code

    with ThreadPoolExecutor(20) as threads:
        codes = list(threads.map(act, range(20)))

    assert set(codes) <= {200, 409, 410}
    assert approval.end()["status"] in ("succeeded", "cancelled")


def test_twenty_starts_at_once_are_twenty_runs(interlude: Interlude) -> None:
    """Each start is a run of its own, and each of them ends."""
    with ThreadPoolExecutor(20) as threads:
        runs = list(threads.map(lambda _: interlude.start("counter", {"delay_ms": 0, "max_retries": 0}), range(20)))

    assert len({run.id for run in runs}) == 20
    assert {run.end()["status"] for run in runs} == {"succeeded"}
