"""The engine under mock_aws: what botocore sends is answered by it before moto is asked.

Called by deploy, once, where there is no endpoint. Its state is in memory, and gone when moto is reset. With
MOTO_REFERENCE=1 in the environment it is left out, and everything is moto's.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ClientError
from moto.awslambda.exceptions import LambdaClientError
from moto.core.base_backend import BackendDict
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse

from local.engine.clock import Clock
from local.engine.errors import ServiceError
from local.engine.machines import Machines
from local.engine.machines.tasks import Done
from local.engine.place import Place
from local.engine.requests import Requests
from local.engine.store import Store
from local.moto_differences import awslambda, events, step_functions
from local.moto_differences.patch import replace


@lru_cache(maxsize=1)
def install() -> None:
    """Changes botocore's and moto's answers in this process. Further calls do nothing."""
    if os.environ.get("MOTO_REFERENCE") == "1":
        return
    machines = Machines(Store(), Clock(), {"dynamodb": _moto_dynamodb}, _invoke, events.execution_ended)
    requests = Requests({"states": machines.answer}, machines.machine_of_token)
    step_functions.run_executions_with(machines)
    ask_moto = BotocoreStubber.__call__

    def ask_engine(self: BotocoreStubber, event_name: str, request: AWSPreparedRequest, **more: Any) -> Any:
        if self.enabled and not _is_left_out and "X-Amz-Target" in request.headers:
            body: Any = request.body
            answer = requests.answer(_Headers(request.headers), body.encode() if isinstance(body, str) else body)
            if answer is not None:
                headers: Any = answer.headers
                raw: Any = MockRawResponse(answer.body)
                return AWSResponse(request.url, answer.status, headers, raw)
        return ask_moto(self, event_name, request, **more)

    replace(BotocoreStubber, "__call__", ask_engine)
    reset = BackendDict.reset

    def reset_both() -> None:
        reset()
        machines.forget()

    replace(BackendDict, "reset", staticmethod(reset_both))


class _Headers(dict[str, str]):
    """botocore's, some of whose values are bytes."""

    def __init__(self, headers: Any) -> None:
        super().__init__(
            {name: value.decode() if isinstance(value, bytes) else str(value) for name, value in headers.items()}
        )


_is_left_out = False


@contextmanager
def left_out() -> Iterator[None]:
    """Inside, moto answers everything."""
    global _is_left_out  # noqa: PLW0603 - the seam is one for the process, as moto is
    _is_left_out = True
    try:
        yield
    finally:
        _is_left_out = False


_functions = ThreadPoolExecutor(64, "functions")


def _invoke(name: str, version: str | None, payload: bytes, done: Done) -> None:
    """Calls the function that run_functions_with() was given, in a thread of its own."""
    _functions.submit(_call, name, version, payload, done)


def _call(name: str, version: str | None, payload: bytes, done: Done) -> None:
    try:
        answer, error = awslambda.invoke(name, version, payload)
    except LambdaClientError as fault:
        done(ServiceError(fault.error_type, fault.message), None)
        return
    done(answer, error)


def _moto_dynamodb(operation: str, request: dict[str, Any], place: Place) -> dict[str, Any]:
    client: Any = _dynamodb(place.region)
    try:
        answer = client._make_api_call(operation, request)
    except ClientError as error:
        raise ServiceError(error.response["Error"]["Code"], error.response["Error"]["Message"]) from None
    answer.pop("ResponseMetadata", None)
    return dict(answer)


@lru_cache
def _dynamodb(region: str) -> Any:
    return boto3.client("dynamodb", region_name=region, aws_access_key_id="local", aws_secret_access_key="local")  # noqa: S106
