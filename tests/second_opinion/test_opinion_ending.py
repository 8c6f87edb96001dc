"""The tests of how a run ends, on the other interpreter."""

from tests.workflow.test_ending import *  # noqa: F403
