"""The listener of the bench hears each call of a step, once or twice."""

import asyncio

import pytest

from bench.traffic import listening, send


def test_a_call_that_comes_twice_is_heard_twice():
    async def twice():
        async with listening() as listener:
            for _ in range(2):
                await send("POST", f"http://{listener.address}/run/ask", {"url": "u"})
            return listener.hits["run", "ask"]

    hits = asyncio.run(twice())

    assert [hit.callback for hit in hits] == [{"url": "u"}, {"url": "u"}]
    assert hits[0].at_s < hits[1].at_s


def test_who_waits_for_a_step_hears_of_its_first_call():
    async def wait():
        async with listening() as listener:
            hit = asyncio.create_task(listener.hit("run", "three"))
            await asyncio.sleep(0)
            await send("POST", f"http://{listener.address}/run/three")
            return await hit

    assert asyncio.run(wait()).callback is None


def test_a_step_that_does_not_run_is_an_error_with_its_name():
    async def wait():
        async with listening() as listener:
            await listener.hit("run", "three", patience_s=0.01)

    with pytest.raises(TimeoutError, match="step 'three' of run did not run"):
        asyncio.run(wait())
