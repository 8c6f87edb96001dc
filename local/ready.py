"""Says what is there, once it is.

Called by __main__. Asks the API for the workflows, over HTTP like any client.
"""

import json
import urllib.error
import urllib.request

from local.console import say
from local.server import Running

_TRIES_SECONDS = 60


def announce(running: Running) -> None:
    """Prints the address, what to give to the AWS CLI, and each workflow's hook."""
    say(f"Interlude is ready on {running.url}")
    say(f"  AWS services: aws --endpoint-url {running.aws_endpoint} stepfunctions list-state-machines")
    say(f"  Sent mail:    {running.url}/local/outbox")
    for line in _workflows(running.url):
        say(f"  {line}")


def _workflows(url: str) -> list[str]:
    # Not through a proxy: this is the same machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/workflows", timeout=_TRIES_SECONDS) as answer:
            workflows = json.load(answer)["workflows"]
            return [f"{workflow['name']}: {workflow['hook_url']}" for workflow in workflows]
    except urllib.error.HTTPError as error:
        return [f"GET /workflows answered {error.code}, so that no hook URLs can be shown."]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return [f"GET /workflows did not answer with the workflows: {error}"]
