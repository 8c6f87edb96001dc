"""A run's response to the caller of its hook, stored in the table until the API sends it."""

from contextlib import suppress

from interlude.aws import records, table
from interlude.aws.records import key
from interlude.aws.table import Lost
from interlude.models import Run, Stored
from interlude.run import writes


def keep(run_id: str, response: Stored) -> None:
    """Stores the response of a run. The first one stays."""
    with suppress(Lost):
        table.put(**writes.respond(run_id, response))


def look(run_id: str) -> tuple[Run | None, Stored | None]:
    """A run and its response, in one request; None for an item that does not exist yet."""
    items = {item["sk"]["S"]: item for item in table.get([key(run_id, "RUN"), key(run_id, "RESPONSE")])}
    run = records.run_of(items["RUN"]) if "RUN" in items else None
    response = records.response_of(items["RESPONSE"]) if "RESPONSE" in items else None
    return run, response
