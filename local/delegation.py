"""Has functions run by another Lambda endpoint, such as that of sam local start-lambda.

Called by server, when LAMBDA_ENDPOINT_URL is set. Calls that endpoint.
"""

import json

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.errors import LocalError
from local.invocations import Answer, Invoker
from local.stack import Stack


def delegate_to(endpoint: str, stack: Stack, region: str) -> Invoker:
    """An invoker that names each function by its logical id there, as sam local does."""
    longest = max((function.timeout for function in stack.functions.values()), default=0)
    # A first invocation may have to build a container.
    config = Config(read_timeout=longest + 300, retries={"total_max_attempts": 1}, max_pool_connections=50)
    try:
        client = boto3.client("lambda", endpoint_url=endpoint, region_name=region, config=config)
    except ValueError:
        raise LocalError(
            f"LAMBDA_ENDPOINT_URL is {endpoint!r}, but must be a URL such as http://127.0.0.1:3001."
        ) from None

    def invoke(function_name: str, _qualifier: str | None, payload: bytes) -> Answer:
        try:
            answer = client.invoke(FunctionName=stack.functions[function_name].logical_id, Payload=payload)
        except (BotoCoreError, ClientError) as error:
            said = {"errorType": "Lambda.ServiceException", "errorMessage": f"{endpoint} answered: {error}"}
            return json.dumps(said).encode(), "Unhandled"
        return answer["Payload"].read(), answer.get("FunctionError")

    return invoke
