"""A copy of the project that a test makes a mistake in."""

from pathlib import Path

from checker.checking import check

ROOT = Path(__file__).parents[2]


class Project:
    """A project with the real template, and with its samples as they are."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.template = folder, folder / "template.yaml"

    def replace(self, before: str, after: str, within: str = "") -> None:
        """Changes the one place of the template where a text stands, or the first one in a resource."""
        text = self.template.read_text(encoding="utf-8")
        start = text.index(within)
        assert text.count(before) == 1 or (within and before in text[start:]), text.count(before)
        self.template.write_text(text[:start] + text[start:].replace(before, after, 1), encoding="utf-8")

    def write(self, file: str, text: str) -> None:
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def line(self, text: str, after: str = "") -> int:
        """The line on which a text stands first, or first after another one."""
        whole = self.template.read_text(encoding="utf-8")
        return whole[: whole.index(text, whole.index(after))].count("\n") + 1

    def block(self, workflow: str) -> str:
        """The resources of a sample, as they stand in the template."""
        text = self.template.read_text(encoding="utf-8")
        begin, end = f"  # interlude: begin {workflow},", f"\n  # interlude: end {workflow}\n"
        section = text[text.index(begin) : text.index(end)]
        return section.split("\n", 1)[1]

    def add(self, block: str) -> None:
        """Puts resources before what all workflows share."""
        mark = "  # ---- What all workflows share"
        self.replace(mark, f"{block}\n\n{mark}")

    def findings(self) -> list[str]:
        """What the check says, without the folder that the project is in."""
        return [str(each).replace(f"{self.folder}/", "") for each in check(self.template)]

    def unusable(self) -> set[str]:
        return {logical_id for each in check(self.template) for logical_id in each.unusable}
