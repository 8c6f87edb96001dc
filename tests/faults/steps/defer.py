"""Waits by a timer that nothing can end early."""

from tests.faults import outside


def handler(pd):
    outside.ran(pd, "defer")
    pd.flow.delay(60_000)
