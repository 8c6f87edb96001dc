"""The step that an action becomes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STEPS = Path(__file__).parent / "steps"

Json = dict[str, Any]
Props = Mapping[str, Any]
Version = tuple[int, ...]
"""Such as (0, 1, 10); empty if the action has none."""


@dataclass(frozen=True)
class Translation:
    """`code` is the text of a step, `inputs` the content of its inputs.json, `notes` what its owner must check."""

    code: str
    inputs: Json
    notes: tuple[str, ...] = ()


Action = Callable[[Props, Version], Translation | None]


def step(name: str, inputs: Json, notes: Iterable[str] = ()) -> Translation:
    """The step in steps/<name>.py."""
    return Translation((STEPS / f"{name}.py").read_text(encoding="utf-8"), inputs, tuple(notes))


def same(name: str, *needed: str, **optional: Any) -> Action:
    """An action whose step has inputs of the same names as its props: `needed`, and `optional` with their defaults."""

    def action(props: Props, _: Version) -> Translation:
        given = {
            **dict.fromkeys(needed),
            **optional,
            **{key: value for key, value in props.items() if value is not None},
        }
        inputs = {prop: given[prop] for prop in (*needed, *optional) if given[prop] is not None}
        return step(name, inputs, missing(props, *needed))

    return action


def missing(props: Props, *needed: str) -> list[str]:
    """A note on each required prop without a value."""
    return [f"The action has no value for {prop}: give the step one." for prop in needed if props.get(prop) is None]
