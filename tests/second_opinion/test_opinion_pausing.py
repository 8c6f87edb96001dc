"""The tests of how a run waits, on the other interpreter."""

from tests.workflow.test_pausing import *  # noqa: F403
