"""The charsets that a body, or a field of a form, may claim.

Python knows more: one takes 20 seconds for half a megabyte, some make no text at all. And it keeps each name that
codecs.lookup was asked for, so a name that a client made up never gets there.
"""

from encodings import normalize_encoding
from encodings.aliases import aliases

UTF_8 = "utf_8"
CODECS = (UTF_8, "ascii", "latin_1", "iso8859_15", "cp1252", "utf_16")

NAMES = {name: codec for name, codec in aliases.items() if codec in CODECS} | {codec: codec for codec in CODECS}


def codec_of(charset: str) -> str | None:
    """Python's name of a charset, whichever of its names it goes by; None for one that is not allowed."""
    return NAMES.get(normalize_encoding(charset).lower())


def decode(content: bytes, charset: str) -> str | None:
    """The text; None where the charset is not allowed, or the content is not text in it."""
    codec = codec_of(charset)
    try:
        return content.decode(codec) if codec else None
    except UnicodeDecodeError:
        return None
