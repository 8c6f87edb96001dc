"""The options of a workflow: the words of `Options` in the DefinitionSubstitutions of its state machine."""

import re
from dataclasses import dataclass
from typing import Any, Self

from interlude.errors import BadOption

WORKFLOW = re.compile(r"[A-Za-z0-9_-]{1,50}")
"""The name of a workflow. A run's id, of up to 80 characters, begins with it."""

SWITCHES = ("respond", "retry", "off", "quiet", "raw_body")
ALLOWED = f"{', '.join(SWITCHES)}, on_error=<workflow>, verify=<sender>:<secret>"

SIGNATURE_HEADERS = {
    "github": "X-Hub-Signature-256",
    "shopify": "X-Shopify-Hmac-Sha256",
    "slack": "X-Slack-Signature",
    "stripe": "Stripe-Signature",
}
"""The header in which each known sender puts its signature."""

GENERAL = ("hmac-sha256-hex", "hmac-sha256-base64")
"""For any other sender: the encoding of the body's signature. The header's name follows it."""

HEADER = re.compile(r"[A-Za-z0-9_-]+")
SECRET = re.compile(r"(?P<service>secretsmanager|ssm):(?P<name>[A-Za-z0-9_.-][A-Za-z0-9_./-]*)")


@dataclass(frozen=True, slots=True)
class Verify:
    """How a hook's sender signs its requests, and where the secret is: `name` is the part after <stack>/hooks/."""

    scheme: str
    header: str
    service: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """From `github:ssm:name` or `hmac-sha256-hex:X-Signature:ssm:name`; None if it is neither."""
        scheme, _, rest = text.partition(":")
        header = SIGNATURE_HEADERS.get(scheme, "")
        if scheme in GENERAL:
            header, _, rest = rest.partition(":")
        secret = SECRET.fullmatch(rest)
        if not secret or not HEADER.fullmatch(header):
            return None
        return cls(scheme, header, **secret.groupdict())


@dataclass(frozen=True, slots=True)
class Options:
    respond: bool = False
    """The caller of a hook waits for the response of `pd.respond`."""
    retry: bool = False
    """A step that fails is run again, up to 8 times over 10 h."""
    off: bool = False
    """The hook refuses requests. Users with permission for the API can still start runs."""
    quiet: bool = False
    """No mail is sent when a run fails."""
    raw_body: bool = False
    """A hook's event has the raw body at any size, beside the parsed one."""
    on_error: str = ""
    """The workflow that starts when a run fails, with the error as its event."""
    verify: Verify | None = None
    """The hook accepts only requests with this signature."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """From words separated by spaces. Raises BadOption."""
        options, complaint = cls._read(text)
        if complaint:
            raise BadOption(complaint)
        return options

    @classmethod
    def known(cls, text: str) -> Self:
        """Like `parse`, for a run that has begun: prints what is wrong with an unknown word, and uses the others."""
        options, complaint = cls._read(text)
        if complaint:
            print(complaint)
        return options

    @classmethod
    def _read(cls, text: str) -> tuple[Self, str]:
        """The options, and what is wrong with the first invalid word."""
        given: dict[str, Any] = {}
        complaint = ""
        for word in text.split():
            name, is_pair, value = word.partition("=")
            if name == "on_error" and value:
                given[name] = value
            elif name == "verify" and name not in given and (verify := Verify.parse(value)):
                given[name] = verify
            elif name in SWITCHES and not is_pair:
                given[name] = True
            else:
                complaint = complaint or _complaint(word)
        return cls(**given), complaint


def _complaint(word: str) -> str:
    if word.partition("=")[0] == "verify":
        senders = ", ".join(f"{sender}:<secret>" for sender in SIGNATURE_HEADERS)
        general = ", ".join(f"{scheme}:<header>:<secret>" for scheme in GENERAL)
        return (
            f"Options has {word!r}; verify may occur once, as verify=… with one of {senders}, {general}, where "
            "<secret> is secretsmanager:<name> or ssm:<name>, and the name has A to Z, a to z, 0 to 9, _, ., - and /."
        )
    return f"Options has {word!r}; allowed are {ALLOWED}, separated by spaces."
