"""Puts everything together: a moto server, the stack in it, its functions and its routes.

Called by __main__, and by tests as running(). Calls checker, template, own_secrets, deploy, dependencies, lambdas,
gateway, visitors, moto_differences.
"""

import logging
import os
import socket
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

from checker.checking import check
from importer.errors import Refused
from local import outbox, own_secrets, own_tmp
from local.console import say as print_line
from local.console import says_if_slow
from local.environment import no_proxy, nobody
from local.errors import LocalError
from local.stack import Stack
from local.template import load
from local.visitors import Guard

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

    from local.lambdas import Invoker

_HOST = "127.0.0.1"


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
) -> Iterator[Running]:
    """Serves a template until the block ends. Port 0 takes a free one. Raises LocalError.

    `tunnel` is the name by which hooks and links are reached from outside, and which steps' links begin with.
    """
    region = os.environ.get("AWS_REGION") or "us-east-1"
    with ExitStack() as stack:
        stack.enter_context(_own_environment(region))
        translated = load(template, parameters or {}, region, _mistaken(template, say))
        secrets = own_secrets.read(template)
        listener = stack.enter_context(_listen(port))
        domain = f"{_HOST}:{listener.getsockname()[1]}"
        aws_endpoint = stack.enter_context(_moto())

        # Not before: moto takes a second to import.
        with says_if_slow("Loading moto, which stands in for AWS …"):
            from local import dependencies, moto_differences
            from local.deploy import create
            from local.gateway import Gateway
            from local.lambdas import Functions
            from local.routes import Routes
            from local.workers import Surroundings

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
        functions = Functions(deployed, around)
        stack.callback(functions.close)
        invoke = elsewhere or functions.invoke
        moto_differences.run_functions_with(invoke)
        stack.callback(moto_differences.run_functions_with, None)
        gateway = Gateway(Routes(deployed.routes), invoke, domain, say, tunnel)
        stack.enter_context(_serving(listener, gateway))
        yield Running(f"http://{domain}", aws_endpoint, deployed)


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
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise LocalError(
            f"Port {port} of {_HOST} can't be used: {reason}. Set PORT to another one, or to 0 for any."
        ) from None
    return listener


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
def _moto() -> Iterator[str]:
    # What moto's CloudFormation has not is left out on purpose.
    warnings.filterwarnings("ignore", module="moto")
    for name in ("werkzeug", "moto"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    from moto.core.config import default_user_config
    from moto.moto_api._internal.models import moto_api_backend
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app

    with _listen(0) as listener:
        port = listener.getsockname()[1]
        os.environ["MOTO_PORT"] = str(port)
        default_user_config["stepfunctions"] = {"execute_state_machine": True}
        outbox.clear()
        try:
            guarded = Guard(DomainDispatcherApplication(create_backend_app))
            with _serving(listener, guarded, MotoRequestHandler):
                yield f"http://{_HOST}:{port}"
        finally:
            moto_api_backend.reset()


class _QuietHandler(WSGIRequestHandler):
    """Logs nothing: the gateway says one line for each request."""

    def log(self, *_: object) -> None:
        pass

    def make_environ(self) -> "WSGIEnvironment":
        """With the bytes that were sent, each as one character, as WSGI has it: werkzeug encodes them a second time."""
        environ = super().make_environ()
        sent = {name: environ[name].encode("latin-1").decode() for name in ("RAW_URI", "QUERY_STRING")}
        return {**environ, **sent}


@contextmanager
def _serving(
    listener: socket.socket, application: "WSGIApplication", handler: type[WSGIRequestHandler] = _QuietHandler
) -> Iterator[None]:
    server = make_server(_HOST, 0, application, threaded=True, request_handler=handler, fd=listener.fileno())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="http", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


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
