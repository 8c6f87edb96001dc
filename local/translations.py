"""The translations of templates, kept: a start with a template that was translated before takes half a second less.

Called by template. Calls translation for what is new.
"""

import hashlib
import importlib.metadata
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from local.console import says_if_slow

Json = dict[str, Any]

_FOLDER = Path(__file__).parent / ".build" / "translations"
_KEPT = 20


def of(source: Json, path: Path, parameters: dict[str, str], region: str) -> Json:
    """CloudFormation of what a SAM template says, whose code is in S3. Raises LocalError, which names the path."""
    file = _FOLDER / f"{_digest(source, parameters, region)}.json"
    try:
        known: Json = json.loads(file.read_bytes())
    except (OSError, ValueError):
        pass
    else:
        return known
    with says_if_slow(f"Translating {path} to CloudFormation …"):
        from local.translation import translate

        translated = translate(source, path, parameters, region)
    _keep(translated, file)
    return translated


def _digest(source: Json, parameters: dict[str, str], region: str) -> str:
    """Of all that a translation depends on."""
    versions = [sys.version, *map(importlib.metadata.version, ("aws-sam-translator", "boto3"))]
    # Not sorted: the translator goes by the order. A date, which YAML makes of a version, is its text.
    text = json.dumps([versions, source, parameters, region], default=repr)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _keep(translated: Json, file: Path) -> None:
    """Writes the file at once as a whole. A folder that can't be written makes the next start slower, and no more."""
    try:
        _FOLDER.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=_FOLDER)
        with os.fdopen(handle, "w", encoding="utf-8") as output:
            json.dump(translated, output)
        Path(partial).replace(file)
        newest = sorted(_FOLDER.glob("*.json"), key=lambda each: each.stat().st_mtime, reverse=True)
        for each in newest[_KEPT:]:
            each.unlink(missing_ok=True)
    except OSError:
        return
