"""Exports how much is left of all that the run has had."""

import os
from pathlib import Path


def handler(pd):
    event, pack = pd.steps["trigger"]["event"], pd.steps["pack"]
    sent = (pack.get("$resume_data") or {}).get("body")
    return {
        "event": len(event["filling"]),
        "export": len(pack["large"]),
        "file": Path(os.environ["TMP_FOLDER"], "note").read_text(),
        "sent": sent and len(sent["large"]),
    }
