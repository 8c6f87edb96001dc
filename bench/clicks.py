"""Fifty parallel clicks of both kinds on one wait, two hundred times, on a local server of our own."""

import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.e2e.clicks import CLICKS, fifty
from tests.e2e.client import Interlude
from tests.e2e.server import running, write_template

ROUNDS = 200


def run() -> None:
    outcomes: Counter[str] = Counter()
    codes: Counter[int] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        template = write_template(Path(folder) / "template.yaml", {})
        with running(template, Path(folder) / "log") as server:
            stack = Interlude(server.base_url)
            started = time.perf_counter()
            for _ in range(ROUNDS):
                clicked = fifty(stack, "clicked")
                ran = server.log.count(f"behind the wait of {clicked.run_id}")
                assert ran == (clicked.outcome == "resumed"), f"{clicked.run_id}: the step behind ran {ran} times"
                assert not clicked.wrong, f"{clicked.run_id}: {clicked.wrong}"
                outcomes[clicked.outcome] += 1
                codes += clicked.codes
            elapsed_s = time.perf_counter() - started
            stack.close()
    failed = sum(count for code, count in codes.items() if code >= 500)
    print(f"clicks: {ROUNDS} rounds of {CLICKS} in {elapsed_s:.0f} s, one winner in each: {dict(outcomes)}")
    print(f"clicks: answers by status {dict(sorted(codes.items()))}, of them 5xx: {failed}")
