"""What is in this environment's /tmp."""

import os
from pathlib import Path


def read():
    return {path.name: path.read_text() for path in Path(os.environ["TMP_FOLDER"]).iterdir()}


def write(texts):
    for name, text in texts.items():
        Path(os.environ["TMP_FOLDER"], name).write_text(text)
