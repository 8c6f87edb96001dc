"""What makes new versions of a step, and what does not."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.deploys.deployments import Deployment, Deployments, deployed

FIRST = Deployment({"telling": {"tell": "def handler(pd): return 1"}, "resting": {"rest": "def handler(pd): return 1"}})
CHANGED = replace(FIRST, code={**FIRST.code, "telling": {"tell": "def handler(pd): return 2"}})


@pytest.fixture
def deployments(tmp_path: Path) -> Iterator[Deployments]:
    with deployed(tmp_path, FIRST) as deployments:
        yield deployments


def pinned(deployments: Deployments) -> tuple[str, str]:
    """The versions that a run of each workflow would be pinned to."""
    functions = deployments.stack.functions
    return functions["interlude-telling-tell"].version, functions["interlude-resting-rest"].version


def test_only_what_has_changed_gets_a_new_version(deployments: Deployments):
    """The same again changes nothing; other code changes its own step; going back is a version of its own; a parameter
    and the layer change every step, though no step's own lines in the template do.
    """
    seen = [pinned(deployments)]
    for deployment in (
        FIRST,
        CHANGED,
        FIRST,
        replace(FIRST, parameters={"RetentionDays": "60"}),
        replace(FIRST, parameters={"RetentionDays": "60"}, platform_version="2"),
    ):
        deployments.deploy(deployment)
        seen.append(pinned(deployments))

    assert seen == [("1", "1"), ("1", "1"), ("2", "1"), ("3", "1"), ("4", "2"), ("5", "3")]
    kept = {version for name, version in deployments.versions if name == "interlude-telling-tell"}
    assert kept == {"1", "2", "3", "4", "5"}
