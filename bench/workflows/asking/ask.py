from hit import hit


def handler(pd):
    run = pd.steps["trigger"]["event"]["body"]["run"]
    links = pd.flow.suspend(24 * 60 * 60 * 1000)
    hit(run, "ask", {"method": "POST", "url": links["resume_url"], "body": {"answer": "yes"}})
    return {"step": 1}
