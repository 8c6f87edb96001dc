"""The URLs that start a workflow: whoever knows one may use it, with any method and any body."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

import answers
import inbound
from interlude import runs
from interlude.workflows import check_hook_key

router = APIGatewayHttpRouter()


@router.route("/hooks/<workflow>/<key>", method=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def start(workflow: str, key: str) -> Response[Any]:
    check_hook_key(workflow, key)
    event = router.current_event
    run_id = runs.start(workflow, inbound.http_event(event))
    return answers.started(event, run_id)
