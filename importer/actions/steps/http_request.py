"""Sends an HTTP request. Returns the body of the response: its JSON, otherwise its text. Stands for the Pipedream
actions http-custom-request, http-get-request and similar ones.
"""

import base64
import json
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3


def handler(pd):
    request = pd.inputs["httpRequest"]
    method = (request.get("method") or "GET").upper()
    url = request["url"]
    if query := urlencode([(name, text(value)) for name, value in pairs(request.get("params"))]):
        url += ("&" if "?" in url else "?") + query
    headers = {"accept": "application/json, text/plain, */*"}
    headers |= {name.lower(): text(value) for name, value in pairs(request.get("headers"))}
    auth = request.get("auth") or {}
    if auth.get("type") == "bearer":
        headers["authorization"] = f"Bearer {auth['token']}"
    if auth.get("type") == "basic":
        login = f"{auth.get('username') or ''}:{auth.get('password') or ''}"
        headers["authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"

    answer = send(method, url, headers, encoded(request.get("body") or {}, headers))
    content = answer.data.decode("utf-8-sig", "replace")
    if not 200 <= answer.status < 300:
        raise RuntimeError(f"{method} {url.partition('?')[0]} answered {answer.status}: {content[:1000]}")
    if pd.inputs.get("includeHeaders"):
        pd.export("headers", {name.lower(): value for name, value in answer.headers.items()})
    try:
        return json.loads(content, parse_constant=str)
    except ValueError:
        return content


def pairs(fields):
    """The names and values of {"name": value} or [{"name": "name", "value": value}]."""
    if isinstance(fields, dict):
        given = fields.items()
    else:
        given = [(field["name"], field.get("value")) for field in fields or []]
    return [(name, value) for name, value in given if name and value is not None]


def text(value):
    return value if isinstance(value, str) else json.dumps(value)


def encoded(body, headers):
    """The body as bytes, with its content type among the headers."""
    kind = headers.get("content-type") or body.get("contentType")
    data = body.get("raw")
    if body.get("mode") == "fields":
        data = dict(pairs(body.get("fields")))
    if data in (None, ""):
        return None
    if isinstance(data, dict) and kind == "multipart/form-data":
        data, kind = urllib3.encode_multipart_formdata({name: text(value) for name, value in data.items()})
    elif isinstance(data, dict) and kind == "application/x-www-form-urlencoded":
        data = urlencode({name: text(value) for name, value in data.items()})
    elif not isinstance(data, str):
        data = json.dumps(data)
        kind = kind or "application/json"
    headers["content-type"] = kind or "application/x-www-form-urlencoded"
    return data.encode() if isinstance(data, str) else data


def send(method, url, headers, body, redirects=5):
    answer = urllib3.PoolManager().request(method, url, headers=headers, body=body, redirect=False, retries=False)
    if answer.status not in (301, 302, 303, 307, 308) or "location" not in answer.headers or not redirects:
        return answer
    target = urljoin(url, answer.headers["location"])
    if answer.status == 303 or (method == "POST" and answer.status in (301, 302)):
        method = "GET"
        body = None
    if urlsplit(target).netloc != urlsplit(url).netloc:  # another server must not get the credentials
        headers = {name: value for name, value in headers.items() if name not in ("authorization", "cookie")}
    return send(method, target, headers, body, redirects - 1)
