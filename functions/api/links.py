"""The links that end a wait: whoever has one may use it.

A GET may be a scanner's, which looks where a mail leads to. So what looks like a browser is asked first, by a page
whose button sends the same request as POST; ConfirmLinks says who else is. Previewers never end a wait.
docs/decisions/0022 and 0039 have the reasons.
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


# Some clients ask with these before they ask in earnest, and nobody means an answer by them.
@router.route("/resume/<run_id>/<wait>/<signature>", method=["HEAD", "OPTIONS"])
@router.route("/cancel/<run_id>/<wait>/<signature>", method=["HEAD", "OPTIONS"])
def look(run_id: str, wait: str, signature: str) -> Response[Any]:  # noqa: ARG001  # the route's parameters
    return _not_by_this_method(MEANT if settings().confirm_links == "always" else ENDING)


def _end(action: Action, run_id: str, wait: str, signature: str) -> Response[Any]:
    event = router.current_event
    if event.http_method == "GET" and previewers.is_named(event):
        # It shows others what it reads, so it reads nothing of the run.
        return answers.question(QUESTIONS[action], QUESTIONS[action].consequence)
    if _only_looks(event):
        seen = waits.look(action, run_id, wait, signature)
        if isinstance(seen, waits.Open):
            return _question(action, seen) if answers.from_browser(event) else _not_by_this_method(MEANT)
    else:
        read_request = partial(inbound.http_event, event)
        seen = waits.end(action, run_id, wait, signature, read_request, idempotency.key_of(event))
    return _told(event, seen)


def _only_looks(event: APIGatewayProxyEventV2) -> bool:
    """Whether a request is not to end the wait, because a person may not have meant it."""
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
    until = f" until {seen.until}" if seen.until else ""
    text = f"The workflow {seen.workflow} is waiting at its step {seen.step}{until}. {QUESTIONS[action].consequence}"
    return answers.question(QUESTIONS[action], text)


def _not_by_this_method(allowed: list[str]) -> Response[Any]:
    """Not 200, which a program that reads no bodies would take for done."""
    names = ", ".join(allowed)
    return answers.data(405, {"error": f"This link takes {names}; nothing has been done."}, {"Allow": names})


def _told(event: APIGatewayProxyEventV2, ended: waits.Ended) -> Response[Any]:
    title, text = SENTENCES[ended.outcome, ended.first]
    sentence = text.format(workflow=ended.workflow, step=ended.step, at=ended.at)
    if answers.wants_page(event):
        return answers.page(200, title, sentence, "going" if ended.outcome == "resumed" else "stopped")
    return answers.data(200, {**asdict(ended), "message": sentence})
