"""Puts everything together: an endpoint for AWS, the stack in it, its functions and its routes.

Called by __main__, and by tests as running(). Calls checker, template, own_secrets, deploy, dependencies, lambdas,
event_loop, endpoint, gateway, http_server, moto_differences.
"""

import logging
import os
import socket
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from checker.checking import check
from local import outbox, own_secrets, own_tmp, storage
from local.console import say as print_line
from local.console import says_if_slow
from local.engine.store import Store
from local.environment import no_proxy, nobody
from local.errors import LocalError
from local.event_loop import EventLoop
from local.http_messages import HOST, Handler
from local.http_server import HttpServer, listen
from local.invocations import blocking, in_threads
from local.stack import Stack
from local.template import load
from sync.errors import Refused

if TYPE_CHECKING:
    from local.invocations import Invoker


@dataclass(frozen=True)
class Running:
    """What is there to speak with while it runs."""

    url: str
    aws_endpoint: str
    stack: Stack


@contextmanager
def running(
    template: Path,
    parameters: dict[str, str] | None = None,
    port: int = 0,
    say: Callable[[str], None] = print_line,
    tunnel: str = "",
    *,
    raw_logs: bool = False,
    data: Path | None = None,
    fresh: bool = False,
) -> Iterator[Running]:
    """Serves a template until the block ends. Port 0 takes a free one. Raises LocalError.

    `tunnel` is the name by which hooks and links are reached from outside, and which steps' links begin with. `data` is
    the folder for what outlives the server, None for memory; `fresh` deletes what is there of this template.
    """
    region = os.environ.get("AWS_REGION") or "us-east-1"
    with ExitStack() as stack:
        stack.enter_context(_own_environment(region))
        translated = load(template, parameters or {}, region, _mistaken(template, say))
        secrets = own_secrets.read(template)
        file = data and storage.file_for(data, template, region)
        store = stack.enter_context(storage.opened(file, fresh=fresh, say=say))
        listener = stack.enter_context(_listen(port))
        domain = f"{HOST}:{listener.getsockname()[1]}"
        loop = stack.enter_context(_event_loop())
        aws_endpoint = stack.enter_context(_aws(loop))

        # Not before: moto takes a second to import.
        with says_if_slow("Loading moto, which stands in for AWS …"):
            from local import dependencies, moto_differences
            from local.deploy import create
            from local.gateway import Gateway
            from local.lambdas import Functions
            from local.routes import Routes
            from local.workers import Surroundings

        stack.enter_context(_kept(store))
        base_url = f"https://{tunnel}" if tunnel else f"http://{domain}"
        deployed = create(translated, base_url, region=region)
        own_secrets.create(secrets, region, aws_endpoint)
        for line in own_secrets.missing(secrets, deployed, translated.options):
            say(line)
        for folder in sorted(set(translated.folders.values())):
            dependencies.install(folder)
        elsewhere = _delegate(deployed, region)
        alone = not elsewhere and _gets_own_tmp(translated.folders.values(), say)
        around = Surroundings(region, aws_endpoint, say, raw_logs=raw_logs, own_tmp=alone)
        functions = Functions(deployed, around, loop)
        stack.callback(functions.close)
        if not elsewhere:
            functions.start_ahead()
        invoke = in_threads(elsewhere) if elsewhere else functions.start
        moto_differences.run_functions_with(blocking(invoke), invoke)
        stack.callback(moto_differences.run_functions_with, None)
        stack.enter_context(moto_differences.streams.polled())
        engine = stack.enter_context(moto_differences.engine.plugged_in(store))
        gateway = Gateway(Routes(deployed.routes), invoke, domain, say, tunnel)
        stack.enter_context(_serving(loop, listener, gateway))
        for arn, count in engine.begin().items():
            say(f"{template} has no {_last(arn)}: {count} of its runs rest until it is back.")
        moto_differences.resume_deliveries()
        yield Running(f"http://{domain}", aws_endpoint, deployed)


def _last(arn: str) -> str:
    return arn.rpartition(":")[2]


def _mistaken(template: Path, say: Callable[[str], None]) -> set[str]:
    """Says what is wrong with the workflows, and returns the logical ids of what can't be served as it is meant."""
    try:
        found = check(template)
    except (Refused, OSError) as error:
        raise LocalError(" ".join(str(error).split())) from None
    for each in found:
        say(str(each))
    unusable = {logical_id for each in found for logical_id in each.unusable}
    if unusable:
        say(f"Not served until {template} is mended: {', '.join(sorted(unusable))}.")
    return unusable


def _listen(port: int) -> socket.socket:
    try:
        return listen(port)
    except OSError as error:
        reason = error.strerror or str(error)
        raise LocalError(
            f"Port {port} of {HOST} can't be used: {reason}. Set PORT to another one, or to 0 for any."
        ) from None


@contextmanager
def _own_environment(region: str) -> Iterator[None]:
    """Keeps clients in this process, which read the environment, from the developer's AWS settings."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update({**nobody(), **no_proxy(), "AWS_REGION": region, "AWS_DEFAULT_REGION": region})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _aws(loop: EventLoop) -> Iterator[str]:
    # What moto's CloudFormation has not is left out on purpose.
    warnings.filterwarnings("ignore", module="moto")
    for name in ("werkzeug", "moto", "aiohttp"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    from moto.core.config import default_user_config
    from moto.moto_api._internal.models import moto_api_backend
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    from local.endpoint import Endpoint
    from local.moto_differences import engine

    with _listen(0) as listener:
        port = listener.getsockname()[1]
        os.environ["MOTO_PORT"] = str(port)
        default_user_config["stepfunctions"] = {"execute_state_machine": True}
        endpoint = Endpoint(engine.answer, DomainDispatcherApplication(create_backend_app), port)
        try:
            with _serving(loop, listener, endpoint, for_programs=True):
                yield f"http://{HOST}:{port}"
        finally:
            moto_api_backend.reset()


@contextmanager
def _kept(store: Store) -> Iterator[None]:
    """Has mail and objects kept in a store. What is deleted when the server ends is no deletion there."""
    from local.moto_differences import s3

    outbox.keep_in(store)
    s3.keep_in(store)
    try:
        yield
    finally:
        s3.keep_in(None)
        outbox.keep_in(None)


@contextmanager
def _serving(
    loop: EventLoop, listener: socket.socket, handler: Handler, *, for_programs: bool = False
) -> Iterator[None]:
    server = HttpServer(handler, for_programs=for_programs)
    loop.run(server.start(listener))
    try:
        yield
    finally:
        loop.run(server.close())


@contextmanager
def _event_loop() -> Iterator[EventLoop]:
    loop = EventLoop()
    try:
        yield loop
    finally:
        loop.close()


def _gets_own_tmp(folders: Iterable[Path], say: Callable[[str], None]) -> bool:
    """Whether this machine lets each process of a function have a /tmp of its own; says so if not."""
    if refusal := own_tmp.refusal(map(str, folders)):
        say(f"Steps share this machine's /tmp, where each run sees the files of all others: {refusal}.")
    return not refusal


def _delegate(stack: Stack, region: str) -> "Invoker | None":
    endpoint = os.environ.get("LAMBDA_ENDPOINT_URL")
    if not endpoint:
        return None
    from local.delegation import delegate_to

    return delegate_to(endpoint, stack, region)
