"""A workflow's requirements.txt, from imports and `# pipedream add-package` comments.

Pipedream finds packages with pipreqs, so this starts from the same table of import names.
"""

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from importer.code import Findings
from importer.package_names import BECAUSE, NAMESPACES, PACKAGES, UNAVAILABLE, brings, namespaced

# In every Lambda function: boto3 with its dependencies, and the runtime's own.
IN_LAMBDA = {"boto3", "botocore", "interlude", "urllib3", "s3transfer", "jmespath", "dateutil", "six"}

_REQUIREMENT = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:\[[\w, -]+\])?\s*(?:(?:===?|~=|!=|[<>]=?)\s*[\w.*+!-]+\s*,?\s*)*"
)


@dataclass(frozen=True)
class Packages:
    """`lines` of a requirements.txt; imports whose package has another name, is a guess, or is unknown; and so on.

    `conflicts` are the version that is used and the other one, `unavailable` modules and why no package is listed.
    """

    lines: tuple[str, ...]
    renamed: tuple[str, ...]
    guessed: tuple[str, ...]
    unknown: tuple[str, ...]
    unclear: tuple[str, ...]
    brought: tuple[str, ...]
    in_lambda: tuple[str, ...]
    conflicts: tuple[tuple[str, str], ...]
    unavailable: tuple[tuple[str, str], ...]


def find(findings: Iterable[Findings], siblings: set[str], given: str = "") -> Packages:
    """The packages of a workflow. `siblings` are the modules in its folder, `given` is its own requirements.txt."""
    found = list(findings)
    finder = _Finder(given)
    for each in found:
        for comment in each.added:
            finder.add_comment(comment)
    finder.added = set(finder.lines)
    modules = {name for each in found for name in each.modules}
    for top in sorted({module.partition(".")[0] for module in modules} - siblings - {"pipedream", *NAMESPACES}):
        if top in UNAVAILABLE or top not in sys.stdlib_module_names:
            finder.add_import(top)
    for module in sorted(namespaced(modules)):
        if module.partition(".")[0] not in siblings:
            finder.add_namespaced(module)
    return finder.result({normal(package) for each in found for package in each.removed})


def is_outside(module: str) -> bool:
    """Whether an import is neither in Python nor in every function."""
    top = module.partition(".")[0]
    return top in UNAVAILABLE or (top not in sys.stdlib_module_names and top not in IN_LAMBDA)


def is_known(module: str) -> bool:
    """Whether a table has the package of an import, so it is not a guess."""
    top = module.partition(".")[0]
    return top in PACKAGES or top in UNAVAILABLE or top in mapping()


def missing(packages: Packages, text: str) -> list[str]:
    """The lines whose packages another requirements.txt lacks."""
    named = {normal(line) for line in text.splitlines()}
    return [line for line in packages.lines if normal(line) not in named]


class _Finder:
    """Collects the lines, by the names of their packages. `added` are the packages that the user named."""

    def __init__(self, given: str) -> None:
        lines = (line for line in given.splitlines() if line.strip() and not line.startswith("#"))
        # A line may be an option, without a package's name.
        self.lines = {normal(line) or line: line for line in lines}
        self.added: set[str] = set()
        self.renamed: set[str] = set()
        self.guessed: set[str] = set()
        self.unknown: set[str] = set()
        self.unclear: set[str] = set()
        self.brought: set[str] = set()
        self.in_lambda: set[str] = set()
        self.conflicts: set[tuple[str, str]] = set()
        self.unavailable: set[tuple[str, str]] = set()

    def add_comment(self, comment: str) -> None:
        words = [comment]
        if not _REQUIREMENT.fullmatch(comment):
            # Some people write "pip install x".
            words = comment.removeprefix("pip install ").split()
        if not all(map(_REQUIREMENT.fullmatch, words)):
            self.unclear.add(comment)
            return
        for package in words:
            there = self.lines.setdefault(normal(package), package)
            # Several steps may name the same package, and one of them may pin it.
            if normal(there) == there.strip().lower().replace("_", "-"):
                self.lines[normal(package)] = package
            elif package != there and normal(package) != package.lower().replace("_", "-"):
                self.conflicts.add((there, package))

    def add_import(self, top: str) -> None:
        if top in IN_LAMBDA:
            self.in_lambda.add(top)
        elif top in PACKAGES:
            self._add_one_of(top, PACKAGES[top])
        elif top in UNAVAILABLE:
            if not self._is_brought(top):
                self.unavailable.add((top, UNAVAILABLE[top]))
        elif top in mapping():
            self._add_one_of(top, [mapping()[top]])
        elif not self._is_brought(top):
            self.guessed.add(top)
            self.lines.setdefault(normal(top), top)

    def _is_brought(self, top: str) -> bool:
        """Whether a named package probably includes the import: pinecone_plugins is in pinecone-plugin-assistant."""
        name = normal(top)
        found = [package for package in sorted(self.added) if package.startswith(f"{name.removesuffix('s')}-")]
        if found and name not in self.added:
            self.brought.add(f"{top} by {found[0]}")
        return bool(found) or name in self.added

    def add_namespaced(self, module: str) -> None:
        """Only a package named like the import provides it; the packages' common parts come with any of them."""
        known = next((name for name in PACKAGES if f"{module}.".startswith(f"{name}.")), "")
        if any(brings(package, module) for package in self.added):
            return
        if not known:
            self.unknown.add(module)
        elif "google-auth" not in PACKAGES[known] or not any(name.startswith("google-") for name in self.added):
            self._add_one_of(known, PACKAGES[known])

    def _add_one_of(self, module: str, packages: list[str]) -> None:
        """Adds the first one, unless the user named another."""
        if not self.added & {normal(package) for package in packages}:
            self.lines.setdefault(normal(packages[0]), packages[0])
            if normal(packages[0]) != normal(module):
                remark = f"{module} is {packages[0]}"
                if module in BECAUSE:
                    remark += f" ({BECAUSE[module]})"
                self.renamed.add(remark)

    def result(self, removed: set[str]) -> Packages:
        kept = {name: line for name, line in self.lines.items() if name not in removed}
        return Packages(
            lines=tuple(kept[name] for name in sorted(kept)),
            renamed=tuple(sorted(self.renamed)),
            guessed=tuple(sorted(name for name in self.guessed if normal(name) in kept)),
            unknown=tuple(sorted(self.unknown)),
            unclear=tuple(sorted(self.unclear)),
            brought=tuple(sorted(self.brought)),
            in_lambda=tuple(sorted(self.in_lambda)),
            conflicts=tuple(sorted(self.conflicts)),
            unavailable=tuple(sorted(self.unavailable)),
        )


def normal(requirement: str) -> str:
    """A package's name in the normal form of package indexes."""
    name = re.split(r"[^A-Za-z0-9._-]", requirement.strip(), maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def mapping() -> dict[str, str]:
    """The packages whose names differ from their imports, by import, from pipreqs."""
    text = resources.files("pipreqs").joinpath("mapping").read_text(encoding="utf-8")
    pairs = (line.strip().split(":", 1) for line in text.splitlines() if ":" in line)
    packages = {module: package.replace("_", "-") for module, package in pairs}
    # Where the normal forms are the same, the import's spelling is the usual one.
    return packages | {module: module for module, package in packages.items() if normal(package) == normal(module)}
