"""Ends when two calls of it are as far, so that both have run before either is stored."""

from tests.workflow import outside


def handler(pd):
    mine = outside.count(pd, "race")
    if (pd.steps["trigger"]["event"] or {}).get("suspends"):
        pd.flow.suspend()
    outside.both.wait()
    return mine
