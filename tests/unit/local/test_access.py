"""local.access and local.moto_differences.iam: who may do what here is who may do what on AWS."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local import moto_differences
from local.access import roles
from local.access.asked import needed
from local.access.conditions import hold
from local.access.policies import Asked, matching, trusts
from local.access.verdicts import judge
from local.deploy import create, deploy, update
from local.errors import LocalError
from local.moto_differences import iam
from local.template import load

FIXTURE = Path(__file__).parents[2] / "local_template" / "template.yaml"
PLACE = "eu-central-1:123456789012"
TABLE = "arn:aws:dynamodb:eu-central-1:123456789012:table"


def effects(statement: dict[str, Any], action: str, resource: str | None, **context: str) -> list[str]:
    document = {"Version": "2012-10-17", "Statement": statement}
    return [grant.effect for grant in matching("policy", document, Asked(action, resource, context))]


# ---- What a policy says ----


@pytest.mark.parametrize(
    ("action", "resource", "found"),
    [
        ("s3:GetObject", "arn:aws:s3:::bucket/runs/1", ["Allow"]),
        ("S3:getobject", "arn:aws:s3:::bucket/runs/1", ["Allow"]),
        ("s3:GetObject", "arn:aws:s3:::bucket/Runs/1", []),
        ("s3:GetObject", "arn:aws:s3:::bucket", []),
        ("s3:GetObjectAcl", "arn:aws:s3:::bucket/runs/1", []),
        ("s3:PutObject", "arn:aws:s3:::bucket/runs/1", []),
        ("s3:GetObject", None, ["Allow"]),
    ],
)
def test_a_statement_is_about_its_actions_on_its_resources(action: str, resource: str | None, found: list[str]) -> None:
    """The case of an action does not matter, that of a resource does. What can't be told is given the benefit."""
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::bucket/runs/*"]}

    assert effects(statement, action, resource) == found


def test_not_action_and_not_resource_take_what_they_do_not_name() -> None:
    """And nothing of what they name."""
    statement = {"Effect": "Deny", "NotAction": "s3:Get*", "NotResource": "arn:aws:s3:::mine/*"}

    assert effects(statement, "s3:PutObject", "arn:aws:s3:::other/x") == ["Deny"]
    assert effects(statement, "s3:GetObject", "arn:aws:s3:::other/x") == []
    assert effects(statement, "s3:PutObject", "arn:aws:s3:::mine/x") == []


def test_a_pattern_has_two_wildcards_and_no_more() -> None:
    """* is any text, ? one character; what a regular expression would take for more stands for itself."""
    allow = {"Effect": "Allow", "Action": "ssm:Get*"}

    assert effects({**allow, "Resource": "arn:x/a.c-??"}, "ssm:GetParameter", "arn:x/a.c-12") == ["Allow"]
    assert effects({**allow, "Resource": "arn:x/a.c-??"}, "ssm:GetParameter", "arn:x/abc-12") == []
    assert effects({**allow, "Resource": "arn:x/a.c-??"}, "ssm:GetParameter", "arn:x/a.c-123") == []


@pytest.mark.parametrize(
    ("condition", "held"),
    [
        ({"StringLike": {"s3:prefix": "runs/*"}}, True),
        ({"StringLike": {"S3:Prefix": ["other/*", "runs/*"]}}, True),
        ({"StringLike": {"s3:prefix": "other/*"}}, False),
        ({"StringEquals": {"s3:prefix": "runs/*"}}, False),
        ({"StringNotEquals": {"s3:prefix": "runs/1/"}}, False),
        ({"StringNotLike": {"s3:prefix": "other/*"}}, True),
        ({"StringLike": {"s3:delimiter": "*"}}, False),
        ({"StringLikeIfExists": {"s3:delimiter": "x"}}, True),
        ({"StringNotEquals": {"s3:delimiter": "x"}}, True),
        ({"Null": {"s3:delimiter": True}}, True),
        ({"Null": {"s3:prefix": "true"}}, False),
        ({"Bool": {"aws:SecureTransport": False}}, False),
        ({"Bool": {"aws:SecureTransport": "TRUE"}}, True),
        ({"StringLike": {"s3:prefix": "runs/*"}, "Bool": {"aws:SecureTransport": False}}, False),
        ({"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}, False),
    ],
)
def test_conditions_hold_as_on_aws(condition: dict[str, Any], held: bool) -> None:
    """All of them, each by one of its values. One that is not known here does not hold."""
    assert hold(condition, {"s3:prefix": "runs/1/", "aws:SecureTransport": "true"}) is held


def test_a_role_is_assumed_by_whom_it_trusts() -> None:
    """A service is named by its principal; a trust in accounts is none in a service."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["lambda.amazonaws.com"]}}

    assert trusts({"Statement": [trust]}, "lambda.amazonaws.com")
    assert not trusts({"Statement": [trust]}, "states.amazonaws.com")
    assert not trusts({"Statement": [{**trust, "Principal": {"AWS": "*"}}]}, "lambda.amazonaws.com")


# ---- What a request needs ----


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "asked"),
    [
        ("dynamodb", "PutItem", {"TableName": "t"}, [("dynamodb:PutItem", f"{TABLE}/t")]),
        ("dynamodb", "Query", {"TableName": "t", "IndexName": "i"}, [("dynamodb:Query", f"{TABLE}/t/index/i")]),
        ("dynamodb", "PutItem", {"TableName": f"{TABLE}/t"}, [("dynamodb:PutItem", f"{TABLE}/t")]),
        (
            "dynamodb",
            "BatchGetItem",
            {"RequestItems": {"a": {}, "b": {}}},
            [("dynamodb:BatchGetItem", f"{TABLE}/a"), ("dynamodb:BatchGetItem", f"{TABLE}/b")],
        ),
        (
            "dynamodb",
            "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "a"}}, {"ConditionCheck": {"TableName": "b"}}]},
            [("dynamodb:PutItem", f"{TABLE}/a"), ("dynamodb:ConditionCheckItem", f"{TABLE}/b")],
        ),
        (
            "dynamodb",
            "TransactGetItems",
            {"TransactItems": [{"Get": {"TableName": "a"}}]},
            [("dynamodb:GetItem", f"{TABLE}/a")],
        ),
        ("dynamodb", "ListTables", {}, [("dynamodb:ListTables", None)]),
        ("s3", "PutObject", {"Bucket": "b", "Key": "k/1"}, [("s3:PutObject", "arn:aws:s3:::b/k/1")]),
        ("s3", "ListBucket", {"Bucket": "b", "Prefix": "p/"}, [("s3:ListBucket", "arn:aws:s3:::b")]),
        (
            "s3",
            "DeleteObject",
            {"Bucket": "b", "Keys": ["1", "2"]},
            [("s3:DeleteObject", "arn:aws:s3:::b/1"), ("s3:DeleteObject", "arn:aws:s3:::b/2")],
        ),
        (
            "s3",
            "PutObject",
            {"Bucket": "b", "Key": "k", "CopySource": "/from/x"},
            [("s3:GetObject", "arn:aws:s3:::from/x"), ("s3:PutObject", "arn:aws:s3:::b/k")],
        ),
        ("states", "StopExecution", {"executionArn": "arn:e"}, [("states:StopExecution", "arn:e")]),
        ("states", "SendTaskSuccess", {"stateMachineArn": "arn:m"}, [("states:SendTaskSuccess", "arn:m")]),
        ("states", "ListStateMachines", {}, [("states:ListStateMachines", "*")]),
        (
            "lambda",
            "Invoke",
            {"FunctionName": "f", "Qualifier": "3"},
            [("lambda:InvokeFunction", f"arn:aws:lambda:{PLACE}:function:f:3")],
        ),
        (
            "lambda",
            "Invoke",
            {"FunctionName": f"arn:aws:lambda:{PLACE}:function:f:3", "Qualifier": None},
            [("lambda:InvokeFunction", f"arn:aws:lambda:{PLACE}:function:f:3")],
        ),
        (
            "ses",
            "SendEmail",
            {"FromEmailAddress": "Us <us@example.com>", "Content": {"Simple": {}}},
            [("ses:SendEmail", f"arn:aws:ses:{PLACE}:identity/us@example.com")],
        ),
        (
            "ses",
            "SendEmail",
            {"FromEmailAddress": "us@example.com", "Destination": {"ToAddresses": ["you@example.com"]}},
            [
                ("ses:SendEmail", f"arn:aws:ses:{PLACE}:identity/us@example.com"),
                ("ses:SendEmail", f"arn:aws:ses:{PLACE}:identity/you@example.com"),
            ],
        ),
        ("secretsmanager", "GetSecretValue", {"SecretId": "nobody's"}, [("secretsmanager:GetSecretValue", None)]),
        ("ssm", "GetParameter", {"Name": "/a/b"}, [("ssm:GetParameter", f"arn:aws:ssm:{PLACE}:parameter/a/b")]),
        (
            "sqs",
            "SendMessageBatch",
            {"QueueUrl": "http://127.0.0.1/123456789012/q"},
            [("sqs:SendMessage", f"arn:aws:sqs:{PLACE}:q")],
        ),
        (
            "logs",
            "PutLogEvents",
            {"logGroupName": "g", "logStreamName": "s"},
            [("logs:PutLogEvents", f"arn:aws:logs:{PLACE}:log-group:g:log-stream:s")],
        ),
        ("translate", "TranslateText", {"Text": "x"}, [("translate:TranslateText", None)]),
    ],
)
def test_a_request_needs_this(
    service: str, operation: str, parameters: dict[str, Any], asked: list[tuple[str, str | None]]
) -> None:
    """By the Service Authorization Reference. What is not in it here is None."""
    assert [(each.action, each.resource) for each in needed(service, operation, parameters, PLACE)] == asked


# ---- What is refused ----


@pytest.fixture
def stack() -> Iterator[None]:
    """The stack of the fixture, in moto."""
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        deploy(FIXTURE, "http://127.0.0.1:3000")
        yield
        moto_differences.all_delivered()


def role(name: str) -> str:
    [found] = [each for each in boto3.client("iam").list_roles()["Roles"] if f"-{name}-" in each["RoleName"]]
    return str(found["Arn"])


def as_function(service: str, name: str = "ApiFunctionRole") -> Any:
    """A client with the credentials of a function's role."""
    held = roles.assume(role(name), "lambda.amazonaws.com", "interlude-api", "us-east-1")
    assert held
    keys = (held.access_key_id, held.secret_access_key, held.session_token)
    return boto3.Session(*keys, region_name="us-east-1").client(service)


def test_who_acts_under_a_role_is_refused_what_no_policy_allows(stack: None) -> None:
    """In AWS's words, which name the role, the action and the resource."""
    with pytest.raises(ClientError) as refused:
        as_function("dynamodb").put_item(TableName="listened", Item={"pk": {"S": "x"}})

    error = refused.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert error["Message"].endswith(
        "/interlude-api is not authorized to perform: dynamodb:PutItem on resource: "
        "arn:aws:dynamodb:us-east-1:123456789012:table/listened "
        "because no identity-based policy allows the dynamodb:PutItem action"
    )


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("s3", lambda s3: s3.get_object(Bucket="mine", Key="x"), "AccessDenied"),
        ("s3", lambda s3: s3.list_objects_v2(Bucket="mine"), "AccessDenied"),
        ("lambda", lambda functions: functions.invoke(FunctionName="interlude-api"), "AccessDeniedException"),
        ("stepfunctions", lambda states: states.list_state_machines(), "AccessDeniedException"),
        ("ssm", lambda ssm: ssm.get_parameter(Name="/x"), "AccessDeniedException"),
        ("sns", lambda sns: sns.list_topics(), "AccessDenied"),
    ],
)
def test_each_service_refuses_in_its_own_form(stack: None, service: str, call: Any, code: str) -> None:
    """The SDK reads it as an error of that service."""
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="mine")

    with pytest.raises(ClientError) as refused:
        call(as_function(service))

    assert refused.value.response["Error"]["Code"] == code


def test_objects_that_may_not_be_deleted_are_told_one_by_one(stack: None) -> None:
    """The request itself succeeds."""
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="mine")

    answer = as_function("s3").delete_objects(Bucket="mine", Delete={"Objects": [{"Key": "x"}]})

    assert [(each["Key"], each["Code"]) for each in answer["Errors"]] == [("x", "AccessDenied")]


def test_who_may_not_list_a_bucket_is_not_told_what_is_missing_in_it(stack: None) -> None:
    """An object that is not there is denied, as one is that must not be read."""
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="mine")
    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::mine/*"}
    listing = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::mine"}
    codes = []

    for statements in ([allow], [allow, listing]):
        boto3.client("iam").put_role_policy(
            RoleName=role("ApiFunctionRole").rpartition("/")[2],
            PolicyName="reads",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
        )
        with pytest.raises(ClientError) as refused:
            as_function("s3").get_object(Bucket="mine", Key="x")
        codes.append(refused.value.response["Error"]["Code"])

    assert codes == ["AccessDenied", "NoSuchKey"]


def test_the_developer_may_do_everything(stack: None) -> None:
    """Whoever has no credentials of a role: the AWS CLI, and tests."""
    assert boto3.client("dynamodb", region_name="us-east-1").list_tables()["TableNames"]


def test_what_aws_does_under_a_role_is_judged_where_the_role_is_here(stack: None, capsys: Any) -> None:
    """And said, since nobody gets an error. Of another account's role nothing is known."""
    queue = "arn:aws:sqs:us-east-1:123456789012:other"

    assert not iam.may(role("ApiFunctionRole"), "sqs:SendMessage", queue)
    assert f"may not sqs:SendMessage on {queue}: because no identity-based policy allows" in capsys.readouterr().out
    assert iam.may(role("ApiFunctionRole"), "sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:dead")
    assert iam.may("arn:aws:iam::1:role/r", "sqs:SendMessage", queue)


def test_a_deny_is_stronger_than_an_allow(stack: None) -> None:
    """Also in another policy of the role."""
    api = role("ApiFunctionRole")
    statement = {"Effect": "Deny", "Action": "lambda:*", "Resource": "*"}
    asked = Asked("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:123456789012:function:interlude-step")
    before = judge(api, asked).allowed
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    boto3.client("iam").put_role_policy(RoleName=api.rpartition("/")[2], PolicyName="no", PolicyDocument=document)

    after = judge(api, asked)

    assert (before, after.allowed) == (True, False)
    assert after.reason == "with an explicit deny in an identity-based policy"


def test_a_policy_that_aws_manages_is_one(stack: None) -> None:
    """SAM gives each function AWSLambdaBasicExecutionRole."""
    asked = Asked("logs:PutLogEvents", "arn:aws:logs:us-east-1:123456789012:log-group:any:log-stream:x")

    [grant] = judge(role("StepFunctionRole"), asked).grants

    assert grant.policy == "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def test_a_role_has_the_policies_of_the_template_that_was_deployed_last(tmp_path: Path) -> None:
    """What was taken out of it is not allowed any more."""
    (tmp_path / "code").mkdir()
    text = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Step:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: code/
      Handler: a.b
      Runtime: python3.13
      Policies: [{Statement: [{Effect: Allow, Action: ACTION, Resource: "*"}]}]
"""
    actions = []

    with mock_aws():
        for deployed, action in ((create, "ssm:GetParameter"), (update, "sns:Publish")):
            template = tmp_path / "template.yaml"
            template.write_text(text.replace("ACTION", action), encoding="utf-8")
            deployed(load(template, {}, "us-east-1"), "http://127.0.0.1:3000", region="us-east-1")
            asked = (Asked(each, None) for each in ("ssm:GetParameter", "sns:Publish", "logs:PutLogEvents"))
            actions.append([each.action for each in asked if judge(role("StepRole"), each).allowed])

    assert actions == [["ssm:GetParameter", "logs:PutLogEvents"], ["sns:Publish", "logs:PutLogEvents"]]


def test_a_role_that_nobody_may_assume_is_told_at_once(tmp_path: Path) -> None:
    """As AWS refuses to create the function."""
    template = tmp_path / "template.yaml"
    (tmp_path / "code").mkdir()
    template.write_text(
        """
Transform: AWS::Serverless-2016-10-31
Resources:
  Step:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: code/, Handler: a.b, Runtime: python3.13, Role: !GetAtt Mistaken.Arn}
  Mistaken:
    Type: AWS::IAM::Role
    Properties:
      RoleName: mistaken
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Action: sts:AssumeRole, Principal: {Service: states.amazonaws.com}}]
""",
        encoding="utf-8",
    )

    with mock_aws(), pytest.raises(LocalError) as refused:
        deploy(template, "http://127.0.0.1:3000")

    assert str(refused.value) == (
        "mistaken can't be assumed by lambda.amazonaws.com: its AssumeRolePolicyDocument does not allow it."
    )
