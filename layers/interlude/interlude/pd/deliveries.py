"""The requests of `pd.send.http`: their arguments, and their delivery. `send` imports this on first use."""

from base64 import b64encode
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from interlude import clock
from interlude.errors import BadCall
from interlude.run import payloads

TIMEOUT_S = 5
"""For all requests of a step together. With more, the step could run into its own timeout and lose its exports."""
REDIRECTS = 5
AT_ONCE = 50

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
TAKES = ("method", "url", "data", "headers", "params", "auth")


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    url: str
    body: bytes | None
    headers: dict[str, str]

    def __str__(self) -> str:
        # Without the path, which is the secret of a webhook.
        return f"{self.method} to {urlsplit(self.url).hostname}"


def checked(given: Mapping[str, Any]) -> Request:
    """The request from the arguments of a call. Raises BadCall."""
    unknown = sorted(set(map(str, given)) - set(TAKES))
    if unknown:
        raise BadCall(f"pd.send.http: {unknown[0]!r} is unknown; the arguments are {', '.join(TAKES)}.")
    method = given.get("method", "GET")
    if not isinstance(method, str) or method.upper() not in METHODS:
        raise BadCall(f"pd.send.http: method is {payloads.short(method)}; it must be one of {', '.join(METHODS)}.")
    headers, params, auth = (_mapping(name, given.get(name)) for name in ("headers", "params", "auth"))
    body, kind = _body(given.get("data"))
    sent = {str(name): str(value) for name, value in headers.items() if value is not None}
    if kind and "content-type" not in map(str.lower, sent):
        sent["Content-Type"] = kind
    if auth:
        sent = {name: value for name, value in sent.items() if name.lower() != "authorization"}
        sent["Authorization"] = _basic(auth)
    for name, value in sent.items():
        if "\r" in name + value or "\n" in name + value:
            raise BadCall(f"pd.send.http: the header {payloads.short(name)} contains a line break.")
    return Request(method.upper(), _url(given.get("url"), params), body, sent)


def deliver(requests: list[Request]) -> list[str]:
    """Sends the requests in parallel. Returns a log line for each, once all are answered or the time is up."""
    results = [f"pd.send.http: {request} was not sent within {TIMEOUT_S} s" for request in requests]
    waiting = deque(enumerate(requests))
    started = clock.elapsed_ms()

    def left_s() -> float:
        return max(0.0, TIMEOUT_S - clock.elapsed_ms(started) / 1000)

    def send() -> None:
        with suppress(IndexError):  # the queue is empty
            while left := left_s():
                index, request = waiting.popleft()
                results[index] = f"pd.send.http: {request} was not answered within {TIMEOUT_S} s"
                results[index] = _deliver(request, left)

    # Daemons, because they can outlast the time: no library's timeout ends a request that is answered byte by byte.
    senders = [Thread(target=send, daemon=True) for _ in requests[:AT_ONCE]]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(left_s())
    return results[:]


def _mapping(name: str, value: Any) -> Mapping[str, Any]:
    if value is None or isinstance(value, Mapping):
        return value or {}
    raise BadCall(f"pd.send.http: {name} is a {type(value).__name__}; it must be a dict.")


def _url(url: Any, params: Mapping[str, Any]) -> str:
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        usable = parts.scheme in ("http", "https") and parts.hostname
    except ValueError:
        usable = None
    if not usable:
        # Cut short: it may contain a password.
        raise BadCall(f"pd.send.http: url is {payloads.short(url, 40)}; it must begin with http:// or https://.")
    query = [(name, text) for name, values in params.items() for text in _query_values(values)]
    if query:
        parts = parts._replace(query="&".join(filter(None, [parts.query, urlencode(query)])))
    return parts._replace(fragment="").geturl()


def _query_values(values: Any) -> list[Any]:
    if not isinstance(values, list | tuple):
        values = [values]
    present = [value for value in values if value is not None]
    return [str(value).lower() if isinstance(value, bool) else value for value in present]


def _body(data: Any) -> tuple[bytes | None, str]:
    if data is None:
        return None, ""
    if isinstance(data, bytes | bytearray):
        return bytes(data), ""
    if isinstance(data, str):
        return data.encode("utf-8", "replace"), "text/plain; charset=utf-8"
    return payloads.dump(data, "pd.send.http: data").encode(), "application/json"


def _basic(auth: Mapping[str, Any]) -> str:
    if set(auth) != {"username", "password"}:
        raise BadCall('pd.send.http: auth must be {"username": …, "password": …}.')
    return "Basic " + b64encode(f"{auth['username']}:{auth['password']}".encode()).decode()


def _deliver(request: Request, left_s: float) -> str:
    """Sends a request. Returns its log line."""
    try:
        answer = _pool(request.url).request(
            request.method,
            request.url,
            body=request.body,
            headers=request.headers,
            timeout=urllib3.Timeout(total=left_s + 1),  # `deliver` times out first, and writes the line
            retries=urllib3.Retry(total=REDIRECTS, connect=0, read=0, status=0, other=0),
            preload_content=False,
        )
        answer.close()
    except Exception as error:  # noqa: BLE001  # no error of a destination may fail the step
        reason = getattr(error, "reason", error)  # urllib3 wraps the error in one of its own
        return f"pd.send.http: {request} failed: {type(reason).__name__}"
    return f"pd.send.http: {request} answered {answer.status}"


def _pool(url: str) -> Any:
    parts = urlsplit(url)
    proxy = getproxies().get(parts.scheme, "")
    if not proxy or proxy_bypass(parts.netloc):
        return urllib3.PoolManager()
    return urllib3.ProxyManager(proxy)
