"""The header Prefer, as RFC 7240 has it."""

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

import preferences
from preferences import Preferences
from tests.unit.http_events import http_event


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", Preferences(None, respond_async=False)),
        ("wait=10", Preferences(10, respond_async=False)),
        ("Wait = 10", Preferences(10, respond_async=False)),
        ('wait="10"', Preferences(10, respond_async=False)),
        ("respond-async, wait=10", Preferences(10, respond_async=True)),
        ("return=minimal; foo=bar, wait=3;x", Preferences(3, respond_async=False)),
        ("wait=3, wait=20", Preferences(3, respond_async=False)),
        ("wait=0", Preferences(0, respond_async=False)),
        ("wait=3600", Preferences(25, respond_async=False)),
        ("wait=99999999999999999999", Preferences(None, respond_async=False)),
        ("wait=-1", Preferences(None, respond_async=False)),
        ("wait=1.5", Preferences(None, respond_async=False)),
        ("wait", Preferences(None, respond_async=False)),
        ("wait=²", Preferences(None, respond_async=False)),
        (",;=,", Preferences(None, respond_async=False)),
    ],
)
def test_what_a_request_prefers(header: str, expected: Preferences):
    """Seconds up to 25; what can't be understood is as if it were not there."""
    assert preferences.of(APIGatewayProxyEventV2(http_event(prefer=header))) == expected
