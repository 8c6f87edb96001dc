"""`pd.send`: mail, and HTTP requests whose responses the step does not need."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from interlude.aws import mail


class Send:
    """HTTP requests are sent when the step has ended."""

    def __init__(self) -> None:
        self._requests: list[Any] = []

    def email(self, subject: str, text: str = "", html: str = "", *, to: str | Sequence[str] | None = None) -> None:
        """Sends a mail at once: to the stack's NotifyAddress, or to an address or up to 50 of them.

        Raises BadCall, or CannotSend if the stack has no NotifyAddress.
        """
        mail.send(subject, text, html, to)

    def http(
        self,
        method: str | Mapping[str, Any] = "GET",
        url: str = "",
        data: Any = None,
        headers: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        auth: Mapping[str, str] | None = None,
    ) -> None:
        """Sends a request when this step has ended, even if it failed. The result goes only to the step's log.

        `data` is sent as JSON unless it is text or bytes; `auth` is `{"username", "password"}`. The arguments may also
        come as one dict. Raises BadCall.
        """
        from interlude.pd import deliveries

        given: Mapping[str, Any]
        if isinstance(method, Mapping):
            given = method
        else:
            given = {"method": method, "url": url, "data": data, "headers": headers, "params": params, "auth": auth}
        self._requests.append(deliveries.checked(given))

    def deliver(self) -> None:
        """Sends the requests, and prints the result of each. An error of a destination does not fail the step."""
        if self._requests:
            from interlude.pd import deliveries

            requests = self._requests
            self._requests = []
            with suppress(Exception):  # the step may have closed its log
                for line in deliveries.deliver(requests):
                    print(line)
