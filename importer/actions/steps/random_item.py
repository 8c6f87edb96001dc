"""Returns one item of a list, chosen at random. Stands for the Pipedream action helper_functions-random-item-from-list
up to its version 0.0.1.
"""

import random


def handler(pd):
    return random.choice(pd.inputs["list"])
