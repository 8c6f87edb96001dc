"""The two workflows of the bench for Restate, served by hypercorn: `hypercorn restate_app:app`."""

import restate
from hit import hit
from restate import Context, Service

bench = Service("bench")


@bench.handler()
async def three(ctx: Context, run: str) -> dict[str, int]:
    await ctx.run_typed("one", lambda: {"step": 1})
    await ctx.run_typed("two", lambda: {"step": 2})
    await ctx.run_typed("three", hit, run=run, step="three")
    return {"step": 3}


@bench.handler()
async def asking(ctx: Context, run: str) -> dict[str, int]:
    name, answer = ctx.awakeable()
    await ctx.run_typed("ask", _ask, run=run, awakeable=name)
    await answer
    await ctx.run_typed("answer", hit, run=run, step="answer")
    await ctx.run_typed("last", lambda: {"step": 3})
    return {"step": 3}


def _ask(run: str, awakeable: str) -> None:
    hit(run, "ask", {"method": "POST", "url": f"/restate/awakeables/{awakeable}/resolve", "body": {"answer": "yes"}})


app = restate.app(services=[bench])
