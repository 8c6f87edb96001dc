"""AWS clients, created on first use and kept for the life of the process.

All of them use the environment at the time of the first one, which in a step is before its file is imported. An
endpoint, a proxy or credentials that the step sets later affect only the step's own clients.

botocore, not boto3: a step needs nothing of boto3's resource layer, and every import makes cold starts slower.
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

# At DEBUG it logs every request, with task tokens and the keys of links, and steps often set the root logger's level.
# At INFO it logs at each cold start where it found credentials.
if logging.getLogger("botocore").level == logging.NOTSET:
    logging.getLogger("botocore").setLevel(logging.WARNING)

TEST_TIMEOUT_S = 27
"""The longest test of a step: API Gateway and the API's function time out after 30 s and 29 s."""

ENDPOINT_NAMES = {"secretsmanager": "SECRETS_MANAGER", "stepfunctions": "SFN"}
"""Services whose variable AWS_ENDPOINT_URL_… is not named like their client."""


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
    # Only a client knows its host.
    if proxies and proxy_bypass_environment(urlsplit(made.meta.endpoint_url).netloc, proxies):
        return _made(service, environment, {})
    return made


def _made(service: str, environment: "_Environment", proxies: dict[str, str]) -> Any:
    from botocore.config import Config

    read_timeout_s = 10
    attempts = 4
    if service == "lambda":
        # The SDK must not repeat the test of a step: that is up to the person who tests.
        read_timeout_s = TEST_TIMEOUT_S
        attempts = 1
    config = Config(
        # The same for all requests; botocore would build it for each of them.
        user_agent=environment.session.user_agent(),
        # All requests are built by Interlude; a test checks the shape of each, and AWS does, too.
        parameter_validation=False,
        # Not None: then botocore would read the current environment.
        proxies=proxies,
        ignore_configured_endpoint_urls=True,  # type: ignore[call-arg]  # which the stubs lack
        connect_timeout=3,
        read_timeout=read_timeout_s,
        tcp_keepalive=True,
        retries={"mode": "standard", "total_max_attempts": attempts},
        s3={"addressing_style": "path"} if service == "s3" else None,
    )
    return environment.session.create_client(
        service, config=config, endpoint_url=environment.endpoint(service), verify=environment.verify
    )


class _Environment:
    """Everything that clients are built from, read from the current environment variables."""

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
        # The only provider used in Lambda that reads its variables again: with SnapStart, for a token.
        resolver = self.session.get_component("credential_provider")
        resolver.insert_before(ContainerProvider.METHOD, ContainerProvider(environ=self._variables))
        self.session.get_credentials()
        bundle = store.get_config_variable("ca_bundle")
        self.verify: str | bool = bundle or self._variables.get("REQUESTS_CA_BUNDLE", True)
        self._ignores_endpoints = store.get_config_variable("ignore_configured_endpoint_urls")

    def endpoint(self, service: str) -> str | None:
        """The endpoint of a service, from the environment by the rules of AWS's SDKs; None for AWS itself."""
        if self._ignores_endpoints:
            return None
        name = ENDPOINT_NAMES.get(service, service.upper())
        return self._variables.get(f"AWS_ENDPOINT_URL_{name}") or self._variables.get("AWS_ENDPOINT_URL") or None


@cache
def _environment() -> _Environment:
    return _Environment()
