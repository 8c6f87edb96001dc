"""local.routes finds what an HTTP API would find."""

import pytest

from local.routes import Routes
from local.stack import Route

ROUTES = Routes(
    Route(method, path, "function", signed_in=False)
    for method, path in [
        ("ANY", "/hooks/{workflow}/{key}"),
        ("GET", "/runs"),
        ("GET", "/runs/{run_id}"),
        ("POST", "/runs/{run_id}/cancel"),
        ("GET", "/runs/latest"),
        ("ANY", "/files/{path+}"),
        ("GET", "/files/{name}"),
        ("GET", "/files/readme"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("GET", "/runs", "GET /runs", {}),
        ("PUT", "/hooks/poll/k1", "ANY /hooks/{workflow}/{key}", {"workflow": "poll", "key": "k1"}),
        ("GET", "/runs/latest", "GET /runs/latest", {}),
        ("GET", "/runs/r1", "GET /runs/{run_id}", {"run_id": "r1"}),
        ("POST", "/runs/r1/cancel", "POST /runs/{run_id}/cancel", {"run_id": "r1"}),
        ("GET", "/files/readme", "GET /files/readme", {}),
        ("GET", "/files/a", "GET /files/{name}", {"name": "a"}),
        ("GET", "/files/a/b", "ANY /files/{path+}", {"path": "a/b"}),
        ("POST", "/files/a", "ANY /files/{path+}", {"path": "a"}),
        ("GET", "/files/", "ANY /files/{path+}", {"path": ""}),
    ],
)
def test_the_most_specific_route_answers(method: str, path: str, key: str, parameters: dict[str, str]) -> None:
    """A literal part goes before a parameter, a parameter before a greedy one, a method before ANY."""
    match = ROUTES.find(method, path)
    assert match is not None
    assert (match.key, match.parameters) == (key, parameters)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/runs"), ("GET", "/"), ("GET", "/run"), ("GET", "/runs/"), ("GET", "/runs/a/b"), ("GET", "/files")],
)
def test_what_no_route_fits_has_none(method: str, path: str) -> None:
    """Neither another method nor a longer, shorter or empty path is taken for a route."""
    assert ROUTES.find(method, path) is None


def test_path_parameters_are_decoded_after_the_path_was_split() -> None:
    """A slash that is percent-encoded belongs to the parameter."""
    match = ROUTES.find("GET", "/runs/a%2Fb%20c")
    assert match is not None
    assert match.parameters == {"run_id": "a/b c"}
