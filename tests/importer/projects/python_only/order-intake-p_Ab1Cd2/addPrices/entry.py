import asyncio

from prices import total


async def handler(pd: "pipedream"):
    await asyncio.sleep(0)
    order = pd.steps["ReadOrder"]["$return_value"]
    # The quotes are Python 3.12's.
    text = f"{pd.steps["ReadOrder"]["customer"]}: {", ".join(f"{each["count"]} {each["article"]}" for each in order["items"])}"
    return {"total": total(order["items"]), "text": text}
