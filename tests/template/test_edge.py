"""How often the API's routes may be called on AWS, who checks a signature, and what of a request is written down."""

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
"""test_permissions has who may call what."""


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
    assert {key for key, operation in operations.items() if operation["security"] == [{"NONE": []}]} == PUBLIC
    assert stage["DefaultRouteSettings"] == {"ThrottlingRateLimit": 50, "ThrottlingBurstLimit": 100}
    limit = {"ThrottlingRateLimit": {"Ref": "PublicRequestsPerSecond"}, "ThrottlingBurstLimit": 500}
    assert stage["RouteSettings"] == dict.fromkeys(PUBLIC, limit)
    assert operations.keys() >= stage["RouteSettings"].keys()


def test_no_access_log_tells_a_path(stage: dict[str, Any]) -> None:
    """Keys and signatures stand in paths. There is none now; one that is added may hold $context.routeKey."""
    written = json.dumps(stage.get("AccessLogSettings", {}))

    assert [each for each in ("$context.path", "$context.http.path", "$context.domainName") if each in written] == []
    assert not stage.get("DefaultRouteSettings", {}).get("DataTraceEnabled")
