def handler(pd: "pipedream"):
    raise RuntimeError("This step is disabled.")
