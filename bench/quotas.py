"""AWS's quotas that a stack may reach, as AWS's pages said on the date of each, and what Interlude does about them.

`larger` applies to us-east-1, us-west-2 and eu-west-1, `other` to other regions. All apply to an account and region,
except those of a table, an index or a partition.
"""

from dataclasses import dataclass

READ = "2026-11-24"
STEP_FUNCTIONS = "docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"
LAMBDA = "docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
LAMBDA_SCALING = "docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html"
DYNAMODB = "docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"
PARTITIONS = (
    "aws.amazon.com/blogs/database/"
    "part-3-scaling-dynamodb-how-partitions-hot-keys-and-split-for-heat-impact-performance"
)
ON_DEMAND = "repost.aws/knowledge-center/on-demand-table-throttling-dynamodb"
API_GATEWAY = "docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"
EVENTBRIDGE = "docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html"
SES = "docs.aws.amazon.com/ses/latest/dg/quotas.html"


@dataclass(frozen=True)
class Quota:
    what: str
    larger: int
    other: int
    unit: str
    """The counted thing; the number is per second, unless the unit says otherwise."""
    rises: bool
    """Whether AWS raises it on request."""
    answer: str
    """What Interlude does about it, and what its owner can do."""
    source: str
    date: str = READ
    note: str = ""
    """A bucket that a burst may empty first, or what new accounts have."""


REQUESTS = Quota(
    "requests to API Gateway", 10_000, 2_500, "requests", True,
    "each open route serves `PublicRequestsPerSecond` (100) and answers 429 above that, before the quota is used up",
    API_GATEWAY, note="bursts of 5,000",
)  # fmt: skip
STARTS = Quota(
    "StartExecution", 300, 150, "runs, retries and roll-overs", True,
    "503 with `Retry-After`; a roll-over is retried. A lower `PublicRequestsPerSecond` keeps hooks from reaching it",
    STEP_FUNCTIONS, note="bursts of 1,300, or 800",
)  # fmt: skip
TRANSITIONS = Quota(
    "state transitions", 5_000, 800, "transitions", True,
    "Step Functions delays transitions above it; no run fails",
    STEP_FUNCTIONS, note="bursts of the same size; fewer in new accounts",
)  # fmt: skip
TASK_RESULTS = Quota(
    "SendTaskSuccess, SendTaskFailure", 500, 300, "of each", True,
    "the click is answered, because it is in the table; the stream wakes the run",
    STEP_FUNCTIONS, note="bursts of 3,000, or 1,500",
)  # fmt: skip
DESCRIBED_WORKFLOWS = Quota(
    "DescribeStateMachine", 20, 20, "of each", True,
    "called once a minute for each workflow; above the quota the last answer is used. 503 for a step test and a retry",
    STEP_FUNCTIONS, note="bursts of 200",
)  # fmt: skip
LISTED_WORKFLOWS = Quota(
    "ListStateMachines", 5, 5, "of each", True,
    "called by `GET /runs` once a minute, and by `GET /workflows`; above the quota the last answer is used",
    STEP_FUNCTIONS, note="bursts of 100",
)  # fmt: skip
DESCRIBED_RUNS = Quota(
    "DescribeExecution", 15, 10, "`GET /runs/{run_id}` of runs that have not started", True,
    "503 with `Retry-After`",
    STEP_FUNCTIONS, note="bursts of 300, or 250",
)  # fmt: skip
STOPS = Quota(
    "StopExecution", 200, 25, "runs stopped through the API", True,
    "503, or `failed` when cancelling many; the stream stops them later",
    STEP_FUNCTIONS, note="bursts of 1,000, or 500",
)  # fmt: skip
OPEN_EXECUTIONS = Quota(
    "open executions", 1_000_000, 1_000_000, "runs that wait or run, at the same time", True,
    "503 with `Retry-After` for a new run; waiting runs are not affected. AWS raises it to millions",
    STEP_FUNCTIONS,
)  # fmt: skip
CONCURRENCY = Quota(
    "Lambda's concurrency", 1_000, 1_000, "concurrent calls", True,
    "Step Functions retries a step for about 10 minutes; API Gateway answers 503",
    LAMBDA, note="10 in new accounts",
)  # fmt: skip
SCALING = Quota(
    "Lambda's growth", 1_000, 1_000, "new environments of a function in 10 s", False,
    "as above; each step is a separate function with its own quota",
    LAMBDA_SCALING,
)  # fmt: skip
TABLE_WRITES = Quota(
    "writes of a table", 40_000, 40_000, "write units", True,
    "DynamoDB throttles; steps and the state machine retry for about 10 minutes",
    DYNAMODB, note="4,000 in a new table, then twice the last peak within 30 minutes",
)  # fmt: skip
TABLE_READS = Quota(
    "reads of a table", 40_000, 40_000, "read units", True,
    "as above",
    DYNAMODB, note="12,000 in a new table",
)  # fmt: skip
INDEX_PARTITION = Quota(
    "writes of one index key", 1_000, 1_000, "write units", False,
    "DynamoDB throttles that workflow's writes to the table. The key is the workflow's name: see below",
    PARTITIONS,
)  # fmt: skip
ITEM_READS = Quota(
    "reads of one item", 3_000, 3_000, "read units", False,
    "the item with a hook's key and its workflow's options is read once for each call of the hook",
    ON_DEMAND,
)  # fmt: skip
EVENTS = Quota(
    "EventBridge's calls of rule targets", 18_750, 1_100, "runs that fail or are cancelled", True,
    "EventBridge delays calls above it. A run puts no events on a bus, so PutEvents does not matter",
    EVENTBRIDGE, note="750 in the smallest regions",
)  # fmt: skip
MAILS = Quota(
    "mails by SES", 1, 1, "mails", True,
    "`pd.send.email` fails in the step, which `retry` runs again; a mail about a failed run is tried three times",
    SES, note="200 a day in the sandbox; outside it AWS sets both for each account",
)  # fmt: skip

QUOTAS = (
    REQUESTS, STARTS, TRANSITIONS, TASK_RESULTS, OPEN_EXECUTIONS, STOPS, DESCRIBED_WORKFLOWS, LISTED_WORKFLOWS,
    DESCRIBED_RUNS, CONCURRENCY, SCALING, TABLE_WRITES, TABLE_READS, INDEX_PARTITION, ITEM_READS, EVENTS, MAILS,
)  # fmt: skip


def run() -> None:
    for quota in QUOTAS:
        print(f"{quota.what:<40} {quota.larger:>10,} {quota.other:>10,} {quota.unit} ({quota.source}, {quota.date})")
