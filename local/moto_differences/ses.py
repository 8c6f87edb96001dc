"""What moto 5.2.5 does with mail."""

import json
import uuid

from moto.sesv2.responses import SESV2Response

from local import outbox
from local.moto_differences.patch import replace


def install() -> None:
    # moto: keeps the HTML part of a mail only, and refuses senders that nobody has verified. AWS: sends both parts;
    # here the developer's word is enough, as nothing is delivered.
    send_email = SESV2Response.send_email

    def keep_email(self: SESV2Response) -> str:
        request = json.loads(self.body)
        if "Simple" not in request.get("Content", {}):
            self.sesv2_backend.create_email_identity(request["FromEmailAddress"], None, None, None)
            return send_email(self)
        outbox.record(request)
        return json.dumps({"MessageId": str(uuid.uuid4())})

    replace(SESV2Response, "send_email", keep_email)
