"""Fails until its event's `failures` are used up. A run before it may have given it a context or a callback."""

from tests.workflow import outside


def handler(pd):
    event = pd.steps["trigger"]["event"]
    call = outside.count(pd, "fetch")
    run = pd.context["run"]
    if event.get("rerun_first") and run["runs"] == 1:
        return pd.flow.rerun(60_000, context={"from": "the first run"})
    pd.export("call", call)
    if call <= event["failures"] + bool(event.get("rerun_first")):
        pd.flow.exit("an attempt that fails does not exit")
        raise ConnectionError(f"no answer to call {call}")
    return {"call": call, "run": run}
