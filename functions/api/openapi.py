"""The HTTP API as an OpenAPI document: `make openapi` writes docs/openapi.json. For people and their tools.

The deployed API does not import this module. Powertools could generate a document from the routes, but it would lack
the responses of links, and that most bodies may be anything.
"""

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

import hooks
import links
from bodies import ANSWERED, EndedSilently, LinkAnswer, Problem, Refusal, RunCancelled, Started
from interlude import __version__
from parameters import IDEMPOTENCY_KEY, LISTING, PREFER
from schemas import Cancelled, Cancelling, Run, RunList, StepTest, TestResult, WorkflowList

Record = dict[str, Any]

REFERENCE = "#/components/schemas/{model}"

PHRASES = {413: "Content Too Large", 422: "Unprocessable Content"}
"""As in RFC 9110, and in Python from 3.13 on."""

HTML: Record = {"text/html": {"schema": {"type": "string"}}}
ANY_BODY: Record = {"content": {"*/*": {"schema": {}}}}
ANY_JSON: Record = {"content": {"application/json": {"schema": {}}}}


def document() -> Record:
    paths = {
        "/hooks/{workflow}/{key}": _hook("hook", "Starts a run with the request as its trigger event"),
        "/hooks/{workflow}/{key}/{proxy}": _hook(
            "hook_below", "The same; what follows the key, slashes included, is the event's path"
        ),
        "/resume/{run_id}/{wait}/{signature}": _link("resume", "Ends a wait: the run continues"),
        "/cancel/{run_id}/{wait}/{signature}": _link("cancel", "Ends a wait: the run is cancelled"),
        "/workflows": {
            "get": _signed("list_workflows", "The workflows, with their hook URLs", {200: WorkflowList}),
        },
        "/workflows/{workflow}/runs": {
            "post": _signed(
                "start_run",
                "Starts a run; the body is its trigger event",
                {202: Started, **_problems(400, 404, 413, 422)},
                parameters=[IDEMPOTENCY_KEY],
                requestBody=ANY_JSON,
            ),
        },
        "/workflows/{workflow}/steps/{step}/test": {
            "post": _signed(
                "test_step",
                "Tests one step alone",
                {200: TestResult, **_problems(400, 404, 413)},
                requestBody={"content": {"application/json": {"schema": _reference(StepTest)}}},
            ),
        },
        "/runs": {
            "get": _signed(
                "list_runs",
                "The newest runs, newest first",
                {200: RunList, **_problems(400, 404, 422)},
                parameters=LISTING,
            ),
        },
        "/runs/cancel": {
            "post": _signed(
                "cancel_runs",
                "Cancels the runs that match a filter, or only lists them",
                {200: Cancelled, **_problems(400, 404, 413, 422)},
                requestBody={"required": True, "content": {"application/json": {"schema": _reference(Cancelling)}}},
            ),
        },
        "/runs/{run_id}": {
            "get": _signed("get_run", "A run in full", {200: Run, **_problems(404, 413)}),
        },
        "/runs/{run_id}/cancel": {
            "post": _signed("cancel_run", "Cancels a run", {200: RunCancelled, **_problems(404, 410)}),
        },
        "/runs/{run_id}/retry": {
            "post": _signed(
                "retry_run",
                "Retries a failed run from the step that failed",
                {202: Started, **_problems(404, 409, 410)},
            ),
        },
    }
    for path, operations in paths.items():
        operations["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in _names(path)
        ]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Interlude", "version": __version__, "description": "See http.md."},
        "servers": [
            {
                "url": "https://{api}.execute-api.{region}.amazonaws.com",
                "description": "The output ApiUrl of the stack",
                "variables": {"api": {"default": "api"}, "region": {"default": "us-east-1"}},
            },
            {"url": "http://127.0.0.1:3000", "description": "make local, which does not need signatures"},
        ],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "responses": _shared_responses(),
            "securitySchemes": {
                "sigv4": {
                    "type": "apiKey",
                    "name": "Authorization",
                    "in": "header",
                    "description": "AWS Signature Version 4 for the service execute-api",
                    "x-amazon-apigateway-authtype": "awsSigv4",
                }
            },
        },
    }


def text() -> str:
    """The text of docs/openapi.json."""
    return json.dumps(document(), indent=2) + "\n"


def _hook(name: str, summary: str) -> Record:
    answers = _responses({200: EndedSilently, 202: Started, **_problems(400, 401, 404, 413, 422)})
    answers["500"] = _response(500, EndedSilently, Problem, Refusal)
    answers["default"] = {"description": "What the run responds: any status, headers and body", **ANY_BODY}
    operations: Record = {}
    for method in hooks.METHODS:
        body = {} if method in ("GET", "HEAD") else {"requestBody": ANY_BODY}
        operations[method.lower()] = {
            "operationId": f"{name}_{method.lower()}",
            "summary": summary,
            "parameters": [IDEMPOTENCY_KEY, PREFER],
            **body,
            "responses": answers,
        }
    operations["options"] = {
        "operationId": f"{name}_options",
        "summary": "A browser's preflight request, before a page of another site starts a run. Starts no run",
        "responses": {**_responses(_problems(404)), "204": {"description": "The methods and headers that are allowed"}},
    }
    return operations


def _link(name: str, summary: str) -> Record:
    ended = _responses({200: LinkAnswer, **_problems(400, 404, 409, 410, 413, 422)})
    ended["200"]["content"] |= HTML
    operations: Record = {
        method.lower(): {
            "operationId": f"{name}_{method.lower()}",
            "summary": summary,
            "parameters": [IDEMPOTENCY_KEY],
            "requestBody": ANY_BODY,
            "responses": ended,
        }
        for method in links.ENDING
    }
    del operations["get"]["requestBody"]
    operations["get"]["summary"] = f"{summary}, unless ConfirmLinks requires a confirmation page"
    operations["get"]["responses"] = ended | {"405": _shared(405)}
    for method in ("head", "options"):
        operations[method] = {
            "operationId": f"{name}_{method}",
            "summary": "Does nothing",
            "responses": _responses(_problems(404, 405)),
        }
    return operations


def _signed(name: str, summary: str, answered: dict[int, type[BaseModel]], **more: Any) -> Record:
    return {
        "operationId": name,
        "summary": summary,
        "security": [{"sigv4": []}],
        **more,
        "responses": _responses({**answered, 403: Refusal}),
    }


def _problems(*statuses: int) -> dict[int, type[BaseModel]]:
    return dict.fromkeys(statuses, Problem)


def _responses(answered: dict[int, type[BaseModel]]) -> Record:
    of_all: dict[int, type[BaseModel]] = {429: Refusal, 500: Problem, 503: Problem}
    found = of_all | answered
    responses: Record = {}
    for status, model in sorted(found.items()):
        shared = model in (Problem, Refusal)
        responses[str(status)] = _shared(status) if shared else _response(status, model)
    return responses


def _shared(status: int) -> Record:
    return {"$ref": f"#/components/responses/{status}"}


def _shared_responses() -> Record:
    ours = {str(status): _response(status, Problem) for status in (400, 401, 404, 405, 409, 410, 413, 422)}
    # API Gateway sends these itself: no permission, too many requests, and a function that fails or times out.
    gateways = {str(status): _response(status, Refusal) for status in (403, 429)}
    either = {str(status): _response(status, Problem, Refusal) for status in (500, 503)}
    either["503"]["headers"] = {
        "Retry-After": {
            "description": "Seconds. Only if AWS is busy, not if a workflow is switched off",
            "schema": {"type": "integer"},
        }
    }
    return ours | gateways | either


def _response(status: int, *models: type[BaseModel]) -> Record:
    """A response in JSON; a browser gets a Problem as a page."""
    schemas = [_reference(model) for model in models]
    schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
    content: Record = {"application/json": {"schema": schema}}
    if Problem in models:
        content |= HTML
    return {"description": PHRASES.get(status) or HTTPStatus(status).phrase, "content": content}


def _reference(model: type[BaseModel]) -> Record:
    return {"$ref": REFERENCE.format(model=model.__name__)}


def _schemas() -> Record:
    """Responses always have all of their fields; requests may leave some out."""
    given: list[tuple[type[BaseModel], Literal["serialization", "validation"]]] = [
        *((model, "serialization") for model in ANSWERED),
        (StepTest, "validation"),
        (Cancelling, "validation"),
    ]
    schemas: Record = models_json_schema(given, ref_template=REFERENCE)[1]["$defs"]
    return schemas


def _names(path: str) -> Iterable[str]:
    return (part[1:-1] for part in path.split("/") if part.startswith("{"))


if __name__ == "__main__":
    print(text(), end="")
