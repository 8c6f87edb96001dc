"""The error that ends a command. At the bottom of the imports: this module imports nothing of this project."""


class Refused(Exception):
    """The import was refused, and nothing was written. One sentence names the thing, its value and what is allowed."""


def one_line(error: object) -> str:
    return " ".join(str(error).split())
