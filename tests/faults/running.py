"""The suite: a world of its own in this process, and what was tried in it. Called by the tests and by the bench."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self
from unittest.mock import patch

from aws_lambda_powertools.event_handler.api_gateway import BaseRouter
from moto import mock_aws

from interlude import clock
from interlude.aws import clients
from interlude.pd import usercode
from interlude.settings import settings
from tests.faults import table
from tests.faults.play import Theatre
from tests.faults.scenarios import SCENARIOS, Scenario
from tests.faults.schedule import Stage
from tests.faults.stack import ENVIRONMENT
from tests.faults.world import World


@dataclass
class _Clock:
    ms: int = 1_800_000_000_000


# What each process has for itself: the request that Powertools answers.
OWN = [(BaseRouter, "current_event", lambda: None)]


class Suite:
    def __init__(self, world: World) -> None:
        self._world = world
        self._nothing = world.save()

    @classmethod
    @contextmanager
    def begun(cls) -> Iterator[Self]:
        """Inside, this process is the stack."""
        time = _Clock()
        caches: list[Any] = [clients._client, clients._environment, settings, usercode.load]
        with (
            patch.dict(os.environ, ENVIRONMENT),
            patch.object(clock, "now_ms", lambda: time.ms),
            patch.object(clock, "elapsed_ms", lambda since=0: time.ms - since),
            mock_aws(),
            table.recording(),
        ):
            for cache in caches:
                cache.cache_clear()
            BaseRouter.current_event = None  # type: ignore[assignment]  # until there is one
            yield cls(World(Stage(OWN), time))
        for cache in caches:
            cache.cache_clear()

    @contextmanager
    def without(self, condition: str) -> Iterator[None]:
        """Inside, no write of the product has this condition."""
        self._world.left_out = condition.encode()
        try:
            yield
        finally:
            self._world.left_out = b""

    def fresh(self) -> World:
        """The stack, with no run in it."""
        self._world.restore(self._nothing)
        return self._world

    def theatre(self, scenario: Scenario | str) -> Theatre:
        found = next(each for each in SCENARIOS if scenario in (each, each.name))
        return Theatre(self._world, found, self._nothing)
