"""How moto 5.2.5 judges who may do what."""

import json
import re
import urllib.parse
from typing import Any
from xml.etree import ElementTree as ET

from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import AccessDeniedError
from moto.iam.models import Role
from moto.s3.exceptions import BucketAccessDeniedError, S3AccessDeniedError
from moto.secretsmanager.models import secretsmanager_backends
from werkzeug.exceptions import HTTPException

from local.access import roles
from local.access.asked import needed
from local.access.policies import Asked
from local.access.verdicts import Verdict, judge, look
from local.console import say
from local.moto_differences.patch import replace
from local.moto_differences.step_functions import machine_of

_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]*)/([^/]+)/")
_PREFIXES = {"monitoring": "cloudwatch", "email": "ses"}
"""IAM's name for a service where requests are signed with another."""


def install() -> None:
    # moto: judges no request unless told, and then by the action alone, whatever Resource and Condition say. AWS:
    # judges every request by all three. Here those are judged that come with the credentials of a role of the stack.
    replace(ActionAuthenticatorMixin, "_authenticate_and_authorize_action", _authorize)

    # moto: drops the ManagedPolicyArns of a role in a template. AWS: attaches them.
    create_role = Role.create_from_cloudformation_json.__func__  # type: ignore[attr-defined]

    def create_role_with_policies(cls: Any, name: str, definition: Any, *more: Any, **by_name: Any) -> Any:
        role = create_role(cls, name, definition, *more, **by_name)
        roles.attach(role, definition["Properties"].get("ManagedPolicyArns", []))
        return role

    replace(Role, "create_from_cloudformation_json", classmethod(create_role_with_policies))

    # moto: a role keeps its policies when its template is deployed again. AWS: has those of the new template.
    def update_role(_cls: Any, /, original_resource: Role, cloudformation_json: Any, **_: Any) -> Role:
        properties = cloudformation_json["Properties"]
        original_resource.assume_role_policy_document = json.dumps(properties["AssumeRolePolicyDocument"])
        original_resource.policies.clear()
        for policy in properties.get("Policies", []):
            original_resource.put_policy(policy["PolicyName"], policy["PolicyDocument"])
        roles.detach_all(original_resource.name)
        roles.attach(original_resource, properties.get("ManagedPolicyArns", []))
        return original_resource

    replace(Role, "update_from_cloudformation_json", classmethod(update_role))

    # moto: does not delete a role that has managed policies. AWS: CloudFormation detaches them first.
    delete_role = Role.delete_from_cloudformation_json.__func__  # type: ignore[attr-defined]

    def delete_detached_role(cls: Any, name: str, *more: Any, **by_name: Any) -> None:
        roles.detach_all(name)
        delete_role(cls, name, *more, **by_name)

    replace(Role, "delete_from_cloudformation_json", classmethod(delete_detached_role))


def may(role: str, action: str, resource: str) -> bool:
    """Whether AWS itself may do something under a role, as it does for an event source mapping. Says so if not.

    Of a role that is not here nothing is known, and it may.
    """
    if not roles.is_here(role):
        return True
    verdict = judge(role, Asked(action, resource))
    if not verdict.allowed:
        say(verdict.line)
    return verdict.allowed


def _authorize(self: Any, _request_class: type, resource: str = "*") -> None:
    found = _CREDENTIAL.search(self.headers.get("Authorization", ""))
    role = roles.assumed_by(found[1]) if found else None
    if not found or not role:
        return
    service = _PREFIXES.get(found[3], found[3])
    operation = self.data.get("Action", "") if service == "s3" else self._get_action()
    if service == "sts" and operation == "GetCallerIdentity":
        return  # nobody can be denied that
    account = self.current_account
    parameters = _s3_parameters(self, resource) if service == "s3" else _parameters(self, service, account, found[2])
    for asked in needed(service, operation, parameters, f"{found[2]}:{account}"):
        verdict = judge(role, asked)
        if not verdict.allowed:
            say(verdict.line)
            raise _refusal(self, service, found[1], verdict)
    if service == "s3" and operation == "GetObject" and not _may_know(self, role, parameters):
        raise BucketAccessDeniedError(bucket=parameters["Bucket"])


def _may_know(response: Any, role: str, parameters: dict[str, Any]) -> bool:
    """Whether somebody may be told that there is no such object.

    moto: tells everybody. AWS: tells those who may list the bucket, and denies access to others.
    """
    bucket = response.backend.buckets.get(parameters["Bucket"])
    if bucket is None or parameters["Key"] in bucket.keys:
        return True
    asked = Asked("s3:ListBucket", f"arn:aws:s3:::{parameters['Bucket']}", {"s3:prefix": parameters["Key"]})
    return look(role, asked).allowed


def _parameters(response: Any, service: str, account: str, region: str) -> dict[str, Any]:
    """What the request says, and what its authorization needs to know besides."""
    if service == "lambda":
        found = re.search(r"/functions/([^/]+)", response.path)
        name = urllib.parse.unquote(found[1]) if found else None
        return {"FunctionName": name, "Qualifier": (response.querystring.get("Qualifier") or [None])[0]}
    said = response.body if isinstance(response.body, dict) else _json(response.body)
    if service == "states" and "taskToken" in said:
        return {"stateMachineArn": machine_of(response.stepfunction_backend, said["taskToken"])}
    if service == "secretsmanager" and "SecretId" in said:
        secret = secretsmanager_backends[account][region].secrets.get(said["SecretId"])
        return {**said, "SecretId": secret.arn if secret else said["SecretId"]}
    return said or {key: values[0] for key, values in response.querystring.items()}


def _s3_parameters(response: Any, resource: str) -> dict[str, Any]:
    bucket, _, key = resource.rpartition(":")[2].partition("/") if ":" in resource else ("", "", "")
    found: dict[str, Any] = {"Bucket": "" if bucket == "*" else bucket}
    if key:
        return {**found, "Key": key, "CopySource": urllib.parse.unquote(response.headers.get("x-amz-copy-source", ""))}
    if response.method == "POST" and response.is_delete_keys():
        keys = ET.fromstring(response.body).iterfind("{*}Object/{*}Key")  # noqa: S314 - the stack's own code wrote it
        return {**found, "Keys": [str(each.text) for each in keys]}
    return {**found, "Prefix": (response.querystring.get("prefix") or [""])[0]}


def _json(body: Any) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (TypeError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _refusal(response: Any, service: str, access_key: str, verdict: Verdict) -> Exception:
    """What AWS answers, in the form that the service has."""
    asked = verdict.asked
    if service == "s3":
        bucket = getattr(response, "bucket_name", "")
        return BucketAccessDeniedError(bucket=bucket) if bucket else S3AccessDeniedError()
    session = roles.session_of(access_key)
    message = verdict.message(session)
    if not (response.headers.get("X-Amz-Target") or service in ("lambda", "ses")):
        return AccessDeniedError(session, asked.action)
    return _Refused(json.dumps({"__type": "AccessDeniedException", "message": message, "Message": message}), service)


class _Refused(HTTPException):
    def __init__(self, body: str, service: str) -> None:
        super().__init__(body)
        self.code = 403 if service in ("lambda", "ses") else 400
