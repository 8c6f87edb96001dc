"""Reruns as often as the event says, and counts by its context. Where it keeps the links, it opens one itself."""

from tests.workflow import outside


def handler(pd):
    asked = pd.steps["trigger"]["event"]
    done = pd.context["run"]["context"] or 0
    if done == asked["reruns"]:
        return done
    if not asked.get("keeps_links"):
        pd.flow.rerun(0, done + 1, asked["reruns"])
        return None
    links = pd.flow.rerun(86_400_000, done + 1, asked["reruns"])
    outside.open_link(links["resume_url"])
    return None
