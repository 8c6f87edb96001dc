"""What a run that a schedule has started sees as its trigger event: a timer's event, as Pipedream gives it.

EventBridge Scheduler sends the Input that the template wrote: `{"interlude_schedule": {"time", "timezone", …}}`.
Called by payloads, whenever the event is read: the same Input always gives the same event.
"""

from datetime import UTC, datetime, tzinfo
from typing import Any

# An execution's input with this key alone is what a schedule in the template sends.
SCHEDULE_KEY = "interlude_schedule"

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def timer_event(value: Any) -> Any:
    """`{"cron" or "interval_seconds", "timestamp", "timezone_configured", "timezone_utc"}`, and whatever else the
    schedule was given. Any other value, and a schedule without a time, is answered as it is.
    """
    given = value.get(SCHEDULE_KEY) if isinstance(value, dict) and len(value) == 1 else None
    if not isinstance(given, dict) or (moment := _moment(given.get("time"))) is None:
        return value
    zone, name = _zone(given.get("timezone"))
    try:
        configured = _clock_face(moment.astimezone(zone), name)
    except OverflowError:  # the first and the last day of the calendar
        return value
    return {
        **{key: each for key, each in given.items() if key not in ("time", "timezone")},
        "timestamp": int(moment.timestamp()),
        "timezone_configured": configured,
        "timezone_utc": _clock_face(moment, "UTC"),
    }


def _moment(text: Any) -> datetime | None:
    """The time as Scheduler writes it, in UTC: 2026-11-22T18:00:00Z."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _zone(name: Any) -> tuple[tzinfo, str]:
    """The time zone of that name. A name that this system has no zone for is UTC, and says so."""
    if isinstance(name, str):
        from zoneinfo import ZoneInfo

        try:
            return ZoneInfo(name), name
        except (KeyError, ValueError, OSError):
            pass
    return UTC, "UTC"


def _clock_face(moment: datetime, zone: str) -> dict[str, Any]:
    monday = moment.toordinal() - moment.weekday()
    timestamp = moment.isoformat(timespec="milliseconds")
    if moment.tzinfo is UTC:
        timestamp = timestamp.replace("+00:00", "Z")
    pretty = f"{moment.hour % 12 or 12}:{moment:%M} {'AM' if moment.hour < 12 else 'PM'}"
    return {
        "date": {"day": moment.day, "month": moment.month, "year": moment.year},
        "iso8601": {
            "date": moment.date().isoformat(),
            "time": timestamp.partition("T")[2],
            "timestamp": timestamp,
        },
        "metadata": {
            "day_name": DAYS[moment.weekday()],
            "day_of_week": moment.isoweekday(),
            "start_of_week": datetime.fromordinal(max(1, monday)).date().isoformat(),
        },
        "pretty": {
            "date": f"{MONTHS[moment.month - 1]} {moment.day}, {moment.year}",
            "time": pretty,
            "time_24h": f"{moment:%H:%M}",
        },
        "time": {
            "hour": moment.hour,
            "minute": moment.minute,
            "second": moment.second,
            "millisecond": moment.microsecond // 1000,
        },
        "timezone": zone,
    }
