"""The links that end a wait: whoever has one may use it."""

from dataclasses import asdict
from functools import partial
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

import answers
import idempotency
import inbound
from interlude.control import waits
from interlude.run.links import Action

router = APIGatewayHttpRouter()

ENDING = ["GET", "POST", "PUT", "PATCH", "DELETE"]

SENTENCES = {
    ("resumed", True): (
        "Done, it goes on",
        "The workflow {workflow} goes on after its step {step}. You can close this page.",
    ),
    ("resumed", False): ("Already done", "The workflow {workflow} went on after its step {step} at {at}."),
    ("cancelled", True): ("Cancelled", "The workflow {workflow} ends at its step {step}. You can close this page."),
    ("cancelled", False): ("Already cancelled", "The workflow {workflow} was ended at its step {step} at {at}."),
}


@router.route("/resume/<run_id>/<wait>/<signature>", method=ENDING)
def resume(run_id: str, wait: str, signature: str) -> Response[Any]:
    return _end("resume", run_id, wait, signature)


@router.route("/cancel/<run_id>/<wait>/<signature>", method=ENDING)
def cancel(run_id: str, wait: str, signature: str) -> Response[Any]:
    return _end("cancel", run_id, wait, signature)


# Some clients ask with these before they ask in earnest, and nobody means an answer by them.
@router.route("/resume/<run_id>/<wait>/<signature>", method=["HEAD", "OPTIONS"])
@router.route("/cancel/<run_id>/<wait>/<signature>", method=["HEAD", "OPTIONS"])
def look(run_id: str, wait: str, signature: str) -> Response[Any]:  # noqa: ARG001  # the route's parameters
    return answers.data(405, {"error": f"This link is for {', '.join(ENDING)}."}, {"Allow": ", ".join(ENDING)})


def _end(action: Action, run_id: str, wait: str, signature: str) -> Response[Any]:
    event = router.current_event
    ended = waits.end(action, run_id, wait, signature, partial(inbound.http_event, event), idempotency.key_of(event))
    title, text = SENTENCES[ended.outcome, ended.first]
    sentence = text.format(workflow=ended.workflow, step=ended.step, at=ended.at)
    if answers.wants_page(event):
        return answers.page(200, title, sentence, "going" if ended.outcome == "resumed" else "stopped")
    return answers.data(200, {**asdict(ended), "message": sentence})
