"""Fails in its first call of a run."""

from tests.faults import outside


def handler(pd):
    if outside.ran(pd, "fail") == 1:
        raise ConnectionError("no answer")
    return "done"
