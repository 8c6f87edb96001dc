"""The tests of steps that are run again when they fail, on the other interpreter."""

import pytest

from tests.workflow.test_retrying import *  # noqa: F403

pytestmark = pytest.mark.proof
