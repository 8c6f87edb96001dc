"""What a report says of several measurements of one thing."""

import statistics
from collections.abc import Sequence


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, quartiles, least, most and how many, in the unit of the values."""
    quartiles = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else [values[0]] * 3
    return {
        "median": statistics.median(values),
        "lower_quartile": quartiles[0],
        "upper_quartile": quartiles[2],
        "least": min(values),
        "most": max(values),
        "count": len(values),
    }
