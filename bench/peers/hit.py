"""What every system's steps call: one POST to the listener of the bench, whose address is in LISTENER."""

import http.client
import json
import os


def hit(run, step, callback=None):
    """Says that a step of a run is at work. `callback` is how the run can be resumed: {"method", "url", "body"}."""
    connection = http.client.HTTPConnection(os.environ["LISTENER"], timeout=60)
    connection.request("POST", f"/{run}/{step}", json.dumps(callback), {"Content-Type": "application/json"})
    connection.getresponse().read()
    connection.close()
