"""AWS clients, made when first used and kept for the life of the process.

botocore, not boto3: a step needs none of boto3's resource layer, and every import is felt in a cold start.
"""

import logging
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, overload

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
    from botocore.config import Config

    # A step's test must not be repeated by the SDK: whoever asked for the test asks again.
    tests = service == "lambda"
    config = Config(
        connect_timeout=3,
        read_timeout=TEST_TIMEOUT_S if tests else 10,
        tcp_keepalive=True,
        retries={"mode": "standard", "total_max_attempts": 1 if tests else 4},
        s3={"addressing_style": "path"} if service == "s3" else None,
    )
    return _session().create_client(service, config=config)


@cache
def _session() -> Any:
    import botocore.session

    return botocore.session.get_session()
