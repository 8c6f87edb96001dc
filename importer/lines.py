"""On which lines of a template what stands. Called by template.

A round trip through a YAML library would change quotes and indentation, so that text is cut and moved as it is.
"""

import re
from collections.abc import Collection

from ruamel.yaml.comments import CommentedMap

# What YAML takes for the end of a line; str.splitlines knows more.
_LINE = re.compile("[^\n\r\x85\u2028\u2029]*(?:\r\n|[\n\r\x85\u2028\u2029])|[^\n\r\x85\u2028\u2029]+$")


def split(text: str) -> list[str]:
    """With their ends."""
    return _LINE.findall(text)


def starts(node: CommentedMap) -> dict[str, int]:
    """The line of each key that stands in a node, and does not only come from another."""
    return {str(key): at[0] for key, at in node.lc.data.items()}


def column(node: CommentedMap) -> int:
    return int(next(iter(node.lc.data.values()))[1])


def is_between(line: str, indent: int) -> bool:
    """Whether it belongs to nothing before it: an empty line, or a comment that is not indented more."""
    text = line.strip()
    return not text or (text.startswith("#") and len(line) - len(line.lstrip()) <= indent)


def others(lines: list[str], node: object, own: Collection[str], end: int, at: int) -> str:
    """The keys of a node that ends before a line, without those that are `own`, moved to the column `at`."""
    if not isinstance(node, CommentedMap) or not node.lc.data or node.fa.flow_style():
        return ""
    begin, left = starts(node), column(node)
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
