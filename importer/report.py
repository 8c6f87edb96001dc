"""The report, as a table for a terminal and as Markdown. Called by importing."""

import os
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

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
    """What there is to say of one workflow, or of all together. `appendix` is JSON in full, for Markdown only."""

    workflow: str
    folder: str
    remarks: tuple[Remark, ...]
    appendix: str = ""

    def in_order(self) -> list[Remark]:
        return sorted(self.remarks, key=lambda remark: list(Outcome).index(remark.outcome))


def table(sections: list[Section], width: int) -> str:
    """Three columns; what to write instead stands below what it is about."""
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
            for number in range(max(len(where), len(what))):
                outcome = remark.outcome.value if number == 0 else ""
                left = where[number] if number < len(where) else ""
                right = what[number] if number < len(what) else ""
                lines.append(f"{outcome:<{first}}  {left:<{second}}  {right}".rstrip())
    return "\n".join(lines).lstrip("\n")


def markdown(sections: list[Section]) -> str:
    """The same for a file; lines to write stand below the table, to be copied."""
    lines = ["# Import from Pipedream", "", *_counts(sections)]
    for section in sections:
        lines += ["", f"## {section.workflow}", "", f"From `{section.folder}`.", ""]
        lines += ["| | where | what | write |", "| --- | --- | --- | --- |"]
        blocks: list[str] = []
        for each in section.in_order():
            if each.write:
                blocks += ["", f"({len(blocks) // 3 + 1}) {_cell(each.where)}:", _fenced(each.write)]
            number = f"see ({len(blocks) // 3})" if each.write else ""
            lines.append(f"| {HEADINGS[each.outcome]} | {_cell(each.where)} | {_cell(each.what)} | {number} |")
        lines += blocks
        if section.appendix:
            lines += ["", "What the file holds:", _fenced(section.appendix)]
    return "\n".join(lines) + "\n"


def _printable(text: str) -> str:
    """Without what a terminal would obey."""
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
    fence = "`" * max(3, *(len(ticks) + 1 for ticks in re.findall("`+", text)), 3)
    return f"\n{fence}\n{text}\n{fence}"


def say(text: str) -> None:
    """Prints what any terminal can show, for as long as somebody reads it."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        print(text.encode(encoding, "replace").decode(encoding), flush=True)
    except BrokenPipeError:
        # The interpreter flushes once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
