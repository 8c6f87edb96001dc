"""Polls the status of a job until it is done."""

import requests


def handler(pd):
    job = pd.steps["trigger"]["event"]["body"]
    runs = pd.context["run"]["runs"]

    if runs > job["max_retries"]:
        raise Exception("Max retries exceeded")

    if runs > 1:  # the job has just been started, so the first run only waits
        answer = requests.get(job["status_url"], timeout=10).json()
        if answer["status"] == "DONE":
            return answer

    pd.flow.rerun(job["delay_ms"], None, job["max_retries"])
