"""Returns what has arrived, in short."""


def handler(pd):
    carried = pd.steps["carry"]
    return {name: _in_short(value) for name, value in carried.items()}


def _in_short(value):
    return {"length": len(value), "same": value == "é" * len(value)} if isinstance(value, str) else value
