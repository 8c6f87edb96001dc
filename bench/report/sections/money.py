"""The costs of runs, here and elsewhere."""

from bench.figures.money import DYNAMODB_REQUEST_S, HUMAN_APPROVAL, VCPU_MB, WAITING_GB
from bench.prices import PRICES, usd
from bench.report.plots import number_text
from bench.report.wording import LEFT_OUT, Figures, ms, number_of, table, times


def _cost(counted: Figures) -> dict[str, float]:
    """Dollars for one run, by what is billed."""
    # Duration is CPU divided by the share of a core that the memory brings, so that the memory cancels out.
    computing = counted["function_cpu_ms"] / 1_000 * VCPU_MB / 1_024
    waiting_s = sum(counted["dynamodb_requests"].values()) * DYNAMODB_REQUEST_S
    gb_seconds = computing + waiting_s * WAITING_GB
    return {
        "Step Functions": usd("step_functions.transition", counted["transitions"]),
        "Lambda": usd("lambda.request", counted["lambda_requests"]) + usd("lambda.gb_second", gb_seconds),
        "DynamoDB": usd("dynamodb.write_unit", counted["write_units"])
        + usd("dynamodb.read_unit", counted["read_units"]),
        "API Gateway": usd("api_gateway.request", counted["api_requests"]),
        "mail": usd("ses.mail", counted["mails"]),
    }


def _human_approval() -> float:
    """Dollars for one run of AWS's sample."""
    return (
        usd("step_functions.transition", len(HUMAN_APPROVAL.states))
        + usd("lambda.request", HUMAN_APPROVAL.lambda_requests)
        + usd("api_gateway.request", HUMAN_APPROVAL.api_requests)
        + usd("ses.mail", HUMAN_APPROVAL.mails)
    )


def dearer(counted: Figures) -> list[str]:
    costs = {kind: sum(_cost(each).values()) for kind, each in counted["kinds"].items()}
    found = []
    if (sample := _human_approval()) < costs["approval"]:
        found.append(f"approval run: {times(costs['approval'] / sample)} the price of AWS's own human-approval sample")
    for kind, operations in (counted["durable"] or {}).items():
        durable = usd("lambda.durable_operation", sum(operations.values()))
        if durable < costs[kind]:
            found.append(f"{kind} run: {times(costs[kind] / durable)} the price of the durable SDK's operations")
    return found


def money(figures: Figures) -> str:
    counted = figures.get("money")
    if not counted:
        return LEFT_OUT
    kinds = counted["kinds"]
    names = {
        "plain": "plain: three steps",
        "approval": "approval: the sample, with its mail and a click",
        "poll": f"poll: {counted['poll_reruns']} reruns with a delay, two steps",
    }
    counts = table(
        ["counted for one run", *names.values()],
        [
            ("state transitions", *(number_text(kinds[kind]["transitions"]) for kind in names)),
            ("Lambda requests", *(number_text(kinds[kind]["lambda_requests"]) for kind in names)),
            ("CPU of functions", *(ms(kinds[kind]["function_cpu_ms"]) for kind in names)),
            ("DynamoDB requests", *(number_text(sum(kinds[kind]["dynamodb_requests"].values())) for kind in names)),
            ("write units", *(number_text(kinds[kind]["write_units"]) for kind in names)),
            ("read units", *(number_text(kinds[kind]["read_units"]) for kind in names)),
            ("API Gateway requests", *(number_text(kinds[kind]["api_requests"]) for kind in names)),
        ],
    )
    costs = {kind: _cost(kinds[kind]) for kind in names}
    services = list(costs["plain"])
    dollars = table(
        ["USD for 1,000,000 runs", *names.values()],
        [
            *((service, *(f"{1e6 * costs[kind][service]:,.2f}" for kind in names)) for service in services),
            ("**all**", *(f"**{1e6 * sum(costs[kind].values()):,.2f}**" for kind in names)),
        ],
    )
    durable = {kind: sum(operations.values()) for kind, operations in (counted["durable"] or {}).items()}
    others = table(
        ["others, for 1,000,000 runs", *names.values()],
        [
            (
                "AWS durable functions, operations only",
                *(
                    f"{durable[kind]} each, {usd('lambda.durable_operation', 1e6 * durable[kind]):,.2f} USD"
                    if kind in durable
                    else "not counted"
                    for kind in names
                ),
            ),
            (
                f"AWS's human-approval sample, {len(HUMAN_APPROVAL.states)} transitions",
                "",
                f"{1e6 * _human_approval():,.2f} USD",
                "",
            ),
            ("Pipedream", *(f"{number_of(kinds[kind]['pipedream_credits'], 'credit')} each" for kind in names)),
        ],
    )
    return f"{counts}\n\n{dollars}\n\n{others}"


def prices_read(_figures: Figures) -> str:
    """The day of the newest price."""
    return max(price.date for price in PRICES.values())
