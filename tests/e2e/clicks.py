"""Fifty clicks on one wait, half on each of its links, all at the same moment. Called by a test and by the bench."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from threading import Barrier
from typing import Any
from urllib.parse import urlsplit

from tests.waiting import LIMIT_S

from .client import Interlude

CLICKS = 50
STATUS = {"resumed": "succeeded", "cancelled": "cancelled"}


@dataclass(frozen=True)
class Clicked:
    """What came of them. `wrong` says what should not have come, and is empty."""

    run_id: str
    outcome: str
    codes: Counter[int]
    wrong: str


def fifty(stack: Interlude, workflow: str) -> Clicked:
    """Starts a run that suspends in its first step, clicks, and waits for the run's end."""
    run = stack.start(workflow, {"document": "The plan"})
    links = run.links()
    urls = [links["resume_url"], links["cancel_url"]] * (CLICKS // 2)
    together = Barrier(CLICKS)
    with ThreadPoolExecutor(CLICKS) as crowd:
        answers = list(crowd.map(lambda number: _click(urls[number], number, together), range(CLICKS)))
    ended = run.end()
    codes = Counter(code for code, _ in answers)
    winners = [number for number, (code, told) in enumerate(answers) if code == 200 and told["first"]]
    outcome = answers[winners[0]][1]["outcome"] if winners else ""
    return Clicked(run.id, outcome, codes, _wrong(answers, winners, ended))


def _click(url: str, number: int, together: Barrier) -> tuple[int, dict[str, Any]]:
    """A click on a connection of its own, which is open before anybody clicks."""
    parts = urlsplit(url)
    connection = (HTTPSConnection if parts.scheme == "https" else HTTPConnection)(parts.netloc, timeout=LIMIT_S)
    try:
        connection.connect()
        together.wait(LIMIT_S)
        connection.request("POST", parts.path, json.dumps({"click": number}), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def _wrong(answers: list[tuple[int, dict[str, Any]]], winners: list[int], ended: dict[str, Any]) -> str:
    if len(winners) != 1:
        return f"{len(winners)} clicks are told that they were first"
    first = answers[winners[0]][1]
    outcome, at = first["outcome"], first["at"]
    for number, (code, told) in enumerate(answers):
        agrees = (number % 2 == 0) == (outcome == "resumed")
        if agrees and (code, told.get("outcome"), told.get("at")) != (200, outcome, at):
            return f"click {number} is told {code} {told}, but the wait was {outcome} at {at}"
        if not agrees and not (code == 409 and f"{outcome} at {at}" in told["error"]):
            return f"click {number} is told {code} {told}, but the wait was {outcome} at {at}"
    asked, behind = ended["steps"]
    if (ended["status"], behind["runs"]) != (STATUS[outcome], int(outcome == "resumed")):
        return f"the wait was {outcome}, the run {ended['status']}, and the step behind ran {behind['runs']} times"
    sent = asked["exports"].get("$resume_data", {}).get("body")
    if outcome == "resumed" and sent != {"click": winners[0]}:
        return f"click {winners[0]} was first, and the step got {sent}"
    return ""
