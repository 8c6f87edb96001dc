"""What the caller of a run's hook is answered, in the table until the API hands it on. Called by `responses` and
`awaiting`.
"""

from contextlib import suppress

from interlude.aws import records, table
from interlude.aws.records import key
from interlude.aws.table import Lost
from interlude.models import Run, Stored
from interlude.run import writes


def keep(run_id: str, response: Stored) -> None:
    """Keeps what the caller of a run's hook is answered. Whatever was kept first stays."""
    with suppress(Lost):
        table.put(**writes.respond(run_id, response))


def look(run_id: str) -> tuple[Run | None, Stored | None]:
    """How a run stands, and what it has answered, in one request; None for what is not there yet."""
    items = {item["sk"]["S"]: item for item in table.get([key(run_id, "RUN"), key(run_id, "RESPONSE")])}
    run, response = items.get("RUN"), items.get("RESPONSE")
    return records.run_of(run) if run else None, records.response_of(response) if response else None
