"""Returns some items of a list, in random order and none twice. Stands for the Pipedream action
helper_functions-random-item-from-list.
"""

import random


def handler(pd):
    items = pd.inputs["list"]
    quantity = int(pd.inputs["quantity"])
    if quantity > len(items):
        raise ValueError(f"There are {len(items)} items, not {quantity}.")
    return random.sample(items, quantity)
