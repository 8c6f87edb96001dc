"""The errors that DynamoDB answers with, in its own words. Calls errors."""

from typing import Any

from local.engine.errors import ServiceError


def invalid(message: str) -> ServiceError:
    """A request that DynamoDB does not take."""
    return ServiceError("ValidationException", message)


def invalid_value(message: str) -> ServiceError:
    """A value that DynamoDB does not take."""
    return invalid(f"One or more parameter values were invalid: {message}")


def unreadable(message: str) -> ServiceError:
    """JSON of another shape than the API has."""
    return ServiceError("SerializationException", message)


def no_table() -> ServiceError:
    return ServiceError("ResourceNotFoundException", "Requested resource not found")


def condition_failed(item: dict[str, Any] | None) -> ServiceError:
    """`item` is what the caller wants to see of it: None for nothing."""
    shown = {"Item": item} if item else {}
    return ServiceError("ConditionalCheckFailedException", "The conditional request failed", **shown)


def cancelled(reasons: list[dict[str, Any]]) -> ServiceError:
    """A transaction that did not happen; a reason for each of its operations."""
    codes = ", ".join(reason["Code"] for reason in reasons)
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    return ServiceError("TransactionCanceledException", message, Message=message, CancellationReasons=reasons)
