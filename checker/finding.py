"""One mistake, as one sentence. This module imports nothing of checker."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Finding:
    """`line` is 0 for a whole file; `logical_id` is the resource, if the mistake is in the template.

    `unusable` are the logical ids that would not run as intended, or would keep others from running.
    """

    file: Path
    line: int
    text: str
    logical_id: str = ""
    unusable: Collection[str] = ()

    def __str__(self) -> str:
        """One sentence."""
        place = str(self.file)
        if self.line:
            place += f", line {self.line}"
        if self.logical_id:
            place += f", {self.logical_id}"
        sentence = f"{place}: {self.text}"
        return "".join(sign if sign.isprintable() else "?" for sign in sentence)
