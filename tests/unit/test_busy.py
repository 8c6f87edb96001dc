"""Which errors of AWS pass when the request is sent again."""

from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.retries.standard import ThrottledRetryableChecker, TransientRetryableChecker

from interlude.aws.busy import CODES, is_busy

ENDPOINT = {"endpoint_url": "https://dynamodb.eu-central-1.amazonaws.com"}


def refusal(code: str, status: int = 400, **more: Any) -> ClientError:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}, **more}
    return ClientError(answer, "Operation")


def cancelled(*reasons: str) -> ClientError:
    return refusal("TransactionCanceledException", CancellationReasons=[{"Code": reason} for reason in reasons])


def test_every_code_that_the_sdk_repeats_is_known():
    """All but the one that EC2 gives to Lambda, which comes from a step's own function."""
    repeated = {*ThrottledRetryableChecker._THROTTLED_ERROR_CODES, *TransientRetryableChecker._TRANSIENT_ERROR_CODES}

    assert repeated - CODES == {"EC2ThrottledException"}


@pytest.mark.parametrize(
    ("error", "busy"),
    [
        (refusal("ThrottlingException"), True),
        (refusal("ExecutionLimitExceeded"), True),
        (refusal("ProvisionedThroughputExceededException"), True),
        (refusal("TooManyRequestsException", 429), True),
        (refusal("SlowDown", 503), True),
        (refusal("500", 500), True),
        (cancelled("None", "ThrottlingError"), True),
        (cancelled("TransactionConflict", "None"), True),
        (cancelled("ValidationError", "ThrottlingError"), False),
        (refusal("AccessDeniedException"), False),
        (refusal("ValidationException"), False),
        (refusal("NoSuchKey", 404), False),
        (EndpointConnectionError(**ENDPOINT), True),
        (ConnectTimeoutError(**ENDPOINT), True),
        (ReadTimeoutError(**ENDPOINT), True),
        (TimeoutError("DynamoDB left items unread"), True),
        (NoCredentialsError(), False),
        (KeyError("TABLE_NAME"), False),
    ],
    ids=str,
)
def test_what_passes_later(error: Exception, busy: bool):
    """Throttles, trouble of AWS's own, and no connection; not what a policy or a request lacks."""
    assert is_busy(error) is busy
