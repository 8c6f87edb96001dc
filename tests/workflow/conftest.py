from collections.abc import Iterator
from contextlib import suppress

import pytest
from moto import mock_aws

from interlude.aws import clients
from local import moto_differences
from tests.workflow import outside
from tests.workflow.world import WORKFLOWS, World, write_template


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    template = write_template(tmp_path_factory.mktemp("template"))
    with (
        pytest.MonkeyPatch.context() as environment,
        mock_aws(config={"stepfunctions": {"execute_state_machine": True}}),
    ):
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        clients._client.cache_clear()
        clients._session.cache_clear()
        yield World(template)
        moto_differences.all_delivered()
    moto_differences.run_functions_with(None)
    clients._client.cache_clear()
    clients._session.cache_clear()


@pytest.fixture
def world(deployed: World) -> Iterator[World]:
    """The stack, with Lambda as it usually is and nothing left running by a test."""
    yield deployed
    deployed.instead, deployed.twice, deployed.streams = lambda function: None, False, True
    outside.during = bool
    for workflow in WORKFLOWS:
        for execution in deployed.executions(workflow, "RUNNING"):
            with suppress(deployed.sfn.exceptions.ExecutionDoesNotExist):
                deployed.sfn.stop_execution(executionArn=execution["executionArn"])
