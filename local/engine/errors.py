"""What a service answers when it refuses a request. Calls nothing of local."""

from typing import Any


class ServiceError(Exception):
    """An error of AWS's, as its client reads it: a code such as ValidationException, a message, and more fields."""

    def __init__(self, code: str, message: str, **fields: Any) -> None:
        self.code, self.message, self.fields = code, message, fields
        super().__init__(f"{code}: {message}")
