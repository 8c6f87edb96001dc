def handler(pd):
    pd.respond({"status": 201, "body": {"made": True}})
