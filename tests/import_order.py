"""Which way the imports of a package point, as the docstring of the package draws it. Called by tests of structure."""

import ast
import re
from pathlib import Path
from types import ModuleType

Place = tuple[int, int, int]


def imports(package: ModuleType, file: Path, modules: list[str]) -> set[str]:
    """The modules of a package that a file imports, of those named."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == package.__name__:
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and str(node.module).startswith(f"{package.__name__}."):
            found.add(str(node.module).split(".")[1])
    return found & set(modules)


def order(package: ModuleType) -> dict[str, Place]:
    """The place of each module in the package's docstring: its line, its chain in the line, its link in the chain."""
    lines = re.findall(r"^ {4}(?:\w+/)? *(\w.*?)(?: {2,}.*)?$", str(package.__doc__), re.MULTILINE)
    return {
        module: (line, chain, link)
        for line, text in enumerate(lines)
        for chain, links in enumerate(text.split(";"))
        for link, group in enumerate(links.split("<"))
        for module in re.findall(r"\w+", group)
    }


def below(package: ModuleType, module: str) -> set[str]:
    """What a module may import: the lines above its own, and in its own what comes before it in its chain."""
    places = order(package)
    line, chain, link = places[module]
    return {name for name, at in places.items() if at[0] < line or (at[:2] == (line, chain) and at[2] < link)}
