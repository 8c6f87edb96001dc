"""What the steps of these tests do: what the actor that calls them is told to."""

from typing import Any

from tests.model.actors import current

WAIT_MS = 30_000
"""Short enough that the runtime takes a timer's word for it."""


def act(pd: Any) -> Any:
    actor = current()
    assert actor
    actor.stop_before("code")
    does = actor.does
    given = pd.context["run"].get("callback_request") or pd.context["resume"]
    pd.export("given", given["body"] if given else "")
    if does.startswith("suspend"):
        pd.flow.suspend(WAIT_MS, actor.on_timeout)
    elif does == "rerun":
        pd.export("links", pd.flow.rerun(WAIT_MS, max_retries=99))
    elif does == "poll":
        pd.flow.rerun(WAIT_MS, max_retries=99)
    elif does == "delay":
        pd.flow.delay(WAIT_MS)
    if "exit" in does:
        pd.flow.exit()
    if "fail" in does:
        raise ValueError("as it was told to")
