"""The routes under /local/, which AWS has not: the mail that was sent, and the schedules.

Called by gateway. Calls outbox and schedules.
"""

from urllib.parse import unquote

from local import outbox
from local.errors import LocalError
from local.http_messages import Response
from local.payload import json_response

_SCHEDULES = "/local/schedules"


def answer(method: str, raw_path: str) -> Response | None:
    """The answer to a request; None where there is no such route."""
    match method, raw_path:
        case "GET", "/local/outbox":
            return json_response(200, {"messages": outbox.messages()})
        case "GET", path if path == _SCHEDULES:
            from local import schedules

            return json_response(200, {"schedules": schedules.listed()})
        case "POST", path if path.startswith(f"{_SCHEDULES}/"):
            return _start(unquote(path.removeprefix(f"{_SCHEDULES}/")))
        case _:
            return None


def _start(name: str) -> Response:
    from local import schedules

    try:
        return json_response(202, {"run_id": schedules.start(name)})
    except schedules.UnknownSchedule as unknown:
        return json_response(404, {"message": str(unknown)})
    except LocalError as error:
        return json_response(400, {"message": str(error)})
