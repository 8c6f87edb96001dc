"""Speaks with Interlude over HTTP, as its users do. Called by the tests and their fixtures."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx

from tests.waiting import LIMIT_S, eventually

ENDED = ("succeeded", "failed", "cancelled")


class Interlude:
    """One stack: its workflows, its runs, and the mail that they have sent."""

    def __init__(
        self, base_url: str, auth: httpx.Auth | None = None, *, has_outbox: bool = True, log: Callable[[], str] = str
    ) -> None:
        self.base_url = base_url
        self.log = log
        self.has_outbox = has_outbox
        limits = httpx.Limits(max_connections=100)
        self.public = httpx.Client(timeout=LIMIT_S, limits=limits, trust_env=False)
        """For hooks and links: whoever has one may use it."""
        self.signed = httpx.Client(base_url=base_url, timeout=LIMIT_S, auth=auth, trust_env=False)
        """For everything else."""
        self.hooks = {each["name"]: each["hook_url"] for each in self.workflows()}

    def close(self) -> None:
        self.public.close()
        self.signed.close()

    def workflows(self) -> list[dict[str, Any]]:
        return self.signed.get("/workflows").raise_for_status().json()["workflows"]

    def start(self, workflow: str, body: Any = None, **request: Any) -> "Run":
        """Starts a run by the workflow's hook, with a JSON body unless `request` says otherwise."""
        if body is not None:
            request["json"] = body
        answer = self.public.request(request.pop("method", "POST"), self.hooks[workflow], **request)
        assert answer.status_code == 202, f"{answer.status_code} {answer.text}"
        return Run(self, answer.json()["run_id"])

    def mails(self) -> list[dict[str, str]]:
        return self.signed.get("/local/outbox").raise_for_status().json()["messages"]

    def test_step(self, workflow: str, step: str, **given: Any) -> dict[str, Any]:
        """What the test of one step answers."""
        answer = self.signed.post(f"/workflows/{workflow}/steps/{step}/test", json=given)
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        return answer.json()


class Run:
    """One run, as it is seen from outside."""

    def __init__(self, interlude: Interlude, run_id: str) -> None:
        self.interlude, self.id = interlude, run_id

    def get(self) -> dict[str, Any]:
        answer = self.interlude.signed.get(f"/runs/{self.id}")
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        return answer.json()

    def wait_until(self, wanted: Callable[[dict[str, Any]], Any], what: str) -> dict[str, Any]:
        """Polls until the run is as wanted. Fails at once where it has ended otherwise."""
        seen = eventually(self.get, lambda run: wanted(run) or run["status"] in ENDED, f"{self.id}: {what}")
        if not wanted(seen):
            # Once more: what is wanted may have come true together with the end.
            seen = self.get()
        assert wanted(seen), f"{self.id} is {seen['status']}, but not: {what}. {seen}"[:4000]
        return seen

    def until(self, status: str) -> dict[str, Any]:
        """The run when it has the status."""
        return self.wait_until(lambda run: run["status"] == status, status)

    def end(self) -> dict[str, Any]:
        """The run when it has ended, however it did."""
        return self.wait_until(lambda run: run["status"] in ENDED, "an end")

    def links(self) -> dict[str, str]:
        """Both links of the wait that the run is in, or gets into."""
        wait = self.until("paused")["wait"]
        return {"resume_url": wait["resume_url"], "cancel_url": wait["cancel_url"]}

    def mail(self) -> dict[str, str]:
        """The latest mail that tells of this run."""
        return eventually(
            lambda: [mail for mail in self.interlude.mails() if self.id in mail["text"]], bool, f"{self.id}: mail"
        )[-1]

    def resume(self, method: str = "POST", **request: Any) -> httpx.Response:
        return self.interlude.public.request(method, self.links()["resume_url"], **request)

    def cancel(self, method: str = "POST", **request: Any) -> httpx.Response:
        return self.interlude.public.request(method, self.links()["cancel_url"], **request)

    def stop(self) -> httpx.Response:
        return self.interlude.signed.post(f"/runs/{self.id}/cancel")

    def retry(self) -> httpx.Response:
        return self.interlude.signed.post(f"/runs/{self.id}/retry")


def lasted(run: dict[str, Any]) -> timedelta:
    """From the start of a run to its end."""
    return datetime.fromisoformat(run["ended_at"]) - datetime.fromisoformat(run["started_at"])


def step(run: dict[str, Any], name: str) -> dict[str, Any]:
    """One step in what GET /runs/{run_id} answered."""
    return next(each for each in run["steps"] if each["name"] == name)


def exports(run: dict[str, Any], name: str) -> dict[str, Any]:
    return step(run, name)["exports"]


def returned(run: dict[str, Any], name: str) -> Any:
    return exports(run, name)["$return_value"]
