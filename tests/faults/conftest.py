from collections.abc import Iterator

import pytest

from tests.faults.running import Suite


@pytest.fixture(scope="module")
def suite() -> Iterator[Suite]:
    with Suite.begun() as suite:
        yield suite
