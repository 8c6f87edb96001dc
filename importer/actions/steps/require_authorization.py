"""Ends the run with 401 unless the request has the right credentials. Stands for the Pipedream action
http-validate-webhook-auth.
"""

import base64
import hmac


def handler(pd):
    login = f"{pd.inputs.get('basicAuthUsername')}:{pd.inputs.get('basicAuthPassword')}"
    wanted = {
        "basic": f"Basic {base64.b64encode(login.encode()).decode()}",
        "bearer": pd.inputs.get("bearer"),
        "key": pd.inputs.get("key"),
    }[pd.inputs["authType"]]
    shown = pd.inputs.get("authInput")
    if not wanted or not hmac.compare_digest(str(shown).encode(), str(wanted).encode()):
        pd.respond({"status": 401, "body": "Invalid credentials"})
        pd.flow.exit("Invalid credentials")
