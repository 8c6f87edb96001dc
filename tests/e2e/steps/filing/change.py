"""Adds a file to those of the step before. Dies afterwards if the body says so."""

import os
import tempfile
from pathlib import Path


def handler(pd):
    body = pd.steps["trigger"]["event"]["body"]
    found = Path("/tmp", body["name"]).read_text()
    with tempfile.NamedTemporaryFile("w", prefix="interlude-test-", delete=False) as file:
        file.write(found.upper())
    if body.get("dies"):
        os._exit(1)
    return {"found": found, "file": file.name}
