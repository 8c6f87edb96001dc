"""The charsets that a body, or a field of a form, may claim.

Python has more: one takes 20 seconds for half a megabyte, and some do not even decode to text. And codecs.lookup keeps
every name that it is asked for, so names from clients never reach it.
"""

from encodings import normalize_encoding
from encodings.aliases import aliases

UTF_8 = "utf_8"
CODECS = (UTF_8, "ascii", "latin_1", "iso8859_15", "cp1252", "utf_16")

NAMES = {name: codec for name, codec in aliases.items() if codec in CODECS} | {codec: codec for codec in CODECS}


def codec_of(charset: str) -> str | None:
    """Python's name of a charset, from any of its names; None if the charset is not allowed."""
    return NAMES.get(normalize_encoding(charset).lower())


def decode(content: bytes, charset: str) -> str | None:
    """The text; None if the charset is not allowed, or the content is not valid in it."""
    codec = codec_of(charset)
    if codec is None:
        return None
    try:
        return content.decode(codec)
    except UnicodeDecodeError:
        return None
