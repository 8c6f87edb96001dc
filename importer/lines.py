"""Finds the lines of a template's resources and keys.

A round trip through a YAML library would change quotes and indentation, so text is cut and moved unchanged.
"""

import re
from collections.abc import Collection

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


def others(lines: list[str], node: object, own: Collection[str], end: int, at: int) -> str:
    """The text of a node that ends before the line `end`, without its `own` keys, moved to the column `at`."""
    if not isinstance(node, CommentedMap) or not node.lc.data or node.fa.flow_style():
        return ""
    begin = starts(node)
    left = column(node)
    text = ""
    for key in (key for key in begin if key not in own):
        first = begin[key]
        last = min((line for line in begin.values() if line > first), default=end)
        while last > first + 1 and is_between(lines[last - 1], left):
            last -= 1
        while is_between(lines[first - 1], left) and lines[first - 1].strip():
            first -= 1
        for line in lines[first:last]:
            kept = line[left:] if line[:left].isspace() else line.lstrip()
            text += f"{' ' * at}{kept}" if kept.strip() else "\n"
    return text
