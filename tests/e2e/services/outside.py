"""A service that knows nothing of Interlude: it has jobs, and opens the links that it is given.

Run as a script; prints where it answers. process.py says what each path is for.
"""

import json
import threading
import urllib.error
import urllib.request
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

lock = threading.Lock()
asked: Counter[str] = Counter()
links: dict[str, dict[str, str]] = {}
answers: dict[str, dict[str, Any]] = {}


def job(name: str, done_after: str) -> dict[str, Any]:
    with lock:
        asked[name] += 1
        done = asked[name] >= int(done_after)
    return {"job": name, "status": "DONE", "result": 42} if done else {"job": name, "status": "WORKING"}


def open_link(name: str, link: str, body: Any) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310  # a link of the server under test
        links[name][link],
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "X-Job": name},
        method="POST",
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=600) as answer:
            answers[name] = {"status": answer.status, "body": json.load(answer)}
    except urllib.error.HTTPError as error:
        answers[name] = {"status": error.code, "body": error.read().decode()}
    return answers[name]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        match self.path.strip("/").split("/"):
            case ["job", name, done_after]:
                self.answer(200, job(name, done_after))
            case ["count", name]:
                self.answer(200, {"requests": asked[name]})
            case ["links", name]:
                self.answer(200, links.get(name, {}))
            case ["answer", name]:
                self.answer(200, answers.get(name, {}))
            case _:
                self.answer(404, {})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        match self.path.strip("/").split("/"):
            case ["keep", name]:
                links[name] = body
                self.answer(202, {})
            case ["at_once", name]:
                links[name] = body
                self.answer(200, open_link(name, "resume_url", {"job": name, "result": "at once"}))
            case ["cancel_at_once", name]:
                links[name] = body
                self.answer(200, open_link(name, "cancel_url", {}))
            case ["call_back", name]:
                self.answer(200, open_link(name, "resume_url", body))
            case _:
                self.answer(404, {})

    def answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"ready on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
