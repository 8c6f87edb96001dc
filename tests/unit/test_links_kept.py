# ruff: noqa: B021, PLC3002, RET504, TRY301
"""Whether a step may have handed on the links of a rerun or a delay, read from the bytecode of its call.

A link that was thrown away saves a parked task. Taking a link that was kept for one that was thrown away would make it
useless, so whatever is not certain counts as kept.
"""

import asyncio
import threading
from contextlib import nullcontext
from functools import partial
from itertools import chain
from operator import methodcaller
from types import FunctionType, SimpleNamespace
from typing import Any

import pytest

from interlude.pd.flow import Flow


def statement(flow):
    flow.rerun(1)


def delay_statement(flow):
    flow.delay(1)


def keywords(flow):
    flow.rerun(delay=1, context={"a": 1}, maxRetries=3)


def over_several_lines(flow):
    SimpleNamespace(
        flow=flow,
    ).flow.rerun(
        delay=1,
    )


def after(statements: str) -> Any:
    """The statement in a function that has others before it."""
    compiled: dict[str, Any] = {}
    exec(f"def step(flow):\n  if not flow:\n    {statements}\n  flow.rerun(1)", compiled)  # noqa: S102
    return compiled["step"]


# So many names that the number of one needs two bytes.
among_many_names = after("; ".join(f"flow.name_{number}" for number in range(300)))


def in_try(flow):
    try:
        flow.rerun(1)
    finally:
        ""


def in_with(flow):
    with nullcontext():
        flow.rerun(1)


def in_loop(flow):
    for _ in range(3):
        flow.rerun(1)


def in_if(flow):
    if flow:
        flow.rerun(1)
    else:
        flow.delay(1)


def in_coroutine(flow):
    async def step():
        flow.rerun(1)

    asyncio.run(step())


def in_nested_function(flow):
    def again():
        flow.rerun(1)

    again()


@pytest.mark.parametrize(
    "step",
    [
        statement, delay_statement, keywords, over_several_lines, among_many_names, in_try, in_with, in_loop, in_if,
        in_coroutine, in_nested_function,
    ],
)  # fmt: skip
def test_a_call_that_is_a_statement_throws_its_links_away(step: Any):
    """The next instruction drops the value, so nobody can have it."""
    assert links_kept(step) is False


def assigned(flow):
    links = flow.rerun(1)
    return len(links)


def assigned_to_nothing(flow):
    _ = flow.rerun(1)


def delay_assigned(flow):
    links = flow.delay(1)
    return len(links)


def assigned_to_an_attribute(flow):
    flow.mine = flow.rerun(1)


def assigned_to_two(flow):
    one, two = flow.rerun(1)
    return one, two


def named(flow):
    (links := flow.rerun(1))
    return len(links)


def returned(flow):
    return flow.rerun(1)


def returned_from_try(flow):
    try:
        return flow.rerun(1)
    finally:
        ""


def returned_from_with(flow):
    with nullcontext():
        return flow.rerun(1)


def returned_from_except(flow):
    try:
        raise ValueError
    except ValueError:
        return flow.rerun(1)


def returned_from_loop(flow):
    for _ in range(3):
        return flow.rerun(1)
    return None


def passed_on(flow):
    str(flow.rerun(1))


def passed_on_by_name(flow):
    dict(links=flow.rerun(1))  # noqa: C408  # by name is the point


def looked_into(flow):
    flow.rerun(1)["resume_url"]


def formatted(flow):
    f"{flow.rerun(1)}"


def in_lambda(flow):
    (lambda: flow.rerun(1))()


def in_comprehension(flow):
    [flow.rerun(ms) for ms in (1, 2)]


def in_generator(flow):
    list(flow.rerun(ms) for ms in (1, 2))  # noqa: C400  # a generator is the point


def yielded(flow):
    def links():
        yield flow.rerun(1)

    list(links())


def returned_from_coroutine(flow):
    async def step():
        return flow.rerun(1)

    asyncio.run(step())


def in_conditional_expression(flow):
    links = flow.rerun(1) if flow else None
    return links


def in_and(flow):
    links = flow and flow.rerun(1)
    return links


def before_and(flow):
    flow.rerun(1) and ""


def in_or(flow):
    return None or flow.rerun(1)


def as_a_condition(flow):
    if flow.rerun(1):
        ""


def matched(flow):
    match flow.rerun(1):
        case {"resume_url": url}:
            return url


def in_a_tuple(flow):
    flow.rerun(1), 2


def returned_by_a_helper(flow):
    def again():
        return flow.rerun(1)

    again()


def in_a_thread(flow):
    links: list[Any] = []
    thread = threading.Thread(target=lambda: links.append(flow.rerun(1)))
    thread.start()
    thread.join()


def by_map(flow):
    return list(map(flow.rerun, [1]))


def by_extend(flow):
    kept: list[Any] = []
    kept.extend(map(flow.rerun, [1]))


def delay_by_update(flow):
    kept: dict[int, Any] = {}
    kept.update(zip([1], map(flow.delay, [1]), strict=True))


def by_a_sort_key(flow):
    [1].sort(key=flow.rerun)


def by_setdefault(flow):
    kept: dict[int, Any] = {}
    kept.setdefault(1, next(map(flow.rerun, [1])))


def in_a_list_of_stars(flow):
    [*map(flow.rerun, [1])]


def compared(flow):
    [] in map(flow.rerun, [1])  # noqa: B015


def by_the_other_method(flow):
    flow.delay(*map(flow.rerun, [1])) if not flow else flow.rerun(1, next(map(flow.delay, [1])))


def as_its_own_argument(flow):
    flow.rerun(*chain([1], map(flow.rerun, [1])))


def unpacked(flow):
    flow.rerun(*[1], max_retries=3)


def under_another_name(flow):
    again = flow.rerun
    again(1)


def of_a_partial(flow):
    partial(flow.rerun, 1)()


def by_a_methodcaller(flow):
    methodcaller("rerun", 1)(flow)


def compiled_without_positions(flow):
    code = statement.__code__.replace(co_linetable=b"")
    FunctionType(code, globals())(flow)


def thrown_away_after_one_that_was_kept(flow):
    links = flow.rerun(1)
    flow.rerun(1)
    return links


def thrown_away_after_a_suspend(flow):
    flow.suspend()
    flow.rerun(1)


@pytest.mark.parametrize(
    "step",
    [
        assigned, assigned_to_nothing, delay_assigned, assigned_to_an_attribute, assigned_to_two, named, returned,
        returned_from_try, returned_from_with, returned_from_except, returned_from_loop, passed_on, passed_on_by_name,
        looked_into, formatted, in_lambda, in_comprehension, in_generator, yielded, returned_from_coroutine,
        in_conditional_expression, in_and, before_and, in_or, as_a_condition, matched, in_a_tuple,
        returned_by_a_helper, in_a_thread, by_map, by_extend, delay_by_update, by_a_sort_key, by_setdefault,
        in_a_list_of_stars, compared, by_the_other_method, as_its_own_argument, unpacked, under_another_name,
        of_a_partial, by_a_methodcaller, compiled_without_positions, thrown_away_after_one_that_was_kept,
        thrown_away_after_a_suspend,
    ],
)  # fmt: skip
def test_whatever_else_is_done_with_the_links_keeps_them(step: Any):
    """Somebody may have them, or it is not certain that nobody has."""
    assert links_kept(step) is True


def test_a_suspend_always_counts_as_kept():
    """It is there to be resumed, and its timer alone would be a delay."""
    flow = Flow(1, "resume", dict)

    flow.suspend()

    assert flow.links_kept is True


def links_kept(step: Any) -> bool:
    flow = Flow(1, "resume", lambda: {"resume_url": "r", "cancel_url": "c"})
    step(flow)
    return flow.links_kept
