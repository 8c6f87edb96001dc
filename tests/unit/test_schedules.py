"""interlude.run.schedules: the timer event of a schedule's Input."""

import zoneinfo
from typing import Any

import pytest

from interlude.run.schedules import timer_event

UTC_0800 = {
    "date": {"day": 22, "month": 11, "year": 2026},
    "iso8601": {"date": "2026-11-22", "time": "08:00:00.000Z", "timestamp": "2026-11-22T08:00:00.000Z"},
    "metadata": {"day_name": "Sunday", "day_of_week": 7, "start_of_week": "2026-11-16"},
    "pretty": {"date": "November 22, 2026", "time": "8:00 AM", "time_24h": "08:00"},
    "time": {"hour": 8, "minute": 0, "second": 0, "millisecond": 0},
    "timezone": "UTC",
}


def at(time: Any, timezone: Any = None, **more: Any) -> Any:
    return timer_event({"interlude_schedule": {"time": time, "timezone": timezone, **more}})


def test_a_cron_schedule_shows_its_time_in_its_own_zone_and_in_utc():
    """Every field that a step may read, and the expression as the template has it."""
    event = at("2026-11-22T08:00:00Z", "America/New_York", cron="0 3 * * ? *", name="nightly")

    assert event == {
        "name": "nightly",
        "cron": "0 3 * * ? *",
        "timestamp": 1795334400,
        "timezone_configured": {
            "date": {"day": 22, "month": 11, "year": 2026},
            "iso8601": {
                "date": "2026-11-22",
                "time": "03:00:00.000-05:00",
                "timestamp": "2026-11-22T03:00:00.000-05:00",
            },
            "metadata": {"day_name": "Sunday", "day_of_week": 7, "start_of_week": "2026-11-16"},
            "pretty": {"date": "November 22, 2026", "time": "3:00 AM", "time_24h": "03:00"},
            "time": {"hour": 3, "minute": 0, "second": 0, "millisecond": 0},
            "timezone": "America/New_York",
        },
        "timezone_utc": UTC_0800,
    }


def test_an_interval_has_its_seconds_and_the_zone_utc():
    """A rate has no time zone, so that both are the same."""
    event = at("2026-11-22T08:00:00Z", interval_seconds=900)

    assert event["interval_seconds"] == 900
    assert event["timezone_configured"] == event["timezone_utc"] == UTC_0800


@pytest.mark.parametrize(
    ("time", "timestamp"),
    [
        ("2026-07-01T07:00:00Z", "2026-07-01T09:00:00.000+02:00"),
        ("2026-12-01T08:00:00Z", "2026-12-01T09:00:00.000+01:00"),
    ],
)
def test_the_offset_is_that_of_the_day(time: str, timestamp: str):
    """Nine in Berlin is nine in summer and in winter."""
    assert at(time, "Europe/Berlin")["timezone_configured"]["iso8601"]["timestamp"] == timestamp


@pytest.mark.parametrize(
    ("time", "pretty"),
    [("00:05", "12:05 AM"), ("11:59", "11:59 AM"), ("12:00", "12:00 PM"), ("23:07", "11:07 PM")],
)
def test_a_clock_of_twelve_hours_has_no_hour_zero(time: str, pretty: str):
    """Midnight and noon are twelve."""
    assert at(f"2026-11-22T{time}:00Z")["timezone_utc"]["pretty"]["time"] == pretty


def test_the_day_in_another_zone_may_be_another_day():
    """Late on Sunday in UTC, it is Monday in Tokyo, and another week."""
    event = at("2026-11-22T23:00:00Z", "Asia/Tokyo")

    assert event["timezone_configured"]["iso8601"]["date"] == "2026-11-23"
    assert event["timezone_configured"]["metadata"] == {
        "day_name": "Monday",
        "day_of_week": 1,
        "start_of_week": "2026-11-23",
    }
    assert event["timezone_utc"]["iso8601"]["date"] == "2026-11-22"


@pytest.mark.parametrize("zone", ["Nowhere/Atall", "../etc/passwd", "/etc/localtime", "Europe", "", 3, "a\0b"])
def test_a_zone_that_is_not_known_is_utc_and_says_so(zone: Any):
    """A name that Scheduler takes and this system does not know fails no run."""
    assert at("2026-11-22T08:00:00Z", zone)["timezone_configured"] == UTC_0800


def test_a_system_without_time_zones_has_utc(monkeypatch: pytest.MonkeyPatch):
    """The database is the operating system's, and may be missing."""

    def none(key: str) -> None:
        raise zoneinfo.ZoneInfoNotFoundError(key)

    monkeypatch.setattr(zoneinfo, "ZoneInfo", none)

    assert at("2026-11-22T08:00:00Z", "Europe/Berlin")["timezone_configured"] == UTC_0800


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        [],
        {},
        {"interlude_schedule": None},
        {"interlude_schedule": "daily"},
        {"interlude_schedule": {"cron": "0 9 * * ? *"}},
        {"interlude_schedule": {"time": "<aws.scheduler.scheduled-time>"}},
        {"interlude_schedule": {"time": 1795334400}},
        {"interlude_schedule": {"time": "0001-01-01T00:00:00Z", "timezone": "America/New_York"}},
        {"interlude_schedule": {"time": "2026-11-22T08:00:00Z"}, "and": "more"},
    ],
    ids=str,
)
def test_what_is_no_schedule_stays_as_it_is(value: Any):
    """An event of somebody else, and a schedule whose time was not filled in."""
    assert timer_event(value) == value
