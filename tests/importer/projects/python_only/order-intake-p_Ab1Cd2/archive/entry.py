def handler(pd: "pipedream"):
    raise RuntimeError("A step after the end of the workflow does not run.")
