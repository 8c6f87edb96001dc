"""Responses in the form that the client asked for: a page for a browser, JSON for any other client."""

from typing import Any

from aws_lambda_powertools.event_handler import Response, content_types
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent

import inbound
import pages
from interlude.control.awaiting import Heard
from interlude.run.payloads import escaped_size, to_text

MAX_BYTES = 6_290_000
"""Lambda's limit is 6,291,556 bytes, headers included."""

RETRY_AFTER_S = 10
"""The quotas of Step Functions and Lambda refill every second; webhook senders wait longer anyway."""

TITLES = {
    400: "Invalid request",
    401: "Signature required",
    404: "This link is not valid",
    405: "Not possible",
    409: "Too late",
    410: "This run has ended",
    413: "Request too large",
    422: "Invalid request",
    503: "Not possible right now",
}

SAFE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}
"""Headers of every response. Its URL may be the permission, so no cache keeps it and no referrer passes it on."""

# A page loads nothing, and its form posts only to this API.
PAGE_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src '{pages.STYLE_HASH}'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
}


def wants_page(event: BaseProxyEvent) -> bool:
    return "text/html" in (event.headers.get("accept") or "").lower()


def from_browser(event: BaseProxyEvent) -> bool:
    """Whether a request claims to come from a browser. Scanners claim that too."""
    return wants_page(event) or (event.headers.get("user-agent") or "").lower().startswith("mozilla/")


def page(status: int, title: str, text: str, tone: pages.Tone) -> Response[Any]:
    return Response(status, content_types.TEXT_HTML, pages.render(title, text, tone), headers=PAGE_HEADERS)


def question(asked: pages.Question, text: str) -> Response[Any]:
    return Response(200, content_types.TEXT_HTML, pages.render_question(asked, text), headers=PAGE_HEADERS)


def safe(headers: dict[str, str]) -> dict[str, str]:
    """The headers of a response, plus those of SAFE that it lacks: a step's own response may set others."""
    given = {name.lower() for name in headers}
    return {**headers, **{name: value for name, value in SAFE.items() if name.lower() not in given}}


def data(status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> Response[Any]:
    text = to_text(body)
    if len(text) > MAX_BYTES // 6:  # a character may take six bytes
        size = escaped_size(text)
        if size > MAX_BYTES:
            return data(413, {"error": f"The response would be {size} bytes; Lambda returns at most {MAX_BYTES}."})
    return Response(status, content_types.APPLICATION_JSON, text, headers=headers)


CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "*"}

NOT_OURS = ("content-length", "transfer-encoding", "connection", "set-cookie")
"""Headers of a step's response that API Gateway sets itself, or expects in another field."""


def of_hook(event: APIGatewayProxyEventV2, run_id: str, heard: Heard | None, preferred_s: int | None) -> Response[Any]:
    """The run's response; the outcome of a run that ended without one; 202 for a run that is still going.

    `heard` is None if the caller did not wait.
    """
    if heard is None or (heard.response is None and heard.status not in WITHOUT_RESPONSE):
        answer = started(event, run_id)
    elif heard.response is None:
        status = 200 if heard.status == "succeeded" else 500
        answer = data(status, {"run_id": run_id, "status": heard.status, "message": WITHOUT_RESPONSE[heard.status]})
    else:
        answer = _responded(heard.response)
    ours = {"X-Run-Id": run_id}
    # Its absence is how a caller learns that it was not allowed to wait.
    if preferred_s and heard:
        ours["Preference-Applied"] = f"wait={preferred_s}"
    answer.headers = _merged(CORS, answer.headers, ours)
    return answer


def _merged(*all_headers: dict[str, Any]) -> dict[str, Any]:
    """Names are compared without regard to case; the last value of a name counts."""
    merged: dict[str, tuple[str, Any]] = {}
    for headers in all_headers:
        merged |= {name.lower(): (name, value) for name, value in headers.items()}
    return dict(merged.values())


WITHOUT_RESPONSE = {
    "succeeded": "The run succeeded without a response.",
    "failed": "The run failed before it responded.",
    "cancelled": "The run was cancelled before it responded.",
}


def _responded(response: dict[str, Any]) -> Response[Any]:
    headers = response["headers"]
    cookies = [cookie for name, values in headers.items() if name.lower() == "set-cookie" for cookie in values]
    answer: Response[Any] = Response(
        response["status"],
        body=response["body"],
        headers={name: ", ".join(values) for name, values in headers.items() if name.lower() not in NOT_OURS},
        # Whole lines, as the step wrote them: API Gateway takes them so, and so does Powertools.
        cookies=cookies,
    )
    # Not as bytes: Powertools' validation would treat them as text.
    answer.base64_encoded = response["is_base64"]
    return answer


def preflight(event: APIGatewayProxyEventV2, methods: list[str]) -> Response[Any]:
    allowed = {
        "Access-Control-Allow-Methods": ", ".join(methods),
        # By name: in a browser, * does not include Authorization.
        "Access-Control-Allow-Headers": event.headers.get("access-control-request-headers", "*"),
        "Access-Control-Max-Age": "86400",
    }
    return Response(204, headers={**CORS, **allowed})


def started(event: APIGatewayProxyEventV2, run_id: str) -> Response[Any]:
    return data(202, {"run_id": run_id, "status_url": f"{inbound.base_url(event)}/runs/{run_id}"})


def busy(event: BaseProxyEvent) -> Response[Any]:
    """The response to a request that may succeed a little later."""
    again = f"AWS is too busy to do this right now. Please try again in {RETRY_AFTER_S} seconds."
    answer = error(event, 503, again)
    answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    return answer


def error(event: BaseProxyEvent, status: int, sentence: str) -> Response[Any]:
    if wants_page(event):
        return page(status, TITLES.get(status, "Something went wrong"), sentence, "stopped")
    headers = CORS if event.path.startswith("/hooks/") else None
    return data(status, {"error": sentence}, headers)
