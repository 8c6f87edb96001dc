"""Mail to the address that the stack was deployed with, through SES."""

from interlude.aws.clients import client
from interlude.errors import BadCall, CannotSend
from interlude.settings import settings


def send(subject: str, text: str, html: str) -> None:
    """Sends from the notify address to itself: the one identity that SES has verified for this stack.

    Raises BadCall where a part is no text or all of the body is empty, and CannotSend without a notify address.
    """
    for name, value in (("subject", subject), ("text", text), ("html", html)):
        if not isinstance(value, str):
            raise BadCall(f"pd.send.email: {name} is a {type(value).__name__}; it must be text.")
    if not text and not html:
        raise BadCall("pd.send.email: text and html are both empty; one of them must say something.")
    address = settings().notify_address
    if not address:
        raise CannotSend("pd.send.email: the stack has no NotifyAddress; deploy it with one to send mail.")
    body = {name: {"Data": data, "Charset": "UTF-8"} for name, data in (("Text", text), ("Html", html)) if data}
    client("sesv2").send_email(
        FromEmailAddress=address,
        Destination={"ToAddresses": [address]},
        Content={"Simple": {"Subject": {"Data": subject, "Charset": "UTF-8"}, "Body": body}},  # type: ignore[typeddict-item]  # keys are Text and Html
    )
