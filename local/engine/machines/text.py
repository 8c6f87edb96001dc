"""JSON text as Step Functions writes, reads and limits it. Calls nothing of local."""

import json
from typing import Any

MAX_BYTES = 262_144
"""What an input or a result may have, in UTF-8."""

compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def parse(text: str) -> Any:
    """The value of JSON text. Raises ValueError, also for NaN and Infinity, which Python reads."""
    return _DECODER.decode(text)


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_number)


def is_too_large(text: str) -> bool:
    """Whether text is above the limit."""
    if len(text) > MAX_BYTES:
        return True
    # A character has four bytes at most.
    return 4 * len(text) > MAX_BYTES and len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES
