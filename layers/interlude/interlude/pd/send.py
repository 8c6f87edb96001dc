"""`pd.send`: mail, and requests to anybody whose answer does not matter."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from interlude.aws import mail


class Send:
    """What is to be sent by http waits until the step has ended."""

    def __init__(self) -> None:
        self._requests: list[Any] = []

    def email(self, subject: str, text: str = "", html: str = "", *, to: str | Sequence[str] | None = None) -> None:
        """Sends a mail at once: to the stack's NotifyAddress, or to an address or up to 50 of them.

        Raises BadCall, or CannotSend where the stack has no NotifyAddress.
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
        """Sends a request when this step has ended, however it ended. What comes of it is in the step's log only.

        `data` is sent as JSON unless it is text or bytes; `auth` is `{"username", "password"}`. All of it may come as
        one dict, too. Raises BadCall.
        """
        from interlude.pd import deliveries

        given = {"method": method, "url": url, "data": data, "headers": headers, "params": params, "auth": auth}
        self._requests.append(deliveries.checked(method if isinstance(method, Mapping) else given))

    def deliver(self) -> None:
        """Sends what waits. A destination can't fail the step: what became of each request is printed."""
        if self._requests:
            from interlude.pd import deliveries

            requests, self._requests = self._requests, []
            with suppress(Exception):  # the step may have closed its log
                for line in deliveries.deliver(requests):
                    print(line)
