"""Whether a workflow's requirements.txt provides the imports of its code, judged only by names."""

from collections.abc import Iterable
from pathlib import Path

from importer import packages
from importer.code import Findings
from importer.package_names import UNAVAILABLE


class Requirements:
    """The lines of a requirements.txt, beside code with these imports."""

    def __init__(self, file: Path, modules: Iterable[str]) -> None:
        self._file = file
        text = ""
        if file.is_file():
            text = file.read_text(encoding="utf-8-sig", errors="replace")
        lines = [each for line in text.splitlines() if (each := line.partition(" #")[0].strip()) and each[0] != "#"]
        given = [line for line in lines if not line.startswith("--hash")]
        # Another file, a URL or a folder may provide anything.
        self._lists_all = not any(line.startswith(("-", ".", "/")) or "://" in line for line in given)
        self._names = {packages.normal(line) for line in given}
        outside = [module for module in modules if packages.is_outside(module)]
        self._unused = {
            name for name in self._names if not any(self._wanted(module, {name}) == [] for module in outside)
        }

    def missing(self, module: str) -> str:
        """A sentence on a module without a package; else empty. A line that matches no import may provide any."""
        if not packages.is_outside(module) or not self._lists_all:
            return ""
        top = module.partition(".")[0]
        if top == "pipedream":
            return "It imports pipedream, which does not exist here; use pd."
        wanted = self._wanted(module, self._names)
        if not wanted or (self._unused and not packages.is_known(module)):
            return ""
        if top in UNAVAILABLE:
            return f"It imports {top}: {UNAVAILABLE[top]}."
        if not self._file.is_file():
            return f"It imports {module}, but {self._file} does not exist; it must have the line {wanted[0]}."
        return f"It imports {module}, which {self._file} does not provide; it must have the line {wanted[0]}."

    @staticmethod
    def _wanted(module: str, names: set[str]) -> list[str]:
        """The packages to list for a module, beside the named ones."""
        found = packages.find([Findings(modules={module}, added=sorted(names))], set())
        unlisted = [line for line in found.lines if packages.normal(line) not in names]
        unclear = [each.replace(".", "-") for each in found.unknown]
        return [*unlisted, *unclear, *(each for each, _ in found.unavailable)]
