"""The tests of how a run ends, on the other interpreter."""

import pytest

from tests.workflow.test_ending import *  # noqa: F403

pytestmark = pytest.mark.proof
