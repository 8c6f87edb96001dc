"""Exports what the wait before it ended with."""

from tests.faults import outside


def handler(pd):
    outside.ran(pd, "tell")
    return {"resume": pd.context["resume"]}
