"""CPU of a warm step in its function, and the requests that it makes to AWS."""

from collections import Counter
from typing import Any

from bench.figures.playing import play
from bench.laboratory import Laboratory
from bench.spread import spread

_STEPS_A_RUN = 30
_WARM_UP = 3
_LOOKS = 4


async def measure(laboratory: Laboratory) -> dict[str, Any]:
    runs = -(-laboratory.sizes.warm_steps // _STEPS_A_RUN)
    steps = ["plain"] * _STEPS_A_RUN
    plain, bare, looks = [], [], []
    for _ in range(runs):
        # The last step ends the run, which is another request than a plain step's.
        plain += (await play(laboratory, steps=steps))[_WARM_UP:-1]
        bare += (await play(laboratory, bare=_STEPS_A_RUN))[_WARM_UP:]
        looks += (await play(laboratory, steps=["plain", "plain", *["looks"] * _LOOKS, "plain"]))[2:-1]
    return {
        "plain": _row(plain),
        "looks": _row(looks),
        "bare": _row(bare),
    }


def _row(turns: list[dict[str, Any]]) -> dict[str, Any]:
    kinds = Counter(tuple(turn["calls"]) for turn in turns)
    return {
        "cpu_ms": spread([turn["cpu_ms"] for turn in turns]),
        "wall_ms": spread([turn["wall_ms"] for turn in turns]),
        "calls": list(kinds.most_common(1)[0][0]),
    }
