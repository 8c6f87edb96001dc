"""The links that end a wait. Having a link is the permission to use it.

A GET may come from a scanner that follows the links in a mail. So a client that looks like a browser first gets a page
whose button sends the same request as POST; ConfirmLinks decides which other clients get it. Previewers never end a
wait. docs/decisions/0022 and 0039 have the reasons.
"""

from dataclasses import asdict
from functools import partial
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

import answers
import idempotency
import inbound
import pages
import previewers
from interlude.control import waits
from interlude.run.links import Action
from interlude.settings import settings

router = APIGatewayHttpRouter()

MEANT = ["POST", "PUT", "PATCH", "DELETE"]
ENDING = ["GET", *MEANT]

SENTENCES = {
    ("resumed", True): (
        "Done – the workflow continues",
        "The workflow {workflow} continues after its step {step}. You can close this page.",
    ),
    ("resumed", False): (
        "Already done",
        "This link was already used: the workflow {workflow} continued after its step {step} at {at}.",
    ),
    ("cancelled", True): (
        "Cancelled",
        "The workflow {workflow} was cancelled at its step {step}. You can close this page.",
    ),
    ("cancelled", False): (
        "Already cancelled",
        "This link was already used: the workflow {workflow} was cancelled at its step {step} at {at}.",
    ),
}

QUESTIONS: dict[Action, pages.Question] = {
    "resume": pages.Question("Resume this run?", "The button lets the workflow continue now.", "Resume", "going"),
    "cancel": pages.Question("Cancel this run?", "The button ends the run for good.", "Cancel this run", "stopped"),
}


@router.route("/resume/<run_id>/<wait>/<signature>", method=ENDING)
def resume(run_id: str, wait: str, signature: str) -> Response[Any]:
    return _end("resume", run_id, wait, signature)


@router.route("/cancel/<run_id>/<wait>/<signature>", method=ENDING)
def cancel(run_id: str, wait: str, signature: str) -> Response[Any]:
    return _end("cancel", run_id, wait, signature)


# Some clients send these before the real request. They never end a wait.
@router.route("/resume/<run_id>/<wait>/<signature>", method=["HEAD", "OPTIONS"])
@router.route("/cancel/<run_id>/<wait>/<signature>", method=["HEAD", "OPTIONS"])
def look(run_id: str, wait: str, signature: str) -> Response[Any]:  # noqa: ARG001  # the route's parameters
    allowed = MEANT if settings().confirm_links == "always" else ENDING
    return _not_by_this_method(allowed)


def _end(action: Action, run_id: str, wait: str, signature: str) -> Response[Any]:
    event = router.current_event
    if event.http_method == "GET" and previewers.is_named(event):
        # A previewer shows its users what it reads, so this page says nothing about the run.
        return answers.question(QUESTIONS[action], QUESTIONS[action].consequence)
    if _only_looks(event):
        seen = waits.look(action, run_id, wait, signature)
        if isinstance(seen, waits.Open):
            if answers.from_browser(event):
                return _question(action, seen)
            return _not_by_this_method(MEANT)
    else:
        read_request = partial(inbound.http_event, event)
        seen = waits.end(action, run_id, wait, signature, read_request, idempotency.key_of(event))
    return _told(event, seen)


def _only_looks(event: APIGatewayProxyEventV2) -> bool:
    """Whether a request must not end the wait, because it may not come from a person's decision."""
    if event.http_method != "GET":
        return False
    match settings().confirm_links:
        case "always":
            return True
        case "never":
            return previewers.looks_ahead(event)
        case _:
            return previewers.looks_ahead(event) or answers.from_browser(event)


def _question(action: Action, seen: waits.Open) -> Response[Any]:
    waiting = f"The workflow {seen.workflow} is waiting at its step {seen.step}"
    if seen.until:
        waiting += f" until {seen.until}"
    return answers.question(QUESTIONS[action], f"{waiting}. {QUESTIONS[action].consequence}")


def _not_by_this_method(allowed: list[str]) -> Response[Any]:
    """Not 200: a program that ignores the body would take that for success."""
    names = ", ".join(allowed)
    return answers.data(405, {"error": f"This link accepts {names}; nothing was done."}, {"Allow": names})


def _told(event: APIGatewayProxyEventV2, ended: waits.Ended) -> Response[Any]:
    title, text = SENTENCES[ended.outcome, ended.first]
    sentence = text.format(workflow=ended.workflow, step=ended.step, at=ended.at)
    if answers.wants_page(event):
        tone: pages.Tone = "going" if ended.outcome == "resumed" else "stopped"
        return answers.page(200, title, sentence, tone)
    return answers.data(200, {**asdict(ended), "message": sentence})
