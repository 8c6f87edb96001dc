"""Who may call which route of the API on AWS, how often, and what of it is written down."""

import json
from typing import Any

import pytest

from local.template import Translated

PUBLIC = {
    "ANY /hooks/{workflow}/{key}",
    "ANY /hooks/{workflow}/{key}/{proxy+}",
    "ANY /resume/{run_id}/{wait}/{signature}",
    "ANY /cancel/{run_id}/{wait}/{signature}",
}
"""What is kept by a key or a signature. Everything else is kept by IAM."""


@pytest.fixture(scope="module")
def operations(translated: Translated) -> dict[str, Any]:
    """The routes of the API's OpenAPI document, by their keys."""
    [(_, api)] = translated.of_type("AWS::ApiGatewayV2::Api")
    return {
        f"{'ANY' if method == 'x-amazon-apigateway-any-method' else method.upper()} {path}": operation
        for path, methods in api["Properties"]["Body"]["paths"].items()
        for method, operation in methods.items()
    }


@pytest.fixture(scope="module")
def stage(translated: Translated) -> dict[str, Any]:
    [(_, found)] = translated.of_type("AWS::ApiGatewayV2::Stage")
    properties: dict[str, Any] = found["Properties"]
    return properties


def test_every_route_but_hooks_and_links_needs_a_signature_of_iam(operations: dict[str, Any]) -> None:
    """One that is added is signed in unless it is added to the list above."""
    secured = {key: [name for each in op.get("security", []) for name in each] for key, op in operations.items()}

    assert {key for key, names in secured.items() if names != ["AWS_IAM"]} == PUBLIC
    assert {tuple(secured[key]) for key in PUBLIC} == {("NONE",)}
    assert len(secured) > len(PUBLIC)


def test_the_authorizer_is_iam_s_own(translated: Translated) -> None:
    """API Gateway checks SigV4 itself; no function of ours says who is who."""
    [(_, api)] = translated.of_type("AWS::ApiGatewayV2::Api")
    schemes = api["Properties"]["Body"]["components"]["securitySchemes"]

    assert schemes["AWS_IAM"] == {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "awsSigv4",
    }
    assert set(schemes) == {"AWS_IAM"}


def test_every_route_has_a_limit_and_the_open_ones_their_own(stage: dict[str, Any], operations: dict[str, Any]) -> None:
    """A route's settings are found by its key, and a key that is no route makes the deployment fail."""
    assert stage["DefaultRouteSettings"] == {"ThrottlingRateLimit": 50, "ThrottlingBurstLimit": 100}
    limit = {"ThrottlingRateLimit": {"Ref": "PublicRequestsPerSecond"}, "ThrottlingBurstLimit": 500}
    assert stage["RouteSettings"] == dict.fromkeys(PUBLIC, limit)
    assert operations.keys() >= stage["RouteSettings"].keys()


def test_no_access_log_tells_a_path(stage: dict[str, Any]) -> None:
    """Keys and signatures stand in paths. There is none now; one that is added may hold $context.routeKey."""
    written = json.dumps(stage.get("AccessLogSettings", {}))

    assert [each for each in ("$context.path", "$context.http.path", "$context.domainName") if each in written] == []
    assert not stage.get("DefaultRouteSettings", {}).get("DataTraceEnabled")
