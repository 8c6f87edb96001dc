"""What the functions of the template are built with."""

from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

PROJECT = Path(__file__).parents[2]
FILES = sorted(PROJECT.glob("functions/*/requirements.txt"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_every_package_is_pinned_with_all_that_it_needs(file: Path):
    """Two builds of the same commit are the same code, so a deployment makes no version for a package's sake."""
    pinned = [Requirement(line) for line in file.read_text(encoding="utf-8").splitlines() if line]
    needed = {
        needs.name
        for one in pinned
        for needs in map(Requirement, metadata.requires(one.name) or [])
        if needs.marker is None or any(needs.marker.evaluate({"extra": extra}) for extra in one.extras or {""})
    }

    assert {str(one.specifier)[:2] for one in pinned} == {"=="}
    assert {name.lower().replace("_", "-") for name in needed} <= {one.name for one in pinned}
