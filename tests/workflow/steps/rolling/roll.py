"""Reruns three times at once, then waits for an hour."""


def handler(pd):
    pd.flow.rerun(0 if pd.context.run.runs < 4 else 3_600_000)
