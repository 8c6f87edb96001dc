"""Hands out links, and ends the run all the same."""

from tests.faults import outside


def handler(pd):
    outside.ran(pd, "leave")
    links = pd.flow.suspend(60_000)
    pd.flow.exit("nobody is asked")
    return links
