"""Auto-retry: when a failed step runs again, and what it exports until then."""

import json

from interlude import clock
from interlude.models import Cursor, Directive, Run, StepError
from interlude.pd.flow import Links
from interlude.run import payloads

RETRIES = 8
FIRST_MS = 140_000
"""Each delay is twice as long as the one before: all eight take 35,700 s, 5 minutes less than 10 h."""


def directive(run: Run, at: Cursor, origin: str) -> Directive | None:
    """The wait before the next attempt of a failed step; None if it won't be retried.

    A function that timed out or ran out of memory never gets here: it would most likely fail in the same way again.
    """
    from interlude.options import Options

    if at.failures >= RETRIES or not Options.known(run.options).retry:
        return None
    return Directive("retry", FIRST_MS * 2**at.failures, origin=origin)


def exports(text: str, error: StepError, at: Cursor, wait_ms: int, links: Links) -> str:
    """The exports of a failed attempt, as JSON text, with `$summary` and `$attempt` in them."""
    attempt = {
        "$summary": f"Failed with {error.type}; retry {at.failures + 1} of {RETRIES} follows.",
        "$attempt": {
            "error": {"type": error.type, "message": error.message, "traceback": error.traceback},
            "cancel_url": links["cancel_url"],
            "rerun_url": links["resume_url"],
            "resume_ts": clock.iso(clock.now_ms() + wait_ms),
        },
    }
    return payloads.to_text({**json.loads(text), **attempt})
