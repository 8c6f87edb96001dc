"""DynamoDB's numbers: decimal, up to 38 digits, 1E-130 to 9.99E+125. Calls refusals."""

import re
import struct
from decimal import Context, Decimal

from local.engine.errors import ServiceError
from local.engine.items.refusals import invalid

_PLAIN = re.compile(r"0|-?[1-9][0-9]{0,37}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE]([+-]?[0-9]+))?")
# Enough for the sum of the largest and the smallest number.
_EXACT = Context(prec=300)
_DIGITS = 38
_OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"
_UNDERFLOW = "Number underflow. Attempting to store a number with magnitude smaller than supported range"


def canonical(text: str) -> str:
    """The one text of a number: no exponent, no zero that says nothing. Raises ServiceError."""
    if _PLAIN.fullmatch(text):
        return text
    found = _NUMBER.fullmatch(text)
    if not found:
        raise invalid(f"The parameter cannot be converted to a numeric value: {text}")
    mantissa = text[: found.start(1) - 1] if found[1] else text
    if not mantissa.strip("+-0."):
        return "0"
    if found[1] and abs(int(found[1][:8])) > 9999:
        raise invalid(_UNDERFLOW if found[1].startswith("-") else _OVERFLOW)
    return _text(Decimal(text), "Attempting to store more than 38 significant digits in a Number")


def add(left: str, right: str) -> str:
    """Raises ServiceError where the sum is no number that DynamoDB has."""
    return _text(_EXACT.add(Decimal(left), Decimal(right)), _OVERFLOW)


def subtract(left: str, right: str) -> str:
    """Raises ServiceError where the difference is no number that DynamoDB has."""
    return _text(_EXACT.subtract(Decimal(left), Decimal(right)), _OVERFLOW)


def _text(number: Decimal, too_long: str) -> str:
    if not number:
        return "0"
    if number.adjusted() > 125:
        raise invalid(_OVERFLOW)
    if number.adjusted() < -130:
        raise invalid(_UNDERFLOW)
    shortest = number.normalize(Context(prec=max(len(number.as_tuple().digits), 1)))
    if len(shortest.as_tuple().digits) > _DIGITS:
        raise invalid(too_long)
    return format(shortest, "f")


def size(text: str) -> int:
    """Bytes that a canonical number counts for."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return (len(digits) + 1) // 2 + 1 + text.startswith("-")


def sort_key(text: str) -> bytes:
    """Bytes in the order of the numbers, of a canonical number."""
    number = Decimal(text)
    if not number:
        return b"\x01"
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0").encode()
    # A digit more is a larger number, after one that ends here.
    magnitude = struct.pack(">H", number.adjusted() + 1000) + digits
    if number > 0:
        return b"\x02" + magnitude
    return b"\x00" + bytes(255 - byte for byte in magnitude) + b"\xff"


def is_number(text: str) -> bool:
    """Whether DynamoDB takes a text for a number."""
    try:
        canonical(text)
    except ServiceError:
        return False
    return True
