"""Returns its event, unless the event or the one that led to it says to fail."""


def handler(pd):
    event = pd.steps["trigger"]["event"]
    original = event.get("original_event", event) if isinstance(event, dict) else {}
    if original.get("heeding_fails"):
        raise RuntimeError("so be it")
    return event
