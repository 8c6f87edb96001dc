"""The words of a workflow's Options."""

import pytest

from interlude.errors import BadOption
from interlude.options import Options


def test_no_words_are_no_options():
    """What the samples have."""
    assert Options.parse("") == Options(respond=False, retry=False, off=False, quiet=False, on_error="")


def test_words_stand_between_spaces():
    """In any order and with any space."""
    assert Options.parse(" retry  on_error=tell_me respond ") == Options(respond=True, retry=True, on_error="tell_me")


@pytest.mark.parametrize("word", ["retries", "retry=3", "on_error", "on_error=", "retry,quiet", "Retry", "${Options}"])
def test_other_words_are_refused(word: str):
    """By name, with what is allowed."""
    with pytest.raises(BadOption) as refused:
        Options.parse(f"respond {word}")

    assert str(refused.value) == (
        f"Options has {word!r}; allowed are respond, retry, off, quiet, on_error=<workflow>, with spaces between them."
    )


def test_where_it_is_too_late_to_refuse_the_other_words_count(capsys: pytest.CaptureFixture[str]):
    """A run that has failed is told of its own error, not of a word in the template."""
    assert Options.known("retyr quiet") == Options(quiet=True)
    assert capsys.readouterr().out.startswith("Options has 'retyr'; allowed are ")
