"""What can be said to the person at the terminal in one sentence. At the bottom: imports nothing of local."""


class LocalError(Exception):
    """The start can't go on. The message names the thing, the value that it has and what is allowed."""


def one_line(error: object) -> str:
    """What an error says, without line breaks."""
    return " ".join(str(error).split())
