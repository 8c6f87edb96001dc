"""Where a Stage stands: the table and the stream's filter of the real template on moto, and one environment for all."""

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from interlude.aws import clients
from interlude.pd import usercode
from interlude.settings import settings
from local import moto_differences
from local.deploy import deploy
from local.moto_differences import streams
from tests import templates
from tests.model import actors
from tests.model.machine import Refused
from tests.model.stage import STEPS, WORKFLOW, Stage

CODE = Path(__file__).parent / "steps"


@contextmanager
def playing() -> Iterator[Callable[..., Stage]]:
    """Inside, runs can be begun, one at a time."""
    current: list[Stage] = []
    numbers = itertools.count(1)

    def answer(operation: str, given: dict[str, Any]) -> Any:
        try:
            told = current[-1].ask(operation, given)
        except Refused as refused:
            return Answer(400), {"Error": {"Code": str(refused), "Message": ""}, "ResponseMetadata": {}}
        return None if told is None else (Answer(200), {**told, "ResponseMetadata": {}})

    def count(**_: Any) -> None:
        for stage in current:
            stage.requests += 1

    def begin(does: Callable[[int, int], str], **more: Any) -> Stage:
        current[:] = [Stage(f"acting-{next(numbers):012x}-0123456789abcdef", does, **more)]
        return current[-1]

    with (
        pytest.MonkeyPatch.context() as patched,
        tempfile.TemporaryDirectory() as folder,
        mock_aws(config={"stepfunctions": {"execute_state_machine": True}}),
    ):
        patched.setenv("AWS_DEFAULT_REGION", "us-east-1")
        for cached in (clients._client, clients._environment, settings, usercode.load):
            cached.cache_clear()
        stack = deploy(_template(Path(folder)), "https://interlude.example")
        # One process is all functions at the same time, as the environment is the process's.
        for function in (
            f"interlude-{WORKFLOW}-{STEPS[0]}",
            "interlude-failures",
            "interlude-wakeups",
            "interlude-api",
        ):
            for name, value in stack.functions[function].environment.items():
                patched.setenv(name, value)
        patched.setenv("BASE_URL", "https://interlude.example")
        patched.setenv("LAMBDA_TASK_ROOT", str(CODE))
        patched.delenv("TMP_FOLDER", raising=False)
        patched.setattr(streams, "send", lambda _kind, message: current[-1].records.extend(message["records"]))
        actors.watch(patched, answer)
        clients.client("dynamodb").meta.events.register("request-created.dynamodb", count)
        yield begin
        moto_differences.all_delivered()
    for cached in (clients._client, clients._environment, settings, usercode.load):
        cached.cache_clear()


class Answer:
    """As much of an HTTP answer as botocore looks at."""

    def __init__(self, status: int) -> None:
        self.status_code = status
        self.headers: dict[str, str] = {}


def _template(folder: Path) -> Path:
    """The project's template with one workflow more."""
    return templates.written(templates.with_workflows([templates.workflow(WORKFLOW, STEPS, str(CODE))]), folder)
