"""The marked section of a workflow in the text of a template.

The first mark has a digest of the lines between the two, which shows an edit by hand.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sync.errors import Refused

_MARK = re.compile(r"\s*# interlude: (?P<side>begin|end) (?P<workflow>[^\s,]+)(?:, digest (?P<digest>[0-9a-f]{12})\b)?")


@dataclass(frozen=True)
class Section:
    """`begin` and `end` are the indexes of the lines with its marks; `body` is what lies between."""

    workflow: str
    begin: int
    end: int
    digest: str
    body: str

    @property
    def is_edited(self) -> bool:
        """Whether its body is not what was written."""
        return self.digest != digest(self.body)

    @property
    def lines(self) -> range:
        return range(self.begin, self.end + 1)


@dataclass(frozen=True)
class _Mark:
    index: int
    side: str
    workflow: str
    digest: str


def find(lines: Sequence[str], name: str) -> dict[str, Section]:
    """The sections by their workflows. Raises Refused for marks without their other one."""
    sections: dict[str, Section] = {}
    begin: _Mark | None = None
    for mark in _marks(lines):
        if mark.side == "begin":
            _check_begin(mark, begin, sections, name)
            begin = mark
        elif begin is None or begin.workflow != mark.workflow:
            raise _refusal(mark, f"The section of {mark.workflow} ends, but does not begin", mark.workflow, name)
        else:
            body = "".join(lines[begin.index + 1 : mark.index])
            sections[mark.workflow] = Section(mark.workflow, begin.index, mark.index, begin.digest, body)
            begin = None
    if begin:
        raise _refusal(begin, f"The section of {begin.workflow} does not end", begin.workflow, name)
    return sections


def write(workflow: str, body: str, indent: str, newline: str) -> str:
    """The section's text, both marks included."""
    begin = f"{indent}# interlude: begin {workflow}, digest {digest(body)}: edit functions/{workflow}/workflow.yaml"
    end = f"{indent}# interlude: end {workflow}"
    return begin + newline + body + end + newline


def digest(body: str) -> str:
    """The same for all ends of lines: git may change these."""
    text = "\n".join(body.splitlines())
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _marks(lines: Sequence[str]) -> Iterator[_Mark]:
    for index, line in enumerate(lines):
        match = _MARK.match(line)
        if match:
            yield _Mark(index, match["side"], match["workflow"], match["digest"] or "")


def _check_begin(mark: _Mark, outer: _Mark | None, sections: dict[str, Section], name: str) -> None:
    if outer:
        text = f"The section of {mark.workflow} begins inside the one of {outer.workflow}"
        raise _refusal(mark, text, outer.workflow, name)
    if mark.workflow in sections:
        first = sections[mark.workflow].begin + 1
        raise Refused(
            f"{name}, line {mark.index + 1}: {mark.workflow} has a section at line {first} already; each workflow may "
            "have one."
        )


def _refusal(mark: _Mark, text: str, workflow: str, name: str) -> Refused:
    form = f"it must lie between '# interlude: begin {workflow}' and '# interlude: end {workflow}'"
    return Refused(f"{name}, line {mark.index + 1}: {text}; {form}.")
