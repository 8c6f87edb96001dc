"""Leaves all that a run can leave: a large export, a file in /tmp, and the links of a suspend if the event says so."""

import os
from pathlib import Path

LARGE = 70_000


def handler(pd):
    event = pd.steps["trigger"]["event"]
    Path(os.environ["TMP_FOLDER"], "note").write_text("written once")
    pd.export("large", "p" * LARGE)
    if event.get("suspend_ms"):
        pd.flow.suspend(event["suspend_ms"])
