"""Asks a person whether a document may be published, and waits for the answer."""

DAY_MS = 24 * 60 * 60 * 1000


def handler(pd):
    request = pd.steps["trigger"]["event"]["body"]
    document = request["document"]

    links = pd.flow.suspend(request.get("timeout_ms", DAY_MS))

    pd.send.email(
        subject=f"May this be published? {document[:60]}",
        text=f"{document}\n\nPublish it: {links['resume_url']}\nDo not publish it: {links['cancel_url']}\n",
    )
    return {"document": document, **links}
