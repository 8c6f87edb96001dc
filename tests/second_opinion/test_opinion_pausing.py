"""The tests of how a run waits, on the other interpreter."""

import pytest

from tests.workflow.test_pausing import *  # noqa: F403

pytestmark = pytest.mark.proof
