import logging
import os
import threading

AT_IMPORT = os.environ["API_KEY"]
print("at import:", AT_IMPORT)


def handler(pd):
    app, seen = pd.inputs["app"], pd.inputs["seen"]
    print("account:", app)
    logging.getLogger().warning("key %s", AT_IMPORT)
    thread = threading.Thread(target=print, args=("thread:", app["$auth"]["refresh"][0]))
    thread.start()
    thread.join()
    seen["count"] = seen.get("count", 0) + 1
    pd.flow.suspend()
    pd.export("account", app)
    pd.export("length_at_import", len(AT_IMPORT))
    return {"text": pd.inputs["text"], "length": len(app["$auth"]["oauth_access_token"]), "count": seen["count"]}
