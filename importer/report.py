"""The report of an import, as a table for the terminal and as Markdown."""

import os
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from importer.workflow import Outcome, Remark

HEADINGS = {
    Outcome.IMPORTED: "Imported",
    Outcome.TRANSLATED: "Translated",
    Outcome.DECISION: "Needs a decision",
    Outcome.CANNOT_RUN: "Can't run",
    Outcome.LEFT_OUT: "Left out",
    Outcome.REPLACED: "Replaced",
}


@dataclass(frozen=True)
class Section:
    """The remarks on one workflow, or on all of them. `appendix` is JSON, for the Markdown only."""

    workflow: str
    folder: str
    remarks: tuple[Remark, ...]
    appendix: str = ""

    def in_order(self) -> list[Remark]:
        return sorted(self.remarks, key=lambda remark: list(Outcome).index(remark.outcome))


def table(sections: list[Section], width: int) -> str:
    """Three columns. Lines to write are below the remark that they belong to."""
    remarks = [remark for section in sections for remark in section.remarks]
    first = max((len(each.outcome.value) for each in remarks), default=0)
    second = min(max((len(each.where) for each in remarks), default=1), 32)
    room = max(width - first - second - 4, 40)
    lines: list[str] = []
    for section in sections:
        lines += ["", f"{section.workflow}  ({section.folder})"]
        for remark in section.in_order():
            where = textwrap.wrap(_printable(remark.where), second) or [""]
            what = textwrap.wrap(_printable(remark.what), room, break_long_words=False, break_on_hyphens=False)
            what += [f"  {_printable(line)}" for line in remark.write.splitlines()]
            rows = zip_longest([remark.outcome.value], where, what, fillvalue="")
            lines += [f"{outcome:<{first}}  {left:<{second}}  {right}".rstrip() for outcome, left, right in rows]
    return "\n".join(lines).lstrip("\n")


def markdown(sections: list[Section]) -> str:
    """The report as a file. Lines to write are below the table, where they are easy to copy."""
    lines = ["# Import from Pipedream", "", *_counts(sections)]
    for section in sections:
        lines += ["", f"## {section.workflow}", "", f"From `{section.folder}`.", ""]
        lines += ["| | where | what | write |", "| --- | --- | --- | --- |"]
        blocks: list[str] = []
        count = 0
        for each in section.in_order():
            reference = ""
            if each.write:
                count += 1
                reference = f"see ({count})"
                blocks += ["", f"({count}) {_cell(each.where)}:", _fenced(each.write)]
            lines.append(f"| {HEADINGS[each.outcome]} | {_cell(each.where)} | {_cell(each.what)} | {reference} |")
        lines += blocks
        if section.appendix:
            lines += ["", "Content of the file:", _fenced(section.appendix)]
    return "\n".join(lines) + "\n"


def _printable(text: str) -> str:
    """The text without control characters."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _counts(sections: list[Section]) -> Iterator[str]:
    yield "| | |"
    yield "| --- | --- |"
    for outcome, heading in HEADINGS.items():
        count = sum(remark.outcome is outcome for section in sections for remark in section.remarks)
        yield f"| {heading} | {count} |"


def _cell(text: str) -> str:
    escaped = re.sub(r"([|*`\[\]\\])", r"\\\1", text.replace("&", "&amp;").replace("<", "&lt;"))
    return " ".join(escaped.split())


def _fenced(text: str) -> str:
    """A code block whose fence is longer than any in the text."""
    fence = "`" * max([3, *(len(ticks) + 1 for ticks in re.findall("`+", text))])
    return f"\n{fence}\n{text}\n{fence}"


def say(text: str) -> None:
    """Prints text in the terminal's encoding, and stops quietly when the reader has closed the pipe."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        print(text.encode(encoding, "replace").decode(encoding), flush=True)
    except BrokenPipeError:
        # The interpreter flushes stdout once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
