"""Runs of several years: what they need is not deleted, neither by the table's TTL nor by the bucket's lifecycle rule.

The clock is set forward from timer to timer, and the tests delete what AWS would have deleted meanwhile.
"""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import moto.s3.models
import pytest
from samtranslator.yaml_helper import yaml_parse

from interlude import clock
from interlude.control import revival, runs, waits
from interlude.errors import WaitTaken
from interlude.models import Run
from interlude.run import links, writes
from interlude.settings import settings
from interlude.tmp import files
from interlude.turns import renewal
from tests.faults import stack, table
from tests.faults.play import _settle as settle
from tests.faults.running import Suite
from tests.faults.world import World

DAY_MS = 86_400_000
YEAR_MS = 365 * DAY_MS
TIMER_MS = 300 * DAY_MS
"""The longest wait within which no turn comes."""
LARGE = 70_000

TEMPLATE: Any = yaml_parse((stack.PROJECT / "template.yaml").read_text(encoding="utf-8"))
[RULE] = TEMPLATE["Resources"]["Payloads"]["Properties"]["LifecycleConfiguration"]["Rules"]
TTL = TEMPLATE["Resources"]["Runs"]["Properties"]["TimeToLiveSpecification"]["AttributeName"]

WHOLE = {"event": LARGE, "export": LARGE, "file": "written once", "sent": None}


class Years:
    """A stack whose time goes from timer to timer, and which loses what is due meanwhile."""

    def __init__(self, world: World, tmp: Path) -> None:
        self.world, self._tmp, self.run_id = world, tmp, ""
        self._invoke: Callable[[dict[str, Any]], Any] = world.machines.invoke
        world.machines.invoke = self._cold

    def _cold(self, payload: dict[str, Any]) -> Any:
        """Calls a function in an environment that is new: nothing in /tmp has outlived the wait."""
        shutil.rmtree(self._tmp)
        self._tmp.mkdir()
        files._environment.cache_clear()
        return self._invoke(payload)

    def start(self, **event: Any) -> None:
        event = {"falls": 0, "reruns": 0, **event, "filling": "e" * LARGE}
        self.run_id = runs.start("aging", event)
        settle(self.world)

    def pass_to(self, ms: int) -> None:
        """Goes on to this time, past all timers before it."""
        while resting := [each for each in self.world.machines.executions.values() if each.rests]:
            execution = min(resting, key=lambda each: each.until_ms)
            if execution.until_ms > ms:
                break
            self._let_go(execution.until_ms)
            self.world.time_out(execution)
            settle(self.world)
        self._let_go(ms)

    def to_the_end(self) -> None:
        while resting := [each for each in self.world.machines.executions.values() if each.rests]:
            self.pass_to(max(each.until_ms for each in resting))

    def _let_go(self, ms: int) -> None:
        """Deletes what TTL and lifecycle have deleted by then."""
        clock_of_world = self.world._clock
        clock_of_world.ms = max(clock_of_world.ms, ms)
        now_s = clock_of_world.ms // 1000
        table.restore([item for item in table.items() if TTL not in item or int(item[TTL]["N"]) >= now_s])
        for key, each in list(stack.objects().items()):
            if now_s - each.last_modified.replace(tzinfo=UTC).timestamp() >= RULE["ExpirationInDays"] * 86_400:
                stack.objects().pop(key)

    def click(self, wait: str, body: Any = None) -> waits.Ended:
        key = stack.items("RUN")[self.run_id, "RUN"]["url_key"]["S"]
        signature = links._sign(key, "resume", self.run_id, wait)
        ended = waits.end("resume", self.run_id, wait, signature, lambda: {"body": body})
        settle(self.world)
        return ended

    def view(self) -> dict[str, Any]:
        return runs.describe(self.run_id, "https://api.example")

    def step(self, name: str) -> dict[str, Any]:
        return next(dict(step) for step in self.view()["steps"] if step["name"] == name)

    def age_days(self) -> float:
        return (clock.now_ms() - clock.from_iso(self.view()["started_at"])) / DAY_MS


@pytest.fixture
def years(suite: Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Years]:
    world = suite.fresh()
    monkeypatch.setenv("TMP_FOLDER", str(tmp_path / "tmp"))
    monkeypatch.setenv("RETENTION_DAYS", "365")
    monkeypatch.setattr(
        moto.s3.models, "utcnow", lambda: datetime.fromtimestamp(clock.now_ms() / 1000, UTC).replace(tzinfo=None)
    )
    (tmp_path / "tmp").mkdir()
    settings.cache_clear()
    with monkeypatch.context() as patched:
        patched.setattr(world.machines, "invoke", world.machines.invoke)
        yield Years(world, tmp_path / "tmp")
    settings.cache_clear()
    files._environment.cache_clear()


def ended_whole(years: Years, **more: Any) -> None:
    """The run succeeded with all that it had, and can be read so until its record expires."""
    view = years.view()
    assert view["status"] == "succeeded", view["error"]
    assert years.step("unpack")["exports"]["$return_value"] == {**WHOLE, **more}

    years.pass_to(clock.now_ms() + 364 * DAY_MS)

    assert years.view() == view
    assert "$missing_object" not in str(view)


@pytest.mark.proof
def test_two_waits_of_a_year_each(years: Years):
    """With a large event, export and request, and a file that nobody has touched since."""
    years.start(suspend_ms=YEAR_MS, delay_ms=YEAR_MS, reruns=1)
    years.pass_to(clock.now_ms() + 364 * DAY_MS)
    years.click("0.1", {"large": "s" * LARGE})

    years.to_the_end()

    assert years.age_days() > 728
    assert years.step("stumble")["exports"]["$return_value"] == LARGE
    ended_whole(years, sent=LARGE)


@pytest.mark.proof
def test_many_waits_of_a_year_each(years: Years):
    """Six years, with a large context that is handed on."""
    years.start(delay_ms=YEAR_MS, reruns=6, large=True)

    years.to_the_end()

    assert years.age_days() >= 6 * 365
    assert years.step("repeat")["exports"]["$return_value"] == 6
    ended_whole(years)


@pytest.mark.proof
def test_a_poll_of_three_years(years: Years):
    """Once in 20 days, as a daily one takes long to play. Its first step is there at its end; old waits need not be."""
    years.start(delay_ms=20 * DAY_MS, reruns=55)
    years.pass_to(clock.now_ms() + 400 * DAY_MS)
    with pytest.raises(WaitTaken, match="This wait timed out at "):
        years.click("2.1")
    years.pass_to(clock.now_ms() + 600 * DAY_MS)

    assert (years.run_id, "WAIT#2.1") not in stack.items("WAIT#")
    with pytest.raises(WaitTaken, match="no longer waiting here"):
        years.click("2.1")

    years.to_the_end()
    assert years.age_days() >= 3 * 365
    ended_whole(years)


@pytest.mark.proof
def test_a_run_that_fails_every_year_and_is_retried(years: Years):
    """Each time on the last day of its retention. The request that its step was resumed with is there, too."""
    years.start(suspend_ms=YEAR_MS, falls=4)
    years.click("0.1", {"large": "s" * LARGE})
    for _ in range(4):
        assert years.view()["status"] == "failed"
        years.pass_to(clock.now_ms() + 364 * DAY_MS)
        revival.retry(years.run_id)
        settle(years.world)

    assert years.age_days() >= 4 * 364
    assert years.step("stumble")["exports"]["$return_value"] == LARGE
    ended_whole(years, sent=LARGE)


def test_a_run_that_is_stopped_late_in_its_second_wait_can_be_read(years: Years):
    """No turn comes at the end of that wait, which could renew anything: it was done when the wait began."""
    years.start(delay_ms=TIMER_MS, reruns=3)
    years.pass_to(clock.now_ms() + 599 * DAY_MS)
    waits.stop(years.run_id)
    settle(years.world)
    view = years.view()
    assert (view["status"], len(view["steps"][0]["exports"]["large"])) == ("cancelled", LARGE)

    years.pass_to(clock.now_ms() + 364 * DAY_MS)

    assert years.view() == view
    assert "$missing_object" not in str(view)


@pytest.mark.proof
def test_a_run_whose_execution_is_ended_late_in_its_second_wait_can_be_retried(years: Years):
    """A year later, still."""
    years.start(delay_ms=TIMER_MS, reruns=3)
    years.pass_to(clock.now_ms() + 599 * DAY_MS)
    [execution] = [each for each in years.world.machines.executions.values() if each.rests]
    years.world.machines._end(execution, "TIMED_OUT")
    settle(years.world)
    assert years.view()["status"] == "failed"
    years.pass_to(clock.now_ms() + 364 * DAY_MS)

    revival.retry(years.run_id)
    settle(years.world)
    years.to_the_end()

    ended_whole(years)


def test_what_is_not_renewed_is_lost(years: Years, monkeypatch: pytest.MonkeyPatch):
    """These tests can fail: the deletions are those of the template."""
    monkeypatch.setattr(renewal, "kept", lambda run, *_: run)
    years.start(delay_ms=YEAR_MS, reruns=3)

    years.to_the_end()

    assert years.view()["status"] == "failed"
    assert years.view()["trigger"]["event"].keys() == {"$missing_object"}


def test_a_short_run_renews_nothing(years: Years, monkeypatch: pytest.MonkeyPatch):
    """Not even one with a wait of a year: it compares two numbers."""
    kept = renewal.kept
    before_and_after: list[tuple[Run, Run]] = []

    def noted(run: Run, *given: Any) -> Run:
        before_and_after.append((run, kept(run, *given)))
        return before_and_after[-1][1]

    monkeypatch.setattr(renewal, "kept", noted)
    years.start(suspend_ms=YEAR_MS)
    years.to_the_end()

    assert years.view()["status"] == "succeeded"
    assert len(before_and_after) > 4
    assert all(before is after for before, after in before_and_after)


def test_three_constants_say_how_long_data_is_kept():
    """The bucket's rule, the state Begin, and the table's items."""
    begin = stack.definitions()["aging"]["States"]["Begin"]["Parameters"]["Item"]

    assert RULE["ExpirationInDays"] == int(begin["kept_days"]["N"]) == writes.KEPT_DAYS
    assert max(TEMPLATE["Parameters"]["RetentionDays"]["AllowedValues"]) == renewal.RETENTION_DAYS
