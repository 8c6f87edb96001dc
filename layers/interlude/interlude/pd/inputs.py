"""`pd.inputs`: the content of `<step>.inputs.json` beside the step's file, with expressions, accounts and data stores
resolved.

    {"channel": "#sales", "text": "New: {{steps.trigger.event.body.name}}",
     "slack": {"$account": "slack"}, "seen": {"$data_store": "customers"}}
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
    """The inputs of a step; those in `given` replace those of its file. Raises BadInputs and NoSecret."""
    content = _file(step)
    own = {name: _Input(step, name, steps).made(value) for name, value in content.items() if name not in given}
    return {**own, **given}


def _file(step: str) -> dict[str, Any]:
    path = Path(settings().task_root) / f"{step}.inputs.json"
    try:
        content = payloads.loads(path.read_bytes(), "It")
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise BadInputs(f"{path.name} of step {step!r} is not valid JSON: {error}. Correct the file.") from None
    if not isinstance(content, dict):
        raise BadInputs(f"{path.name} of step {step!r} holds a {type(content).__name__}; it must hold an object.")
    return content


@dataclass(frozen=True, slots=True)
class _Input:
    step: str
    name: str
    steps: Steps

    def __str__(self) -> str:
        return f"pd.inputs[{self.name!r}] of step {self.step!r}"

    def made(self, value: Any) -> Any:
        """The resolved value. Only the file can name an account or a data store, not the value of an expression."""
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
                "{{steps.trigger.event.body.id}} are allowed. Compute the value in an earlier step, and refer to it."
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
