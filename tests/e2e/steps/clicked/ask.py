"""Suspends."""


def handler(pd):
    pd.flow.suspend()
