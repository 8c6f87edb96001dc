"""The environment variables of a worker process: what Lambda would set, and nothing of the developer's AWS account.

Called by workers. Calls nothing of local but stack's and access's types.
"""

import os
from typing import TYPE_CHECKING

from local.stack import Function

if TYPE_CHECKING:
    from local.access.roles import Credentials

# What a process needs to reach the internet from here, as a function on AWS would without it.
_KEPT = (
    "PATH", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
    "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy",
)  # fmt: skip

_START = {"LANG": "en_US.UTF-8", "PYTHONUNBUFFERED": "1", "PYTHONNOUSERSITE": "1"}


def of_python() -> dict[str, str]:
    """What Python itself reads at its start, for the forkserver: as it is for each function."""
    return {**{name: os.environ[name] for name in _KEPT if name in os.environ}, **_START}


def environment(
    function: Function,
    *,
    region: str,
    aws_endpoint: str,
    runtime_api: str,
    own_tmp: bool,
    credentials: "Credentials | None" = None,
) -> dict[str, str]:
    """The whole environment. What the template sets can't change what Lambda reserves."""
    # A process with a /tmp of its own has its temporary files there, as in Lambda.
    kept = _KEPT if own_tmp else (*_KEPT, "TMPDIR")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        **no_proxy(),
        "TZ": ":UTC",
        **function.environment,
        **_START,
        "_HANDLER": function.handler,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        # The template's, whatever Python runs here: awslambdaric writes JSON by it, and its length has a limit.
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": function.log_format,
        **({"AWS_LAMBDA_LOG_LEVEL": function.log_level} if function.log_level else {}),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "LAMBDA_TASK_ROOT": str(function.folder),
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        # This machine's /tmp is everybody's. Bootstrap names it when the process has one of its own.
        "TMP_FOLDER": "",
        "AWS_ENDPOINT_URL": aws_endpoint,
        **nobody(),
        **(_of_role(credentials) if credentials else {}),
    }


def _of_role(credentials: "Credentials") -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
    }


def nobody() -> dict[str, str]:
    """Credentials that are worth nothing, and no way to better ones."""
    return {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "local",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def no_proxy() -> dict[str, str]:
    """Requests to this machine never take a proxy."""
    given = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    value = ",".join(filter(None, [given, "127.0.0.1", "localhost"]))
    return {"NO_PROXY": value, "no_proxy": value}
