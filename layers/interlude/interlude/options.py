"""What a workflow's template asks for besides its steps: the words of `Options` in its DefinitionSubstitutions."""

from dataclasses import dataclass
from typing import Self

from interlude.errors import BadOption

SWITCHES = ("respond", "retry", "off", "quiet")
ALLOWED = f"{', '.join(SWITCHES)}, on_error=<workflow>"


@dataclass(frozen=True, slots=True)
class Options:
    respond: bool = False
    """The caller of a hook waits for what `pd.respond` says."""
    retry: bool = False
    """A step that fails is run again, up to 8 times over 10 h."""
    off: bool = False
    """The hook refuses. Runs can still be started by those who may use the API."""
    quiet: bool = False
    """No mail is sent when a run fails."""
    on_error: str = ""
    """The workflow that is started when a run fails, with the error as its event."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of words with spaces between them. Raises BadOption."""
        options, unknown = cls._read(text)
        if unknown:
            raise BadOption(_complaint(unknown))
        return options

    @classmethod
    def known(cls, text: str) -> Self:
        """The same where it is too late to refuse: what is unknown is printed, and the rest counts."""
        options, unknown = cls._read(text)
        if unknown:
            print(_complaint(unknown))
        return options

    @classmethod
    def _read(cls, text: str) -> tuple[Self, str]:
        """The options, and the first word that is none."""
        given: dict[str, bool | str] = {}
        unknown = ""
        for word in text.split():
            name, is_pair, value = word.partition("=")
            if name == "on_error" and value:
                given[name] = value
            elif name in SWITCHES and not is_pair:
                given[name] = True
            else:
                unknown = unknown or word
        return cls(**given), unknown  # type: ignore[arg-type]  # the switches are true, on_error is text


def _complaint(word: str) -> str:
    return f"Options has {word!r}; allowed are {ALLOWED}, with spaces between them."
