"""python -m local: deploys a template on this machine and serves it until it is stopped.

    python -m local [--template template.yaml] [--parameter-overrides Key=Value ...] [--allow-host NAME]
                    [--logs text|json] [--data FOLDER] [--fresh]

PORT is the port (default 3000, 0 for any free one), AWS_REGION the region (default us-east-1), LAMBDA_ENDPOINT_URL
where functions run instead of here. Calls server.
"""

import argparse
import os
import re
import signal
import sys
import threading
import time
from types import FrameType

if sys.version_info < (3, 11):  # noqa: UP036 - whoever has an older one shall read why
    version = ".".join(map(str, sys.version_info[:2]))
    sys.exit(f"This is Python {version}, but must be 3.11 or newer.")

from pathlib import Path

from local import console
from local.errors import LocalError

HOST = re.compile(r"[A-Za-z0-9-]+([.][A-Za-z0-9-]+)*")


class _Stopped(BaseException):
    """Ctrl-C, or SIGTERM."""


def _stop(_signal: int, _frame: FrameType | None) -> None:
    # A second one must not interrupt the end.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise _Stopped


def main() -> int:
    """Runs until it is stopped. The exit code is 1 when it can't start, and then one sentence says why."""
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _stop)
        arguments = _arguments()
        overrides, tunnel = _overrides(arguments.parameter_overrides), _host(arguments.allow_host)
        port = _port()
        if raw_logs := arguments.logs == "json":
            console.print_json()
        console.say(f"Interlude reads {arguments.template} …")
        # Not before: they import all that stands in for AWS, and the first line should come at once.
        from local import ready, server, storage

        data = arguments.data or arguments.template.parent / storage.FOLDER
        with server.running(
            arguments.template, overrides, port, tunnel=tunnel, raw_logs=raw_logs, data=data, fresh=arguments.fresh
        ) as running:
            # In a thread of its own: here a signal raises, and must not leave a lock behind.
            threading.Thread(target=ready.announce, args=(running,), daemon=True).start()
            while True:
                # Not signal.pause(), which sleeps on when the signal came just before it.
                time.sleep(0.5)
    except LocalError as error:
        print(error, file=sys.stderr)
        return 1
    except _Stopped:
        return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local", description="Runs the project on this machine.")
    parser.add_argument("--template", type=Path, default=Path("template.yaml"), help="the SAM template")
    parser.add_argument(
        "--parameter-overrides", nargs="+", action="extend", default=[], metavar="Key=Value", help="its parameters"
    )
    parser.add_argument(
        "--allow-host", default="", metavar="NAME", help="the name of a tunnel, for which hooks and links are served"
    )
    logs = "how to print: text, or a JSON object in each line"
    parser.add_argument("--logs", choices=["text", "json"], default="text", help=logs)
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER", help="where runs and data are kept (.interlude beside the template)"
    )
    parser.add_argument("--fresh", action="store_true", help="delete the runs and data that are kept, and begin anew")
    return parser.parse_args()


def _overrides(given: list[str]) -> dict[str, str]:
    for pair in given:
        if "=" not in pair:
            raise LocalError(f"--parameter-overrides got {pair!r}, but takes Key=Value.")
    return dict(pair.split("=", 1) for pair in given)


def _host(given: str) -> str:
    if given and not HOST.fullmatch(given):
        raise LocalError(f"--allow-host got {given!r}, but takes a host name such as abc.example.com.")
    return given.lower()


def _port() -> int:
    given = os.environ.get("PORT") or "3000"
    if not (given.isascii() and given.isdecimal()) or int(given) > 65535:
        raise LocalError(f"PORT is {given!r}, but must be a number from 0 to 65535.")
    return int(given)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # Executions that still run are threads of moto's that can't be ended, and would have the last word otherwise.
    os._exit(code)
