"""The tests of runs that outlive their execution, on the other interpreter."""

import pytest

from tests.workflow.test_rolling_over import *  # noqa: F403

pytestmark = pytest.mark.proof
