"""Keeps the data of an active run, however old the run is.

As a fallback, the table's TTL and the bucket's lifecycle rule delete items and objects of a run `writes.KEPT_DAYS`
after they were written. A run may live longer than that. So each turn checks whether all data is kept for as long as it
may be needed, and renews it if not. Most runs end before.
"""

from contextlib import suppress
from dataclasses import replace

from interlude import clock
from interlude.aws import bucket, records, table
from interlude.aws.table import Lost
from interlude.models import Call, Run, Step, Stored, Wait
from interlude.run import payloads, store, writes
from interlude.tmp import archive, files

RETENTION_DAYS = 365
"""The maximum of the parameter RetentionDays. It may be raised while the run waits."""
MARGIN_DAYS = 30
"""For the steps between two pauses, for retries, and for differences between clocks."""
NEEDED_S = (RETENTION_DAYS + MARGIN_DAYS) * clock.DAY_S
"""How long data is needed after the end of a wait, or after a turn: the run may end then, and be read and retried."""


def kept(run: Run, call: Call, until_ms: int, *waits: str) -> Run:
    """Makes sure that the run's data is kept for as long as it is needed after `until_ms`. Raises RunOver.

    `waits` are those whose requests are still needed. Safe to repeat if a call died half-way.
    """
    if until_ms // 1000 + NEEDED_S <= run.kept_until:
        return run
    kept_until = writes.kept_until()
    steps = store.steps(run.run_id)
    ended = store.waits(run.run_id, [wait for wait in waits if wait])
    _renew_items(run.run_id, steps, ended, kept_until)
    bucket.renew(_objects(run, call, steps, ended))
    # Last, because later turns rely on this note.
    store.note_renewal(run.run_id, call.at.turn, kept_until)
    return replace(run, kept_until=kept_until)


def _renew_items(run_id: str, steps: list[Step], waits: list[Wait], kept_until: int) -> None:
    sort_keys = [*(records.step_key(step.index) for step in steps), *(records.wait_key(wait.wait) for wait in waits)]
    for sort_key in sort_keys:
        with suppress(Lost):  # deleted in the meantime
            table.update(**writes.renewal(run_id, sort_key, kept_until))


def _objects(run: Run, call: Call, steps: list[Step], waits: list[Wait]) -> dict[str, str]:
    """The content type of each object that the run needs, by its key."""
    values = [Stored(key=payloads.event_key(run.run_id, run.trigger))]
    for step in steps:
        values += [value for value in (step.exports, step.context, step.next_context, step.resume_data) if value]
    values += [wait.request for wait in waits if wait.request]
    objects = {value.key: payloads.CONTENT_TYPE for value in values if value.key}
    if call.at.files:
        objects[files.key(run.run_id, call.at.files)] = archive.CONTENT_TYPE
    return objects
