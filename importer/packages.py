"""A workflow's requirements.txt, from imports and `# pipedream add-package` comments. Called by plan.

Pipedream finds packages with pipreqs, so that its table of import names is the one to use here.
"""

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from importer.code import Findings

# In every Lambda function: boto3 and what it needs, and the runtime's own.
IN_LAMBDA = {"boto3", "botocore", "interlude", "urllib3", "s3transfer", "jmespath", "dateutil", "six"}
# Many packages share these names, so that the name alone says nothing of the package.
NAMESPACES = {"google", "azure"}

_REQUIREMENT = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:\[[\w, -]+\])?\s*(?:(?:===?|~=|!=|[<>]=?)\s*[\w.*+!-]+\s*,?\s*)*"
)


@dataclass(frozen=True)
class Packages:
    """`lines` of a requirements.txt; imports whose package has another name, is a guess, or is not known; and so on."""

    lines: tuple[str, ...]
    renamed: tuple[str, ...]
    guessed: tuple[str, ...]
    unknown: tuple[str, ...]
    unclear: tuple[str, ...]
    in_lambda: tuple[str, ...]
    conflicts: tuple[str, ...]


def find(findings: Iterable[Findings], siblings: set[str], given: str = "") -> Packages:
    """What a workflow needs. `siblings` are the modules of its own folder, `given` is a requirements.txt of its own."""
    found, finder = list(findings), _Finder(given)
    for each in found:
        for comment in each.added:
            finder.add_comment(comment)
    finder.added = set(finder.lines)
    for module in sorted({name for each in found for name in each.modules}):
        top = module.partition(".")[0]
        if top not in sys.stdlib_module_names and top not in siblings and top != "pipedream":
            finder.add_import(module, top)
    return finder.result({normal(package) for each in found for package in each.removed})


def missing(packages: Packages, text: str) -> list[str]:
    """The lines whose packages another requirements.txt does not name."""
    named = {normal(line) for line in text.splitlines()}
    return [line for line in packages.lines if normal(line) not in named]


class _Finder:
    """Collects the lines, by the names of their packages. `added` are those that somebody has named."""

    def __init__(self, given: str) -> None:
        lines = (line for line in given.splitlines() if line.strip() and not line.startswith("#"))
        # A line may be an option, which names no package.
        self.lines = {normal(line) or line: line for line in lines}
        self.added: set[str] = set()
        self.renamed: set[str] = set()
        self.guessed: set[str] = set()
        self.unknown: set[str] = set()
        self.unclear: set[str] = set()
        self.in_lambda: set[str] = set()
        self.conflicts: set[str] = set()

    def add_comment(self, comment: str) -> None:
        # "pip install x" is what people write, too.
        words = [comment] if _REQUIREMENT.fullmatch(comment) else comment.removeprefix("pip install ").split()
        if not all(map(_REQUIREMENT.fullmatch, words)):
            self.unclear.add(comment)
            return
        for package in words:
            there = self.lines.setdefault(normal(package), package)
            # The same package may be named in several steps, and pinned in one.
            if normal(there) == there.strip().lower().replace("_", "-"):
                self.lines[normal(package)] = package
            elif package != there and normal(package) != package.lower().replace("_", "-"):
                self.conflicts.add(f"{package} beside {there}")

    def add_import(self, module: str, top: str) -> None:
        if top in IN_LAMBDA:
            self.in_lambda.add(top)
        elif top in NAMESPACES and not module.startswith("google.protobuf"):
            if not any(package.startswith(f"{top}-") for package in self.added):
                self.unknown.add(".".join(module.split(".")[:3]))
        elif top in mapping():
            self.lines.setdefault(normal(mapping()[top]), mapping()[top])
            if mapping()[top] != top:
                self.renamed.add(f"{top} is {mapping()[top]}")
        elif not _brought(top, self.added):
            self.guessed.add(top)
            self.lines.setdefault(normal(top), top)

    def result(self, removed: set[str]) -> Packages:
        kept = {name: line for name, line in self.lines.items() if name not in removed}
        longest = {name for name in self.unknown if not any(other.startswith(f"{name}.") for other in self.unknown)}
        return Packages(
            lines=tuple(kept[name] for name in sorted(kept)),
            renamed=tuple(sorted(self.renamed)),
            guessed=tuple(sorted(name for name in self.guessed if normal(name) in kept)),
            unknown=tuple(sorted(longest)),
            unclear=tuple(sorted(self.unclear)),
            in_lambda=tuple(sorted(self.in_lambda)),
            conflicts=tuple(sorted(self.conflicts)),
        )


def normal(requirement: str) -> str:
    """A package's name as indexes compare it."""
    name = re.split(r"[^A-Za-z0-9._-]", requirement.strip(), maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def mapping() -> dict[str, str]:
    """The package of each import whose name differs from it, as pipreqs knows them."""
    text = resources.files("pipreqs").joinpath("mapping").read_text(encoding="utf-8")
    pairs = (line.strip().split(":", 1) for line in text.splitlines() if ":" in line)
    # A package that differs from its import in nothing that counts is called like it, as people write it.
    return {
        module: module if normal(package) == normal(module) else package.replace("_", "-") for module, package in pairs
    }


def _brought(top: str, added: set[str]) -> bool:
    """Whether a comment's package is likely to bring the import: pinecone_plugins by pinecone-plugin-assistant."""
    name = normal(top)
    first = name.split("-", maxsplit=1)[0]
    return any(package == name or (package.split("-")[0] == first and len(first) > 2) for package in added)
