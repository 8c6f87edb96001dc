"""Returns what is in the files of the steps before."""

from pathlib import Path


def handler(pd):
    body = pd.steps["trigger"]["event"]["body"]
    return [Path(path).read_text() for path in (f"/tmp/{body['name']}", pd.steps["change"]["$return_value"]["file"])]
