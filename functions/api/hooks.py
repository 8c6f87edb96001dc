"""The URLs that start a workflow, with any method, any path after the key, and any body.

The key in the URL is the permission. Pages of any site may use it too (CORS).
"""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

import answers
import idempotency
import inbound
import preferences
import signatures
from interlude.control import awaiting, repeats, runs, workflows
from interlude.errors import WorkflowOff

router = APIGatewayHttpRouter()

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


@router.route("/hooks/<workflow>/<key>", method=METHODS)
@router.route("/hooks/<workflow>/<key>/.*", method=METHODS)
def start(workflow: str, key: str) -> Response[Any]:
    options = workflows.open_hook(workflow, key)
    if options.off:
        raise WorkflowOff(workflow)
    event = router.current_event
    if options.verify:
        signatures.check(options.verify, event)
    preferred = preferences.of(event)
    sender_key = idempotency.key_of(event)
    raw_body_bytes = inbound.MAX_BODY_BYTES if options.raw_body else inbound.RAW_BODY_BYTES
    request = inbound.http_event(event, below=f"/hooks/{workflow}/{key}", raw_body_bytes=raw_body_bytes)
    run_id = runs.start(workflow, request, repeats.mark(sender_key, "hook", request))
    wait_s = preferred.wait_s
    if wait_s is None and options.respond and not preferred.respond_async:
        wait_s = awaiting.MAX_S
    heard = None
    if wait_s:
        heard = awaiting.response_of(run_id, wait_s)
    return answers.of_hook(event, run_id, heard, preferred.wait_s)


# A browser sends this before it sends JSON to another site. The response is the same for every URL.
@router.route("/hooks/<workflow>/<key>", method=["OPTIONS"])
@router.route("/hooks/<workflow>/<key>/.*", method=["OPTIONS"])
def preflight(workflow: str, key: str) -> Response[Any]:  # noqa: ARG001  # the route's parameters
    return answers.preflight(router.current_event, METHODS)
