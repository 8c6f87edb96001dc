"""The trigger event of a run that a schedule started: a timer's event, as on Pipedream.

EventBridge Scheduler sends the Input from the template: `{"interlude_schedule": {"time", "timezone", …}}`. It is
converted whenever the event is read: the same Input always gives the same event.
"""

from datetime import UTC, datetime, tzinfo
from typing import Any

# A schedule in the template sends an input with only this key.
SCHEDULE_KEY = "interlude_schedule"

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def timer_event(value: Any) -> Any:
    """`{"cron" or "interval_seconds", "timestamp", "timezone_configured", "timezone_utc"}`, and the other fields of the
    schedule. Any other value, and a schedule without a time, is returned unchanged.
    """
    if not isinstance(value, dict) or value.keys() != {SCHEDULE_KEY}:
        return value
    given = value[SCHEDULE_KEY]
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
        if not moment.tzinfo:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _zone(name: Any) -> tuple[tzinfo, str]:
    """The time zone, and its name. A name that this system does not know becomes UTC."""
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
    half = "AM" if moment.hour < 12 else "PM"
    pretty = f"{moment.hour % 12 or 12}:{moment:%M} {half}"
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
