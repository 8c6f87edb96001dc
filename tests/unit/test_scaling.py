"""docs/scaling.md says what the model in bench/ reckons."""

from pathlib import Path

import pytest

from bench import counts, quotas, scaling
from bench.prices import PRICES
from bench.scaling import DEMANDS, first_limit, highest_rate, money, month_usd, number

PLAIN, APPROVAL, POLL = DEMANDS
PAGE = scaling.DOCUMENT.read_text(encoding="utf-8")
LIMITS = Path("docs/limits.md").read_text(encoding="utf-8")
DECISION = Path("docs/decisions/0048-one-index-key-for-a-workflow.md").read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_model():
    """Else: make bench ARGS=scaling."""
    assert all(f"<!-- table {name}, " in PAGE for name in scaling.TABLES)
    assert scaling.filled(PAGE) == PAGE


@pytest.mark.parametrize(
    ("request_", "writes", "reads"),
    [
        ("BatchGetItem RUN STEP WAIT", 0, 3),
        ("Query", 0, 1),
        ("PutItem STEP", 1, 0),
        ("PutItem RUN/1", 3, 0),
        ("UpdateItem RUN/3", 5, 0),
        ("TransactWriteItems STEP RUN/3", 9, 0),
        ("StartExecution", 0, 0),
    ],
)
def test_a_request_costs_units(request_: str, writes: int, reads: int):
    """A run's own item has two units, other items one; a transaction costs an item twice, and an index entry one."""
    assert (scaling.write_units(request_), scaling.read_units(request_)) == (writes, reads)


def test_a_poll_of_more_reruns_costs_so_many_more():
    """Three transitions, one call and one write of the index twice for each."""
    longer = scaling.demand("poll", scaling.poll(11), POLL.items)

    assert longer.transitions - POLL.transitions == len(counts.DELAYED_TURN)
    assert (longer.steps - POLL.steps, longer.index_writes - POLL.index_writes) == (1, 2)
    assert longer.write_units - POLL.write_units == sum(map(scaling.write_units, counts.RERUN))


def test_the_quota_that_breaks_first_is_the_one_with_the_lowest_rate():
    """For each kind of run and each kind of region."""
    for run in DEMANDS:
        for larger in (True, False):
            quota, rate = first_limit(run, larger=larger)
            assert rate == min(highest_rate(each, run, larger=larger) for each in scaling.NEEDS)
            assert scaling.broken(run, rate * 0.99, larger=larger).startswith("nothing: 99 %")
            assert scaling.broken(run, rate * 1.01, larger=larger).startswith(f"**{quota.what}**")


def test_every_quota_and_price_has_its_page_and_its_day():
    """And what happens above it."""
    assert set(scaling.NEEDS) <= set(quotas.QUOTAS)
    assert all(quota.answer and quota.source and quota.date for quota in quotas.QUOTAS)
    assert all(price.usd > 0 and price.source and price.date for price in PRICES.values())


def test_the_sentences_have_the_numbers_of_the_model():
    """Where people wrote a number, the model says the same."""
    lowest = {run: first_limit(run, larger=False)[1] for run in DEMANDS}
    ends = [month_usd(run, highest_rate(quotas.INDEX_PARTITION, run, larger=True)) for run in (POLL, PLAIN)]
    new_account = [10 / run.calls_s for run in (APPROVAL, PLAIN, POLL)]
    new_table = [4_000 / run.write_units for run in (PLAIN, POLL)]
    second_of_a_step = 1e6 * 0.25 * PRICES["lambda.gb_second"].usd

    for sentence in (
        f"Up to {number(min(lowest[PLAIN], lowest[APPROVAL]))} runs a second, or {number(lowest[POLL])} polls",
        f"costs {money(ends[0])} to {money(ends[1])} USD a month",
        f"so {number(new_account[0])} to {number(new_account[1])} runs a second",
        f"about {number(new_table[0])} plain runs or {number(new_table[1])} polls",
        f"1 s more of a step is {second_of_a_step:.2f} USD for a million calls",
        f"{number(scaling.RETRIED_S * quotas.INDEX_PARTITION.larger)}. Runs beyond that fail",
        f"reads {number(scaling.WATCHED_PER_S)} waits a second",
    ):
        assert sentence in PAGE.replace("\n  ", " ").replace("\n", " "), sentence
    assert round(new_account[2]) == 8
    assert f"costs {money(ends[0])} to {money(ends[1])} USD a month" in DECISION.replace("\n  ", " ")
    plain, approval = (highest_rate(quotas.INDEX_PARTITION, run, larger=True) for run in (PLAIN, APPROVAL))
    assert f"| {number(plain)} plain ones, {number(approval)} that wait once |" in LIMITS
    assert f"| {number(quotas.OPEN_EXECUTIONS.larger)} in an account and region;" in LIMITS
