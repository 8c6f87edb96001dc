"""AWS clients, made when first used and kept for the life of the process.

All of them are as the environment was when the first one was made, which in a step is before its file is imported. What
the step sets later, an endpoint, a proxy, credentials, is for clients of its own.

botocore, not boto3: a step needs none of boto3's resource layer, and every import is felt in a cold start.
"""

import logging
import os
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, overload
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass_environment  # type: ignore[attr-defined]  # which the stubs lack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_stepfunctions import SFNClient

# It logs every request at DEBUG, task tokens and the keys of links included, and steps often set the root's level.
# At INFO it tells at each cold start where it has found credentials.
if logging.getLogger("botocore").level == logging.NOTSET:
    logging.getLogger("botocore").setLevel(logging.WARNING)

TEST_TIMEOUT_S = 27
"""The longest test of a step: API Gateway and the API's function give up after 30 s and 29 s."""


ENDPOINT_NAMES = {"secretsmanager": "SECRETS_MANAGER", "stepfunctions": "SFN"}
"""Of services whose variable AWS_ENDPOINT_URL_… has another name than their client."""


@overload
def client(service: Literal["dynamodb"]) -> "DynamoDBClient": ...
@overload
def client(service: Literal["s3"]) -> "S3Client": ...
@overload
def client(service: Literal["sesv2"]) -> "SESV2Client": ...
@overload
def client(service: Literal["stepfunctions"]) -> "SFNClient": ...
@overload
def client(service: Literal["lambda"]) -> "LambdaClient": ...
@overload
def client(service: Literal["secretsmanager", "ssm"]) -> Any: ...
def client(service: str) -> Any:
    """The client of an AWS service, by its boto name."""
    return _client(service)


@cache
def _client(service: str) -> Any:
    environment = _environment()
    proxies = environment.proxies
    made = _made(service, environment, proxies)
    # Only the client knows which host it asks.
    if proxies and proxy_bypass_environment(urlsplit(made.meta.endpoint_url).netloc, proxies):
        return _made(service, environment, {})
    return made


def _made(service: str, environment: "_Environment", proxies: dict[str, str]) -> Any:
    from botocore.config import Config

    # A step's test must not be repeated by the SDK: whoever asked for the test asks again.
    tests = service == "lambda"
    config = Config(
        # What it says is the same in all requests; botocore would put it together for each of them.
        user_agent=environment.session.user_agent(),
        # The values are ours, of the shapes that AWS wants; a test of each request says so, and AWS itself.
        parameter_validation=False,
        # Not None, which would be what the environment says by now.
        proxies=proxies,
        ignore_configured_endpoint_urls=True,  # type: ignore[call-arg]  # which the stubs lack
        connect_timeout=3,
        read_timeout=TEST_TIMEOUT_S if tests else 10,
        tcp_keepalive=True,
        retries={"mode": "standard", "total_max_attempts": 1 if tests else 4},
        s3={"addressing_style": "path"} if service == "s3" else None,
    )
    return environment.session.create_client(
        service, config=config, endpoint_url=environment.endpoint(service), verify=environment.verify
    )


class _Environment:
    """What clients are made of, as the environment variables are now."""

    def __init__(self) -> None:
        import botocore.session
        from botocore.configprovider import ConstantProvider
        from botocore.credentials import ContainerProvider

        from interlude.aws.loader import ServiceData

        self._variables = dict(os.environ)
        self.proxies: dict[str, str] = getproxies()
        self.session: Any = botocore.session.get_session()
        self.session.register_component("data_loader", ServiceData())
        store = self.session.get_component("config_store")
        for name in (*self.session.SESSION_VARIABLES, "s3", "proxies_config"):
            store.set_config_provider(name, ConstantProvider(store.get_config_variable(name)))
        # The one provider that Lambda uses and that looks at its variables again: with SnapStart, for a token.
        resolver = self.session.get_component("credential_provider")
        resolver.insert_before(ContainerProvider.METHOD, ContainerProvider(environ=self._variables))
        self.session.get_credentials()
        bundle = store.get_config_variable("ca_bundle")
        self.verify: str | bool = bundle or self._variables.get("REQUESTS_CA_BUNDLE", True)
        self._ignores_endpoints = store.get_config_variable("ignore_configured_endpoint_urls")

    def endpoint(self, service: str) -> str | None:
        """Where a service is, as AWS's SDKs read it of the environment; None for AWS itself."""
        if self._ignores_endpoints:
            return None
        name = ENDPOINT_NAMES.get(service, service.upper())
        return self._variables.get(f"AWS_ENDPOINT_URL_{name}") or self._variables.get("AWS_ENDPOINT_URL") or None


@cache
def _environment() -> _Environment:
    return _Environment()
