"""The error that ends a command, and what a command prints of it. This module imports nothing of this project."""

import sys
from collections.abc import Callable


class Refused(Exception):
    """The import was refused, and nothing was written. One sentence names the thing, its value and what is allowed."""


def exit_code(command: Callable[[], int]) -> int:
    """The exit code of a command: 1 if it was refused, or a file can't be read, after printing the reason."""
    try:
        return command()
    except Refused as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename or 'A file'} can't be read: {error.strerror or one_line(error)}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


def one_line(error: object) -> str:
    return " ".join(str(error).split())
