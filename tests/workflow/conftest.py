from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.one_stack import shared
from tests.workflow import outside, world
from tests.workflow.world import World


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> World:
    return shared("workflow", lambda: world.deployed(world.write_template(tmp_path_factory.mktemp("template"))))


@pytest.fixture(name="world")
def clean_world(deployed: World) -> Iterator[World]:
    """The stack, with Lambda as it usually is and nothing left running by a test."""
    yield deployed
    deployed.instead, deployed.twice, deployed.streams = lambda function: None, False, True
    deployed.time_left_ms = 0
    outside.during = bool
    for machine in deployed.stack.state_machines:
        for execution in deployed.executions(machine.removeprefix("interlude-"), "RUNNING"):
            with suppress(deployed.sfn.exceptions.ExecutionDoesNotExist):
                deployed.sfn.stop_execution(executionArn=execution["executionArn"])
