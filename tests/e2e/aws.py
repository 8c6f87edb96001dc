"""Signs requests to a deployed stack with the caller's AWS credentials."""

from collections.abc import Generator

import boto3
import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest


class SigV4(httpx.Auth):
    """What the stack's routes with IAM want."""

    requires_request_body = True

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        session = boto3.Session()
        kept = {name: request.headers[name] for name in ("content-type",) if name in request.headers}
        signed = AWSRequest(request.method, str(request.url), headers=kept, data=request.content)
        SigV4Auth(session.get_credentials(), "execute-api", session.region_name).add_auth(signed)
        request.headers.update(dict(signed.headers))
        yield request
