"""The `pd` object that a step's handler gets."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from interlude.errors import BadCall
from interlude.pd import masking
from interlude.pd.flow import Flow
from interlude.pd.send import Send
from interlude.run import payloads
from interlude.settings import settings


class Attributes(dict[str, Any]):
    """A dict whose keys are attributes too: `pd.context.run.context` is `pd.context["run"]["context"]`."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Pd:
    """One attempt of one step. `exports` holds what it has exported so far."""

    def __init__(
        self,
        flow: Flow,
        context: Attributes,
        load_steps: Callable[[], dict[str, Any]],
        respond: Callable[[Any], None],
        given_inputs: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self.flow = flow
        self.context = context
        self._respond = respond
        self.send = Send()
        self.exports: dict[str, Any] = {}
        self._load_steps = load_steps
        self._steps: dict[str, Any] | None = None
        self._given_inputs = given_inputs
        self._inputs: dict[str, Any] | None = None

    @property
    def steps(self) -> dict[str, Any]:
        """`{"trigger": {"event", "context"}, <step>: {<export>: value}}` of the steps before this one.

        Read on first use: a step that does not use it pays nothing for the steps before it.
        """
        if self._steps is None:
            self._steps = self._load_steps()
        return self._steps

    @property
    def inputs(self) -> dict[str, Any]:
        """The content of `<step>.inputs.json` beside the step's file, with expressions, accounts and data stores
        resolved. Read on first use. Raises BadInputs and NoSecret.
        """
        if self._inputs is None:
            from interlude.pd import inputs

            self._inputs = inputs.load(settings().step, lambda: self.steps, self._given_inputs)
        return self._inputs

    def respond(self, response: dict[str, Any]) -> None:
        """Responds to the caller of the workflow's hook, if it waits: `{"status": 200, "headers": {}, "body": ""}`.

        A header's value may be a list. A body of bytes or text is sent unchanged, any other as JSON. The first response
        of a run counts. Raises BadCall.
        """
        self._respond(response)

    def export(self, name: str, value: Any) -> None:
        """Makes `value`, any JSON value, available to later steps as `pd.steps[<this step>][name]`."""
        if not isinstance(name, str) or not name or (name.startswith("$") and name != "$summary"):
            raise BadCall(f"pd.export: the name is {name!r}; it must be text that does not start with $, or $summary.")
        payloads.dump(value, f"pd.export: {name}")
        self.exports[name] = value

    def export_text(self) -> str:
        """All exports as JSON text, without secrets. Raises NotJson and TooLarge."""
        text = payloads.dump_object(self.exports, {"$return_value": "The return value"}, "The exports of this step")
        return masking.mask_json(text)
