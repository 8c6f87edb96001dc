"""What a run says of itself."""

import pytest

from interlude import __version__
from interlude.models import Run, Stored
from interlude.pd.attempt import Attributes
from interlude.run.context import run_context, trigger_context

RUN = Run(
    run_id="approval-1",
    workflow="approval",
    status="running",
    started_at="2026-11-22T16:00:00.000Z",
    execution="arn:aws:states:eu-central-1:123456789012:execution:interlude-approval:approval-1",
    url_key="key",
    steps=(
        "ask=arn:aws:lambda:eu-central-1:123456789012:function:interlude-approval-ask:7,"
        "publish=arn:aws:lambda:eu-central-1:123456789012:function:interlude-approval-publish:3"
    ),
    trigger=Stored("null"),
)


def test_the_trigger_context_tells_where_a_run_comes_from():
    """Account, workflow, and the version of its first step."""
    assert trigger_context(RUN) == {
        "id": "approval-1",
        "ts": "2026-11-22T16:00:00.000Z",
        "workflow_id": "approval",
        "workflow_name": "approval",
        "deployment_id": "7",
        "owner_id": "123456789012",
        "platform_version": __version__,
        "trace_id": "approval-1",
        "test": False,
        "replay": False,
        "verified": False,
    }


def test_the_id_changes_with_every_pause_and_the_trace_id_never_does():
    """Each segment of a run is an execution of its own."""
    from dataclasses import replace

    contexts = [trigger_context(replace(RUN, pauses=pauses)) for pauses in (0, 1, 2)]

    assert [context["id"] for context in contexts] == ["approval-1", "approval-1-1", "approval-1-2"]
    assert {context["trace_id"] for context in contexts} == {"approval-1"}


def test_callback_request_is_absent_unless_somebody_called_back():
    """Absent, not null: steps ask with `in`."""
    assert run_context(1, None, None) == {"runs": 1, "context": None}
    assert run_context(2, [1], {"body": "x"}) == {"runs": 2, "context": [1], "callback_request": {"body": "x"}}


def test_attributes_are_keys():
    """`pd.context.run.context` is `pd.context["run"]["context"]`."""
    context = Attributes(id="x", run=Attributes(run_context(1, {"a": 1}, None)))

    assert context.run.context == context["run"]["context"] == {"a": 1}
    assert not hasattr(context.run, "callback_request")
    with pytest.raises(AttributeError, match=r"^nothing$"):
        _ = context.nothing
