"""The lines of a YAML text: on which of them what stands, and how some are replaced."""

import re

from ruamel.yaml.comments import CommentedMap

# YAML's line ends; str.splitlines knows more.
_LINE = re.compile("[^\n\r\x85\u2028\u2029]*(?:\r\n|[\n\r\x85\u2028\u2029])|[^\n\r\x85\u2028\u2029]+$")


def split(text: str) -> list[str]:
    """The lines of a text, with their ends."""
    return _LINE.findall(text)


def starts(node: CommentedMap) -> dict[str, int]:
    """The line of each key that is written in a node itself, not merged from another one."""
    return {str(key): at[0] for key, at in node.lc.data.items()}


def column(node: CommentedMap) -> int:
    return int(next(iter(node.lc.data.values()))[1])


def is_between(line: str, indent: int) -> bool:
    """Whether a line is separate from the node before it: an empty line, or a comment that is not indented deeper."""
    text = line.strip()
    return not text or (text.startswith("#") and len(line) - len(line.lstrip()) <= indent)


class Edit:
    """A text of which some lines go, and which gets others. `lines` are those that it has, with their ends."""

    def __init__(self, text: str, newline: str) -> None:
        self.lines = split(text)
        if not self.lines[-1].endswith(("\n", "\r")):
            self.lines[-1] += newline
        self._gaps: set[int] = set()
        self._insertions: dict[int, str] = {}

    def remove(self, indexes: range) -> None:
        self._gaps.update(indexes)

    def insert(self, index: int, text: str) -> None:
        """Before the line of this index, and behind what was inserted there already."""
        self._insertions[index] = self._insertions.get(index, "") + text

    def text(self) -> str:
        parts: list[str] = []
        for index, line in enumerate(self.lines):
            parts.append(self._insertions.get(index, ""))
            if index not in self._gaps:
                parts.append(line)
        parts.append(self._insertions.get(len(self.lines), ""))
        return "".join(parts)
