"""Which way the imports of a package point, as the docstring of the package draws it. Called by tests of structure."""

import re
from types import ModuleType

Place = tuple[int, int, int]


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
