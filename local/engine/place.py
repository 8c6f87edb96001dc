"""Where a resource is. Calls nothing of local."""

from typing import NamedTuple

ACCOUNT = "123456789012"
"""moto's, which is the only one here."""


class Place(NamedTuple):
    account: str
    region: str
