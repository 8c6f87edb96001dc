from arrived import arrived
from aws_durable_execution_sdk_python import durable_execution


@durable_execution
def handler(event, context):
    arrived()


class Context:
    aws_request_id = "request"
    function_name = "bench"
    function_version = "$LATEST"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:bench"
    memory_limit_in_mb = 256
    log_group_name = log_stream_name = "bench"
    tenant_id = identity = client_context = None

    def get_remaining_time_in_millis(self):
        return 60_000


execution = {"Id": "e", "Type": "EXECUTION", "Status": "STARTED", "ExecutionDetails": {"InputPayload": "{}"}}
handler(
    {
        "DurableExecutionArn": "arn:aws:lambda:us-east-1:123456789012:function:bench:1/durable-execution/r/e",
        "CheckpointToken": "token",
        "InitialExecutionState": {"Operations": [execution], "NextMarker": ""},
    },
    Context(),
)
