"""Who may do what in Interlude's own part of the template, as CloudFormation gets it."""

from collections.abc import Iterator
from typing import Any

from local.template import Translated

Resources = dict[str, Any]
Statement = dict[str, Any]

ON_EVERYTHING = {"states:ListStateMachines", "xray:PutTraceSegments", "xray:PutTelemetryRecords"}
"""What IAM knows no resource for."""

TRACES = "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess"
"""What SAM adds to the roles that it makes for whatever is traced."""

SENDER = {"Fn::If": ["HasMailFrom", {"Ref": "MailFrom"}, {"Ref": "NotifyAddress"}]}

READS_SECRETS = {"secretsmanager:GetSecretValue", "ssm:GetParameter", "kms:Decrypt"}
"""What a step may be allowed besides StepPolicy: docs/inputs.md."""


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def documents(resources: Resources) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every policy of the stack that allows something, by the logical id of its resource."""
    for name, resource in resources.items():
        properties = resource["Properties"]
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            yield name, properties["PolicyDocument"]
        for policy in properties.get("Policies", []) if resource["Type"] == "AWS::IAM::Role" else []:
            yield name, policy["PolicyDocument"]


def statements(document: dict[str, Any]) -> list[Statement]:
    """The statements of a policy, with those of conditions that hold."""
    return [each["Fn::If"][1] if "Fn::If" in each else each for each in document["Statement"]]


def allowed(document: dict[str, Any]) -> dict[str, Any]:
    """What a policy allows, and on what; a list where several statements allow it."""
    found: dict[str, Any] = {}
    for each in statements(document):
        for action in as_list(each["Action"]) if each["Effect"] == "Allow" else []:
            resource = each["Resource"]
            found[action] = [*as_list(found[action]), *as_list(resource)] if action in found else resource
    return found


def test_the_actions_on_everything_are_those_that_iam_knows_no_resource_for(resources: Resources):
    """To list state machines, and to send traces; every other action names what it is for."""
    on_everything = [
        (name, action)
        for name, document in documents(resources)
        for action, resource in allowed(document).items()
        if "*" in as_list(resource)
    ]

    assert sorted(on_everything) == [
        ("ApiFunctionRole", "states:ListStateMachines"),
        ("WakeupsRole", "xray:PutTelemetryRecords"),
        ("WakeupsRole", "xray:PutTraceSegments"),
    ]


def test_of_what_aws_manages_there_is_the_writing_of_logs_and_of_traces(resources: Resources):
    """SAM attaches them to the roles that it makes. No statement of the template is as wide."""
    roles = [resource["Properties"] for resource in resources.values() if resource["Type"] == "AWS::IAM::Role"]
    managed = {arn for role in roles for arn in role.get("ManagedPolicyArns", []) if isinstance(arn, str)}

    assert managed == {"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole", TRACES}


def test_no_action_has_a_wildcard(resources: Resources):
    """What AWS adds to a service tomorrow is not allowed today."""
    wild = [
        action
        for _, document in documents(resources)
        for action in allowed(document)
        if "*" in action or ":" not in action
    ]

    assert wild == []


def test_no_policy_allows_by_exclusion(resources: Resources):
    """NotAction and NotResource allow what nobody has thought of."""
    keys = {key for _, document in documents(resources) for each in statements(document) for key in each}

    assert keys == {"Effect", "Action", "Resource", "Condition"}


def test_what_is_allowed_lies_in_this_stack(resources: Resources):
    """An ARN pattern names the stack, or is of one of its resources. A schedule starts its own machine."""
    for _, document in documents(resources):
        for action, resource in allowed(document).items():
            for each in as_list(resource):
                text = str(each)
                assert (
                    "${AWS::StackName}-" in text
                    or "Runs" in text
                    or "DataStores" in text
                    or "Payloads" in text
                    or action == "ses:SendEmail"
                    or text == str({"Fn::GetAtt": ["DeadWakeups", "Arn"]})
                    or text == str({"Fn::GetAtt": ["DeadFailures", "Arn"]})
                    or text == str({"Fn::GetAtt": ["Logs", "Arn"]})
                    or action in ON_EVERYTHING
                    or action in READS_SECRETS
                    or (action == "states:StartExecution" and each == {"Ref": each.get("Ref")})
                )


def test_a_step_may_do_this_and_no_more(resources: Resources):
    """Read and write runs and data stores, keep large values, send mail: no Step Functions, no other function."""
    assert sorted(allowed(resources["StepPolicy"]["Properties"]["PolicyDocument"])) == [
        "dynamodb:BatchGetItem",
        "dynamodb:BatchWriteItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "s3:AbortMultipartUpload",
        "s3:GetObject",
        "s3:PutObject",
        "ses:SendEmail",
    ]


def test_a_step_reads_no_index(resources: Resources):
    """The table itself is enough for a step; lists of runs are for the API."""
    policy = allowed(resources["StepPolicy"]["Properties"]["PolicyDocument"])

    assert policy["dynamodb:Query"] == [{"Fn::GetAtt": ["Runs", "Arn"]}, {"Fn::GetAtt": ["DataStores", "Arn"]}]


def test_the_api_reads_two_indexes_and_queries_them_only(resources: Resources):
    """By their names: what an index of tomorrow holds is not allowed today."""
    [policy] = resources["ApiFunctionRole"]["Properties"]["Policies"]
    found = allowed(policy["PolicyDocument"])

    assert found["dynamodb:Query"] == [
        {"Fn::GetAtt": ["Runs", "Arn"]},
        {"Fn::Sub": "${Runs.Arn}/index/runs-by-workflow"},
        {"Fn::Sub": "${Runs.Arn}/index/runs-waiting"},
    ]
    assert found["dynamodb:UpdateItem"] == found["dynamodb:BatchGetItem"] == {"Fn::GetAtt": ["Runs", "Arn"]}


def test_the_api_reads_the_secrets_of_hooks_only(resources: Resources):
    """Below the stack's own name: no account of a step, and nothing of another stack."""
    [policy] = resources["ApiFunctionRole"]["Properties"]["Policies"]
    found = allowed(policy["PolicyDocument"])

    secrets = {action: str(found[action]) for action in READS_SECRETS & set(found)}
    assert {action: resource.split("${AWS::AccountId}:")[1] for action, resource in secrets.items()} == {
        "secretsmanager:GetSecretValue": "secret:${AWS::StackName}/hooks/*'}",
        "ssm:GetParameter": "parameter/${AWS::StackName}/hooks/*'}",
    }


def test_a_step_deletes_from_data_stores_only(resources: Resources):
    """The record of a run is deleted by its TTL, never by a step."""
    policy = allowed(resources["StepPolicy"]["Properties"]["PolicyDocument"])

    for action in ("dynamodb:DeleteItem", "dynamodb:BatchWriteItem"):
        assert policy[action] == {"Fn::GetAtt": ["DataStores", "Arn"]}


def test_a_stack_without_a_notify_address_allows_no_mail(source: dict[str, Any]):
    """The statement stands under the condition SendsMail."""
    [conditional] = [
        each
        for each in source["Resources"]["StepPolicy"]["Properties"]["PolicyDocument"]["Statement"]
        if "Fn::If" in each
    ]

    name, then, otherwise = conditional["Fn::If"]
    assert (name, then["Action"], otherwise) == ("SendsMail", "ses:SendEmail", {"Ref": "AWS::NoValue"})


def test_mail_may_be_sent_from_the_one_sender_only(resources: Resources):
    """SES asks for the identity of the address or its domain, and for those of recipients: the condition limits it."""
    allowing = [
        (name, each)
        for name, document in documents(resources)
        for each in statements(document)
        if each["Action"] == "ses:SendEmail"
    ]

    assert {name for name, _ in allowing} == {"StepPolicy", "FailuresRole"}
    for _, statement in allowing:
        identities = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*"
        assert statement["Resource"] == {"Fn::Sub": identities}
        assert statement["Condition"] == {"StringEquals": {"ses:FromAddress": SENDER}}


def test_the_sender_is_created_by_one_stack_and_deleted_by_none(translated: Translated):
    """A second stack that creates the same address fails, and one that deleted it would take it from the other."""
    template = translated.template

    assert template["Resources"]["Sender"] == {
        "Type": "AWS::SES::EmailIdentity",
        "Condition": "CreatesSender",
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
        "Properties": {"EmailIdentity": SENDER},
    }
    assert template["Conditions"]["CreatesSender"] == {
        "Fn::And": [{"Condition": "SendsMail"}, {"Fn::Equals": [{"Ref": "CreateSender"}, "true"]}]
    }


def test_every_step_has_a_role_of_its_own_with_that_policy(translated: Translated, platform: set[str]):
    """Logs, traces and StepPolicy, and what its owner adds to it."""
    basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    roles = translated.template["Resources"]
    steps = {name: each for name, each in translated.of_type("AWS::Lambda::Function") if name not in platform}
    assert set(steps) == {"OneFirst", "OneLast"}
    for name, function in steps.items():
        assert function["Properties"]["Role"] == {"Fn::GetAtt": [f"{name}Role", "Arn"]}
        assert roles[f"{name}Role"]["Properties"]["ManagedPolicyArns"] == [basic, TRACES, {"Ref": "StepPolicy"}]
        assert "Policies" not in roles[f"{name}Role"]["Properties"]


def test_a_workflow_calls_its_own_steps_only(resources: Resources):
    """Its role may invoke <stack>-<workflow>-…, write runs, and start the next execution."""
    role = resources["OneRole"]["Properties"]
    [document] = [policy["PolicyDocument"] for policy in role["Policies"]]

    assert role["ManagedPolicyArns"] == [{"Ref": "WorkflowPolicy"}, TRACES]
    assert allowed(document) == {
        "lambda:InvokeFunction": {
            "Fn::Sub": [
                "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${functionName}*",
                {"functionName": {"Fn::Sub": "${AWS::StackName}-one-"}},
            ]
        }
    }
    assert sorted(allowed(resources["WorkflowPolicy"]["Properties"]["PolicyDocument"])) == [
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "states:StartExecution",
    ]


def test_who_has_a_link_needs_no_account_and_everybody_else_signs_in(resources: Resources):
    """Hooks and links carry their own secret; the other routes are IAM-authorised."""
    security = {
        f"{method.removeprefix('x-amazon-apigateway-').removesuffix('-method').upper()} {path}": operation["security"]
        for path, methods in resources["HttpApi"]["Properties"]["Body"]["paths"].items()
        for method, operation in methods.items()
    }

    assert {route: list(rule[0]) for route, rule in security.items()} == {
        "ANY /hooks/{workflow}/{key}": ["NONE"],
        "ANY /hooks/{workflow}/{key}/{proxy+}": ["NONE"],
        "ANY /resume/{run_id}/{wait}/{signature}": ["NONE"],
        "ANY /cancel/{run_id}/{wait}/{signature}": ["NONE"],
        "GET /workflows": ["AWS_IAM"],
        "POST /workflows/{workflow}/runs": ["AWS_IAM"],
        "POST /workflows/{workflow}/steps/{step}/test": ["AWS_IAM"],
        "GET /runs": ["AWS_IAM"],
        "GET /runs/{run_id}": ["AWS_IAM"],
        "POST /runs/{run_id}/cancel": ["AWS_IAM"],
        "POST /runs/cancel": ["AWS_IAM"],
        "POST /runs/{run_id}/retry": ["AWS_IAM"],
    }


def test_only_this_api_may_call_the_api_function(translated: Translated):
    """Each permission is for API Gateway and names this API."""
    for _, permission in translated.of_type("AWS::Lambda::Permission"):
        properties = permission["Properties"]
        if properties["FunctionName"] in ({"Ref": "Failures"}, {"Ref": "Watch"}):
            continue
        assert properties["Principal"] == "apigateway.amazonaws.com"
        assert "HttpApi" in str(properties["SourceArn"])


def test_only_its_own_rule_may_call_the_function_failures(translated: Translated):
    """EventBridge, for the one rule that takes the ends of this stack's executions which are no success."""
    permissions = [each["Properties"] for _, each in translated.of_type("AWS::Lambda::Permission")]
    name, rule = "FailuresEnded", translated.template["Resources"]["FailuresEnded"]

    assert [each for each in permissions if each["FunctionName"] == {"Ref": "Failures"}] == [
        {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Ref": "Failures"},
            "Principal": "events.amazonaws.com",
            "SourceArn": {"Fn::GetAtt": [name, "Arn"]},
        }
    ]
    assert rule["Properties"]["EventPattern"]["detail"]["status"] == ["FAILED", "TIMED_OUT", "ABORTED"]
    assert "${AWS::StackName}-" in str(rule["Properties"]["EventPattern"]["detail"]["stateMachineArn"])


def test_the_function_failures_may_do_this_and_no_more(resources: Resources):
    """Read and close runs, look at and stop executions, start an on_error's workflow, mail, say what was given up."""
    policies = resources["FailuresRole"]["Properties"]["Policies"]

    assert sorted(action for policy in policies for action in allowed(policy["PolicyDocument"])) == [
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "s3:GetObject",
        "s3:PutObject",
        "ses:SendEmail",
        "sqs:SendMessage",
        "states:DescribeExecution",
        "states:DescribeStateMachine",
        "states:StartExecution",
        "states:StopExecution",
    ]


def test_the_function_watch_reads_the_waiting_runs_and_no_more(resources: Resources):
    """One index of the table, which holds nothing that a user sent; its own hourly rule calls it, and nobody else."""
    [policy] = resources["WatchRole"]["Properties"]["Policies"]
    permissions = [each for each in resources.values() if each["Type"] == "AWS::Lambda::Permission"]
    [permission] = [each for each in permissions if each["Properties"]["FunctionName"] == {"Ref": "Watch"}]

    assert allowed(policy["PolicyDocument"]) == {"dynamodb:Scan": {"Fn::Sub": "${Runs.Arn}/index/runs-waiting-until"}}
    assert permission["Properties"]["Principal"] == "events.amazonaws.com"
    assert permission["Properties"]["SourceArn"] == {"Fn::GetAtt": ["WatchHourly", "Arn"]}
    assert resources["WatchHourly"]["Properties"]["ScheduleExpression"] == "cron(30 * * * ? *)"


def test_the_function_wakeups_may_do_this_and_no_more(resources: Resources):
    """Read the stream of this one table; wake, stop, start, close and delete what is of a run; say what it gave up."""
    role = resources["WakeupsRole"]["Properties"]
    [policy] = role["Policies"]

    assert "ManagedPolicyArns" not in role
    assert resources["Wakeups"]["Properties"]["Role"] == {"Fn::GetAtt": ["WakeupsRole", "Arn"]}
    stream, table, logs = ({"Fn::GetAtt": each} for each in (["Runs", "StreamArn"], ["Runs", "Arn"], ["Logs", "Arn"]))
    machines = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:${AWS::StackName}-*"
    executions = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${AWS::StackName}-*:*"
    assert allowed(policy["PolicyDocument"]) == {
        "dynamodb:DescribeStream": stream,
        "dynamodb:GetRecords": stream,
        "dynamodb:GetShardIterator": stream,
        "dynamodb:ListStreams": stream,
        "states:SendTaskSuccess": {"Fn::Sub": machines},
        "states:SendTaskFailure": {"Fn::Sub": machines},
        "states:StartExecution": {"Fn::Sub": machines},
        "states:DescribeExecution": {"Fn::Sub": executions},
        "states:StopExecution": {"Fn::Sub": executions},
        "dynamodb:UpdateItem": table,
        "dynamodb:Query": table,
        "dynamodb:BatchWriteItem": table,
        "s3:ListBucket": {"Fn::GetAtt": ["Payloads", "Arn"]},
        "s3:DeleteObject": {"Fn::Sub": "${Payloads.Arn}/runs/*"},
        "xray:PutTraceSegments": "*",
        "xray:PutTelemetryRecords": "*",
        "sqs:SendMessage": {"Fn::GetAtt": ["DeadWakeups", "Arn"]},
        "logs:CreateLogStream": logs,
        "logs:PutLogEvents": logs,
    }


def test_the_bucket_takes_no_request_without_tls(resources: Resources):
    """The one statement with a wildcard action denies."""
    [statement] = resources["PayloadsPolicy"]["Properties"]["PolicyDocument"]["Statement"]

    assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": False}}
