"""Pauses in the way that the trigger's body names: each function is one way."""

import json
import time
import urllib.request


def handler(pd):
    body = pd.steps["trigger"]["event"]["body"]
    return globals()[body["scene"]](pd, body)


def suspend_by_default(pd, body):
    return pd.flow.suspend()


def suspend_for(pd, body):
    return pd.flow.suspend(body["ms"])


def suspend_or_cancel(pd, body):
    return pd.flow.suspend(timeout_ms=body["ms"], on_timeout="cancel")


def suspend_or_resume(pd, body):
    return pd.flow.suspend(timeout_ms=body["ms"], on_timeout="resume")


def suspend_early_in_the_step(pd, body):
    links = pd.flow.suspend(60_000)
    pd.export("after_the_call", "this ran too")
    return {"type_of_links": type(links).__name__, "links": links}


def suspend_and_raise(pd, body):
    links = pd.flow.suspend(60_000)
    pd.send.email("Too soon", f"{links['resume_url']}\n{links['cancel_url']}\n")
    raise LookupError("the step broke after it had asked")


def suspend_while_a_service_has_the_links(pd, body):
    links = pd.flow.suspend(60_000)
    request = urllib.request.Request(  # noqa: S310
        body["service_url"], json.dumps(links).encode(), {"Content-Type": "application/json"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request):
        return "the service has answered"


def delay_and_keep_the_links(pd, body):
    links = pd.flow.delay(body["ms"])
    return {"runs": pd.context["run"]["runs"], **links}


def delay_and_drop_the_links(pd, body):
    pd.flow.delay(body["ms"])
    return {"runs": pd.context["run"]["runs"]}


def delay_then_suspend(pd, body):
    pd.flow.delay(1)
    pd.flow.suspend(600_000)


def suspend_then_delay(pd, body):
    pd.flow.suspend(600_000)
    pd.flow.delay(1000)


def suspend_then_rerun(pd, body):
    pd.flow.suspend(600_000)
    if pd.context["run"]["runs"] == 1:
        pd.flow.rerun(0, "from the rerun")
        return None
    pd.flow.delay(1)
    return pd.context["run"]["context"]


def suspend_then_exit(pd, body):
    pd.flow.suspend(600_000)
    pd.flow.exit("nothing to ask")
    pd.export("after_exit", "this ran too")
    return "returned"


def exit_then_suspend(pd, body):
    pd.flow.exit("nothing to ask")
    pd.flow.suspend(600_000)
    return "returned"


def exit_then_rerun(pd, body):
    pd.flow.exit("once is enough")
    pd.flow.rerun(1)


def exit_without_a_reason(pd, body):
    pd.flow.exit()


def work_for(pd, body):
    time.sleep(body["ms"] / 1000)


def go_on(pd, body):
    return "no pause"
