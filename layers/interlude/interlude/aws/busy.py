"""The errors that mean that AWS is busy or unreachable, and that the same request may work a little later."""

import botocore.exceptions
from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError

from interlude.errors import CannotWake

# The SDK has such a list, too, but it is private, and the SDK in Lambda changes. A test compares the two.
CODES = frozenset({
    "BandwidthLimitExceeded",
    "ExecutionLimitExceeded",  # 1,000,000 executions are open
    "InternalServerError",
    "KmsThrottlingException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceeded",  # this and ThrottlingError: of one write in a transaction
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingError",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionConflict",
    "TransactionConflictException",
    "TransactionInProgressException",
})  # fmt: skip


def is_busy(error: BaseException) -> bool:
    """Whether an error of an AWS client, `table` or `executions` is temporary."""
    if isinstance(error, CannotWake):
        return error.busy
    if isinstance(error, ClientError):
        return _is_busy_answer(error)
    broken = botocore.exceptions.ConnectionError | HTTPClientError | IncompleteReadError
    return isinstance(error, broken | TimeoutError)


def _is_busy_answer(error: ClientError) -> bool:
    answer = error.response
    reasons = {reason.get("Code") for reason in answer.get("CancellationReasons", [])} - {None, "None"}
    if reasons:
        return reasons <= CODES
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= 500 or answer.get("Error", {}).get("Code") in CODES
