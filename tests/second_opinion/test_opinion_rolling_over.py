"""The tests of runs that outlive their execution, on the other interpreter."""

from tests.workflow.test_rolling_over import *  # noqa: F403
