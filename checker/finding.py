"""One mistake, as one sentence. Made by all rules; imports nothing of checker."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Finding:
    """`file` and `line`, 0 for a whole file; `logical_id` of the resource that it is about, if it is in the template.

    `unusable` are the logical ids that would run otherwise than they are meant, or keep others from running.
    """

    file: Path
    line: int
    text: str
    logical_id: str = ""
    unusable: Collection[str] = ()

    def __str__(self) -> str:
        """One sentence."""
        line = f", line {self.line}" if self.line else ""
        about = f", {self.logical_id}" if self.logical_id else ""
        sentence = f"{self.file}{line}{about}: {self.text}"
        return "".join(sign if sign.isprintable() else "?" for sign in sentence)
