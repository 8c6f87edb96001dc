from collections.abc import Callable, Iterator

import pytest

from tests.model.playing import playing
from tests.model.stage import Stage


@pytest.fixture(scope="module")
def begin() -> Iterator[Callable[..., Stage]]:
    """Begins a run whose processes are moved by hand."""
    with playing() as begin:
        yield begin
