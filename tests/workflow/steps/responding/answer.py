def handler(pd):
    event = pd.steps["trigger"]["event"]
    if event.get("suspend"):
        pd.flow.suspend()
    else:
        pd.respond({"body": "first"})
        pd.respond({"body": "second"})
