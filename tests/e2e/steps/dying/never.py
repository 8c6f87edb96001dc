"""Must not be run."""


def handler(pd):
    return "this step ran"
