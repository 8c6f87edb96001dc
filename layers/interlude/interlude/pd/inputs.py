"""`pd.inputs`: what stands in `<step>.inputs.json` beside the step's file, with everything that it names in its place.

    {"channel": "#sales", "text": "New: {{steps.trigger.event.body.name}}",
     "slack": {"$account": "slack"}, "seen": {"$data_store": "customers"}}

Called by `pd` when the step first asks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interlude.errors import BadCall, BadInputs
from interlude.pd import expressions
from interlude.pd.data_stores import DataStore
from interlude.run import payloads
from interlude.settings import settings

Steps = Callable[[], Mapping[str, Any]]


def load(step: str, steps: Steps, given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a step; those that are `given` instead of what its file says. Raises BadInputs and NoSecret."""
    told = _file(step)
    own = {name: _Input(step, name, steps).made(value) for name, value in told.items() if name not in given}
    return {**own, **given}


def _file(step: str) -> dict[str, Any]:
    path = Path(settings().task_root) / f"{step}.inputs.json"
    try:
        told = payloads.loads(path.read_bytes(), "It")
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise BadInputs(f"{path.name} of step {step!r} is not valid JSON: {error}. Correct the file.") from None
    if not isinstance(told, dict):
        raise BadInputs(f"{path.name} of step {step!r} holds a {type(told).__name__}; it must hold an object.")
    return told


@dataclass(frozen=True, slots=True)
class _Input:
    step: str
    name: str
    steps: Steps

    def __str__(self) -> str:
        return f"pd.inputs[{self.name!r}] of step {self.step!r}"

    def made(self, value: Any) -> Any:
        """Only what the file itself says is an account or a data store; never what an expression leads to."""
        if isinstance(value, list):
            return [self.made(item) for item in value]
        if isinstance(value, str):
            return self._resolved(value)
        if not isinstance(value, dict):
            return value
        if value.keys() == {"$account"}:
            return {"$auth": self._account(value["$account"])}
        if value.keys() == {"$data_store"}:
            return self._data_store(value["$data_store"])
        return {key: self.made(item) for key, item in value.items()}

    def _resolved(self, text: str) -> Any:
        try:
            return expressions.resolve(text, self.steps)
        except expressions.NoPath as error:
            raise BadInputs(
                f"{self} has {{{{{error.expression}}}}}, which is JavaScript; only paths such as "
                "{{steps.trigger.event.body.id}} can stand there. Work it out in a step before, and refer to that."
            ) from None

    def _account(self, name: Any) -> dict[str, Any]:
        from interlude.pd import accounts

        if not isinstance(name, str):
            raise BadInputs(f"{self} has an $account that is a {type(name).__name__}; it must be the account's name.")
        return accounts.account(name, str(self))

    def _data_store(self, name: Any) -> DataStore:
        try:
            return DataStore(name)
        except BadCall as error:
            raise BadInputs(f"{self} is a data store. {error}") from None
