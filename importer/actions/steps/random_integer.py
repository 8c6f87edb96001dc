"""Returns a random whole number. Stands for the Pipedream action helper_functions-random-integer."""

import random


def handler(pd):
    return {"random_integer": random.randint(int(pd.inputs["min"]), int(pd.inputs["max"]))}
