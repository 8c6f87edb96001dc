"""HTTP: requests, and the response to the workflow's own caller."""

import re
from typing import Any

from importer.actions.translation import Action, Json, Props, Translation, Version, missing, same, step

AUTHENTICATIONS = (None, "none", "basic", "bearer")
BASIC = re.compile(r"([^|]*)\|(.*)", re.DOTALL)


def request(method: str = "GET") -> Action:
    """Since version 1 the prop httpRequest has everything; before, each part had a prop of its own."""

    def action(props: Props, version: Version) -> Translation | None:
        given = props["httpRequest"] if "httpRequest" in props else _from_parts(props)
        if not isinstance(given, dict) or _authentication(given.get("auth")) not in AUTHENTICATIONS:
            return None
        made = {"method": method, **{name: value for name, value in given.items() if value is not None}}
        made.pop("tab", None)  # the editor's last open tab
        if "body" in made:
            made["body"] = _body(made["body"])
        notes = missing(made, "url")
        if version[:3] == (1, 1, 0):
            notes.append("Version 1.1.0 returned {headers, data}; the step returns only the data.")
        return step("http_request", {"httpRequest": made, **_headers(props)}, notes)

    return action


def _body(body: Any) -> Json:
    """The body with its mode, which may be in `type`, or follow from the fields."""
    if not isinstance(body, dict):
        return {"mode": "raw", "raw": body}
    kept = {name: value for name, value in body.items() if name != "type"}
    default = "fields" if body.get("fields") else "raw"
    return kept | {"mode": body.get("mode") or body.get("type") or default}


def _headers(props: Props) -> Json:
    if not props.get("includeHeaders"):
        return {}
    return {"includeHeaders": props["includeHeaders"]}


def _authentication(auth: Any) -> Any:
    if auth == {}:
        return None
    if isinstance(auth, dict):
        return auth.get("type", "unknown")
    return auth


def _from_parts(props: Props) -> Json:
    """httpRequest as it would be in version 1."""
    made = {name: props.get(name) for name in ("method", "url", "params", "headers")}
    data = next((props[name] for name in ("data", "body", "payload") if props.get(name) is not None), None)
    if data is not None:
        made["body"] = {"mode": "raw", "raw": data}
    username = props.get("basicAuthUsername")
    password = props.get("basicAuthPassword")
    auth = props.get("auth")
    if isinstance(auth, str) and (both := BASIC.fullmatch(auth)):
        username, password = both.groups()
    elif isinstance(auth, dict):
        username = auth.get("username")
        password = auth.get("password")
    elif auth:
        made["auth"] = "unknown"
    if username or password:
        made["auth"] = {"type": "basic", "username": username or "", "password": password or ""}
    return made


def answer(props: Props, _: Version) -> Translation:
    """The response of the action, with Pipedream's default body if it has none."""
    given = {name: props[name] for name in ("resStatusCode", "resHeaders", "resBody") if props.get(name) is not None}
    inputs = {"resStatusCode": 200, "resBody": '{ "success": true }', **given}
    body = inputs["resBody"]
    if isinstance(body, str) and "steps." in re.sub(r"\{\{.*?\}\}", "", body, flags=re.DOTALL):
        note = f"resBody is sent unchanged, {body!r}: put {{{{ and }}}} around each expression."
        return step("return_http_response", inputs, [note])
    return step("return_http_response", inputs)


ACTIONS: dict[str, Action] = {
    "http-custom-request": request(),
    "http-get-request": request("GET"),
    "http-post-request": request("POST"),
    "http-put-request": request("PUT"),
    "helper_functions-send-http-request": request("POST"),
    "http-return-http-response": answer,
    "http-validate-webhook-auth": same(
        "require_authorization",
        "authType",
        authInput="{{steps.trigger.event.headers.authorization}}",
        basicAuthUsername=None,
        basicAuthPassword=None,
        bearer=None,
        key=None,
    ),
}
