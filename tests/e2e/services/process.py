"""Starts the outside service, and tells it what to do. Called by the fixtures."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.waiting import LIMIT_S


@dataclass(frozen=True)
class Service:
    """Where the service answers, and what may be asked of it."""

    base_url: str

    def job(self, name: str, done_after: int) -> str:
        """The status URL of a job that is DONE at the request with this number."""
        return f"{self.base_url}/job/{name}/{done_after}"

    def requests_for_job(self, name: str) -> int:
        """How often anybody has asked for the job's status."""
        return self._get(f"/count/{name}")["requests"]

    def keep(self, name: str) -> str:
        """The URL to POST links to that the service keeps until it is told to open one."""
        return f"{self.base_url}/keep/{name}"

    def call_back_at_once(self, name: str) -> str:
        """The URL to POST links to whose resume link the service opens before it answers."""
        return f"{self.base_url}/at_once/{name}"

    def cancel_at_once(self, name: str) -> str:
        """The URL to POST links to whose cancel link the service opens before it answers."""
        return f"{self.base_url}/cancel_at_once/{name}"

    def links(self, name: str) -> dict[str, str]:
        """The links that were POSTed; empty until they are."""
        return self._get(f"/links/{name}")

    def call_back(self, name: str, body: Any) -> dict[str, Any]:
        """Has the service POST the body to the resume link that it keeps. Returns the status and answer it got."""
        answer = httpx.post(f"{self.base_url}/call_back/{name}", json=body, timeout=LIMIT_S, trust_env=False)
        return answer.raise_for_status().json()

    def answer(self, name: str) -> dict[str, Any]:
        """The status and answer that the service's own call has got; empty until it has one."""
        return self._get(f"/answer/{name}")

    def _get(self, path: str) -> dict[str, Any]:
        return httpx.get(f"{self.base_url}{path}", timeout=LIMIT_S, trust_env=False).raise_for_status().json()


@contextmanager
def serving() -> Iterator[Service]:
    """The service until the block ends."""
    script = Path(__file__).with_name("outside.py")
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # our own script
        try:
            assert process.stdout
            line = process.stdout.readline()
            found = re.fullmatch(r"ready on (http://127\.0\.0\.1:\d+)\n", line)
            assert found, f"The service said {line!r}."
            yield Service(found[1])
        finally:
            process.kill()  # not SIGTERM, which a process ignores where its parent did
