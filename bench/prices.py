"""What AWS charges, as its price pages said on the date of each line: us-east-1, the first tier, without what is free.

The parts of the bench that count money read these. A price that changes is changed here, with its date.
"""

from typing import NamedTuple

MILLION = 1_000_000
HOURS_PER_MONTH = 730
SECONDS_PER_MONTH = HOURS_PER_MONTH * 3600


class Price(NamedTuple):
    usd: float
    unit: str
    """What one pays `usd` for: one transition, one GB-second, one GB-month."""
    source: str
    date: str
    """The day on which the page was read, as 2026-11-24."""


READ = "2026-11-24"
LAMBDA = "aws.amazon.com/lambda/pricing"
DYNAMODB = "aws.amazon.com/dynamodb/pricing/on-demand"
CLOUDWATCH = "aws.amazon.com/cloudwatch/pricing"

PRICES: dict[str, Price] = {
    "step_functions.transition": Price(25 / MILLION, "state transition", "aws.amazon.com/step-functions/pricing", READ),
    "lambda.request": Price(0.20 / MILLION, "invocation", LAMBDA, READ),
    "lambda.gb_second": Price(0.0000133334, "GB-second on arm64", LAMBDA, READ),
    "lambda.durable_operation": Price(8.00 / MILLION, "operation of a durable function", LAMBDA, READ),
    "lambda.durable_written_gb": Price(0.25, "GB that a durable function writes", LAMBDA, READ),
    "lambda.durable_kept_gb_month": Price(0.15, "GB-month that a durable function keeps", LAMBDA, READ),
    "dynamodb.write_unit": Price(0.625 / MILLION, "write request unit, 1 KB", DYNAMODB, READ),
    "dynamodb.read_unit": Price(0.125 / MILLION, "read request unit, 4 KB", DYNAMODB, READ),
    "dynamodb.gb_month": Price(0.25, "GB-month", DYNAMODB, READ),
    "dynamodb.backup_gb_month": Price(0.20, "GB-month of point-in-time recovery", DYNAMODB, READ),
    "api_gateway.request": Price(1.00 / MILLION, "request to an HTTP API", "aws.amazon.com/api-gateway/pricing", READ),
    "s3.put": Price(5.00 / MILLION, "PUT or LIST", "aws.amazon.com/s3/pricing", READ),
    "s3.get": Price(0.40 / MILLION, "GET", "aws.amazon.com/s3/pricing", READ),
    "s3.gb_month": Price(0.023, "GB-month", "aws.amazon.com/s3/pricing", READ),
    "eventbridge.event": Price(
        1.00 / MILLION, "event that a customer puts", "aws.amazon.com/eventbridge/pricing", READ
    ),
    "ses.mail": Price(0.10 / 1_000, "mail", "aws.amazon.com/ses/pricing", READ),
    "cloudwatch.log_gb": Price(0.50, "GB of log lines written", CLOUDWATCH, READ),
    "cloudwatch.alarm_month": Price(0.10, "metric that an alarm looks at, a month", CLOUDWATCH, READ),
    "xray.trace": Price(5.00 / MILLION, "trace recorded", "aws.amazon.com/xray/pricing", READ),
}


def usd(name: str, amount: float) -> float:
    """What so many units of `name` cost. Raises KeyError for a name without a price."""
    return PRICES[name].usd * amount


def run() -> None:
    for name, price in PRICES.items():
        print(f"{name:<30} {price.usd:>13.10f} USD for a {price.unit} ({price.source}, {price.date})")
