"""Which errors say that AWS is too busy or out of reach, so that the same request may work a little later."""

import botocore.exceptions
from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError

from interlude.errors import CannotWake

# The SDK has such a list, too, but not for others to import: Lambda's SDK changes under us. A test compares them.
CODES = frozenset({
    "BandwidthLimitExceeded",
    "ExecutionLimitExceeded",  # 1,000,000 executions are open
    "InternalServerError",
    "KmsThrottlingException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceeded",  # this and ThrottlingError: of one write of a transaction
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
    """Whether an error of an AWS client, `table` or `executions` passes when the request is sent again later."""
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
