"""Says what the step before has handed on."""


def handler(pd):
    left = pd.steps["leave"]["$return_value"]
    return {**left, "large": len(left["large"])}
