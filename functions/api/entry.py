"""The entry point of the API's function: the routes, and the one map from errors to statuses."""

import logging
import traceback
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.utilities.typing import LambdaContext

import answers
import hooks
import links
import runs
import workflows
from inbound import BadRequest, BodyTooLarge
from interlude import logs
from interlude.aws.busy import is_busy
from interlude.errors import (
    BadCall,
    BadOption,
    CannotRetry,
    KeyReused,
    NotFound,
    NoTimeBetween,
    RunOver,
    TooLarge,
    WaitTaken,
    WorkflowOff,
)
from interlude.run.payloads import to_text
from schemas import first_problem
from signatures import CannotVerify, NotSigned

logs.install()
# At DEBUG it would log the parts of a path, which include keys and signatures.
logging.getLogger("aws_lambda_powertools").setLevel(logging.INFO)


class Resolver(APIGatewayHttpResolver):
    """Routes that match a whole path. Powertools' own also match a path with a line break at its end, and their dot
    does not match a line break.
    """

    @classmethod
    def _compile_regex(cls, rule: str, base_regex: str = r"(?s)^{}\Z") -> Any:
        return super()._compile_regex(rule, base_regex)


app = Resolver(enable_validation=True, serializer=to_text)
for router in (hooks.router, links.router, workflows.router, runs.router):
    app.include_router(router)

# Subclasses before their base classes: the first match counts.
STATUS_OF = {
    BodyTooLarge: 413,
    TooLarge: 413,
    BadRequest: 400,
    NotSigned: 401,
    CannotVerify: 503,
    BadCall: 400,
    NotFound: 404,
    WaitTaken: 409,
    RunOver: 410,
    WorkflowOff: 503,
    KeyReused: 422,
    NoTimeBetween: 422,
    CannotRetry: 409,
}


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answers one request of the HTTP API."""
    named = event.get("pathParameters") or {}
    about = {name: named[name] for name in ("run_id", "workflow") if name in named}
    logs.begin(context, route=event.get("routeKey"), **about)
    answer = app.resolve(event, context)
    return {**answer, "headers": answers.safe(answer["headers"])}


@app.exception_handler(list(STATUS_OF))
def known(error: Exception) -> Response[Any]:
    status = next(status for kind, status in STATUS_OF.items() if isinstance(error, kind))
    return answers.error(app.current_event, status, str(error))


@app.exception_handler(BadOption)
def mistaken(error: BadOption) -> Response[Any]:
    # The details are for the owner of the template, not for strangers.
    logs.write(str(error), "ERROR", errorType="BadOption")
    sentence = "This workflow can't accept requests at the moment: its template has a mistake. Please try again later."
    return answers.error(app.current_event, 503, sentence)


@app.exception_handler(RequestValidationError)
def invalid(error: RequestValidationError) -> Response[Any]:
    return answers.error(app.current_event, 422, f"{first_problem(error.errors())}.")


@app.not_found
def no_route(_error: Exception) -> Response[Any]:
    event = app.current_event
    return answers.error(event, 404, f"{event.http_method} {event.path!r} does not exist.")


@app.exception_handler(Exception)
def unexpected(error: Exception) -> Response[Any]:
    if is_busy(error):
        logs.write(f"AWS is busy: {type(error).__name__}: {error}", "WARNING", errorType=type(error).__name__)
        return answers.busy(app.current_event)
    logs.write("".join(traceback.format_exception(error)), "ERROR", errorType=type(error).__name__)
    return answers.error(app.current_event, 500, "Something went wrong on the server. Please try again.")
