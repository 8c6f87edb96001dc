"""What ends an import. At the bottom: imports nothing of importer."""


class Refused(Exception):
    """Nothing is written. The message is one sentence that names the thing, its value and what is allowed."""


def one_line(error: object) -> str:
    return " ".join(str(error).split())
