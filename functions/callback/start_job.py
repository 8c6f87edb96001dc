"""Starts a job at a service and waits for its callback."""

import requests


def handler(pd):
    job = pd.steps["trigger"]["event"]["body"]
    run = pd.context["run"]

    if run["runs"] == 1:
        links = pd.flow.rerun(job["timeout_ms"], None, 1)
        requests.post(job["service_url"], json=links, timeout=10).raise_for_status()
    elif "callback_request" in run:
        return run["callback_request"]
    else:
        return {"timed_out": True}
