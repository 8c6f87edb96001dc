"""Has an async handler."""

import asyncio


async def handler(pd):
    greeting = await _greeting(pd.steps["trigger"]["event"]["body"]["name"])
    pd.flow.suspend(60_000)
    return greeting


async def _greeting(name):
    await asyncio.sleep(0)
    return f"Hello {name}"
