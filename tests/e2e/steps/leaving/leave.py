"""Leaves behind what its event says, for the next run in its process."""

import os

FOREIGN = {
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
    "AWS_ACCESS_KEY_ID": "foreign",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "NO_PROXY": "",
    "no_proxy": "",
}


def handler(pd):
    leaves = pd.steps["trigger"]["event"]["body"]["leaves"]
    found = [name for name, value in FOREIGN.items() if os.environ.get(name) == value]
    if leaves == "variables":
        os.environ.update(FOREIGN)
    if leaves == "child" and not os.fork():
        return "the child's"
    # Too large for the table, so that it goes to S3.
    return {"found": found, "pid": os.getpid(), "large": "x" * 100_000}
