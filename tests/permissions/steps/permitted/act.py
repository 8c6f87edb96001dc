"""Does what the event names, so that each permission of a step is used."""

import os
from pathlib import Path

import interlude.tmp.archive as archive

LARGE = "x" * 100_000
"""More than an item keeps."""
IN_PARTS = 9 * 1024 * 1024
"""More than goes into one request to S3."""


def handler(pd):
    event = pd.steps["trigger"]["event"]
    return globals()[(event.get("body") or event)["do"]](pd)


def nothing(pd):
    return None


def export_much(pd):
    return LARGE


def keep_file(pd):
    Path("/tmp/large").write_bytes(os.urandom(IN_PARTS))


def break_off(pd):
    """The second file can't be read when the first is half on its way."""
    keep_file(pd)
    Path("/tmp/unreadable").write_bytes(b"x")
    add = archive._add

    def add_or_break(tar, place, path, mode):
        if path == "unreadable":
            archive._add = add
            raise OSError("the disk is broken")
        add(tar, place, path, mode)

    archive._add = add_or_break


def use_store(pd):
    store = pd.inputs["store"]
    store["a"] = store["b"] = 1
    found = store["a"], sorted(store.keys())
    del store["a"]
    store.clear()
    return found


def mail(pd):
    pd.send.email(subject="It is done", text="It is done.")
    pd.send.email(subject="It is done", text="It is done.", to="customer@example.com")


def respond(pd):
    pd.respond({"status": 201, "body": "made"})


def fail(pd):
    body = pd.steps["trigger"]["event"]["body"]
    raise type(body.get("error", "Failed"), (Exception,), {})("told to")


def wait(pd):
    pd.flow.suspend()


def die(pd):
    os._exit(3)
