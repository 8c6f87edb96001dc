"""Writes a file to /tmp, with a program that it starts, and pauses if the body says so."""

import os
import subprocess
import tempfile
from pathlib import Path

AT_IMPORT = Path("/tmp/from-import")
AT_IMPORT.write_text("cache")


def handler(pd):
    body = pd.steps["trigger"]["event"]["body"]
    found = sorted(path.name for path in Path("/tmp").iterdir())
    subprocess.run(["sh", "-c", f"printf %s '{body['text']}' > /tmp/{body['name']}"], check=True)  # noqa: S603, S607  # what the test says
    if body.get("suspends"):
        pd.flow.suspend()
    return {"found": found, "folder": tempfile.gettempdir(), "user": os.getuid(), "cwd": str(Path.cwd())}
