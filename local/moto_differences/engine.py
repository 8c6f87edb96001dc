"""The engine in moto's place: who asks it, what it hears of moto, and what moto hears of it.

One engine is plugged in at a time: that of a server, or else one in memory, for clients under mock_aws. With
MOTO_REFERENCE=1 in the environment that one is left out, and moto answers everything.
"""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from moto.awslambda.exceptions import LambdaClientError
from moto.core.base_backend import BackendDict
from moto.core.botocore_stubber import BotocoreStubber
from moto.dynamodb.models import DynamoDBBackend

from local.engine.engine import Engine
from local.engine.errors import ServiceError
from local.engine.items.writes import OnChange
from local.engine.machines.tasks import Done
from local.engine.place import Place
from local.engine.requests import Answer
from local.engine.store import Store
from local.moto_differences import awslambda, deliveries, events, step_functions, streams
from local.moto_differences.patch import replace

_current: Engine | None = None
_is_kept = False
_has_executions = True
_threads = ThreadPoolExecutor(64, "functions")


def answer(headers: Mapping[str, str], body: bytes) -> Answer | None:
    """What the engine answers to a request; None for what is moto's."""
    if not _has_executions and headers["X-Amz-Target"].startswith("AWSStepFunctions."):
        return None
    return _current.requests.answer(headers, body) if _current else None


def current() -> Engine | None:
    """The engine of this process."""
    return _current


@contextmanager
def plugged_in(store: Store) -> Iterator[Engine]:
    """A server's engine, until the block ends. What moto forgets then stays in the store."""
    global _is_kept  # noqa: PLW0603 - the seam is one for the process, as moto is
    engine, in_memory = Engine(store, _invoke, streams.hand_over, events.execution_ended), _current
    _plug_in(engine)
    if in_memory:
        in_memory.close()
        in_memory.store.close()
    _is_kept = True
    try:
        yield engine
    finally:
        engine.close()
        _is_kept = False
        _plug_in_memory()


@contextmanager
def listening(listener: OnChange) -> Iterator[None]:
    """Inside, an engine in memory is plugged in whose streams are read by the listener, and by no function."""
    before = _current
    engine = Engine(Store(), _invoke, listener, events.execution_ended)
    _plug_in(engine)
    try:
        yield
    finally:
        _plug_in(before)
        engine.close()
        engine.store.close()


@contextmanager
def left_out() -> Iterator[None]:
    """Inside, moto answers everything, in all threads."""
    before = _current
    _plug_in(None)
    try:
        yield
    finally:
        _plug_in(before)


@contextmanager
def without_executions() -> Iterator[None]:
    """Inside, executions are moto's, for an interpreter of their own. Items stay the engine's."""
    global _has_executions  # noqa: PLW0603 - the seam is one for the process, as moto is
    _has_executions = False
    step_functions.run_executions_with(None)
    try:
        yield
    finally:
        _has_executions = True
        step_functions.run_executions_with(_current.machines if _current else None)


def install() -> None:
    process_request = BotocoreStubber.process_request

    def answer_first(self: BotocoreStubber, request: AWSPreparedRequest) -> Any:
        target = _text(request.headers.get("X-Amz-Target"))
        if not target:
            return process_request(self, request)
        headers = {"X-Amz-Target": target, "Authorization": _text(request.headers.get("Authorization"))}
        found = answer(headers, _text(request.body).encode())
        return (found.status, found.headers, found.body) if found else process_request(self, request)

    replace(BotocoreStubber, "process_request", answer_first)

    delete_table = DynamoDBBackend.delete_table

    def delete_table_and_items(self: DynamoDBBackend, name: str) -> Any:
        deleted = delete_table(self, name)
        if _current:
            _current.items.drop(Place(self.account_id, self.region_name), deleted.name)
        return deleted

    replace(DynamoDBBackend, "delete_table", delete_table_and_items)

    reset = BackendDict.reset

    def reset_with_engine() -> None:
        # Not inside of moto's reset, which holds a lock that whoever has the store's may wait for.
        reset()
        if _current and not _is_kept:
            _current.forget()

    replace(BackendDict, "reset", staticmethod(reset_with_engine))
    _plug_in_memory()


def _plug_in_memory() -> None:
    is_left_out = os.environ.get("MOTO_REFERENCE") == "1"
    _plug_in(None if is_left_out else Engine(Store(), _invoke, streams.hand_over, events.execution_ended))


def _plug_in(engine: Engine | None) -> None:
    global _current  # noqa: PLW0603 - the seam is one for the process, as moto is
    _current = engine
    step_functions.run_executions_with(engine.machines if engine else None)
    deliveries.keep_in(engine.store if engine else None)


def _invoke(name: str, version: str | None, payload: bytes, done: Done) -> None:
    """Has a function called by what run_functions_with() was given."""
    if start := awslambda.start():
        start(name, version, payload, done)
    else:
        _threads.submit(_call, name, version, payload, done)


def _call(name: str, version: str | None, payload: bytes, done: Done) -> None:
    try:
        answer, error = awslambda.invoke(name, version, payload)
    except LambdaClientError as fault:
        done(ServiceError(fault.error_type, fault.message), None)
        return
    done(answer, error)


def _text(sent: Any) -> str:
    """A header, or a body of JSON, each of which botocore leaves as text or as bytes."""
    return sent.decode() if isinstance(sent, bytes | bytearray) else sent or ""
