"""The `pd` object that a step's handler is called with."""

from collections.abc import Callable
from typing import Any

from interlude import mail, payloads
from interlude.errors import BadCall
from interlude.flow import Flow


class Attributes(dict[str, Any]):
    """A dict whose keys are attributes too: `pd.context.run.context` is `pd.context["run"]["context"]`."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Send:
    """`pd.send`: messages to the owner of the stack."""

    def email(self, subject: str, text: str = "", html: str = "") -> None:
        """Mails the stack's NotifyAddress at once. Raises BadCall, or CannotSend where there is no address."""
        mail.send(subject, text, html)


class Pd:
    """One attempt of one step. `exports` holds what it has exported so far."""

    def __init__(self, flow: Flow, context: Attributes, load_steps: Callable[[], dict[str, Any]]) -> None:
        self.flow = flow
        self.context = context
        self.send = Send()
        self.exports: dict[str, Any] = {}
        self._load_steps = load_steps
        self._steps: dict[str, Any] | None = None

    @property
    def steps(self) -> dict[str, Any]:
        """`{"trigger": {"event", "context"}, <step>: {<export>: value}}` of the steps before this one.

        Read when it is first asked for: a step that never looks pays nothing for the steps before it.
        """
        if self._steps is None:
            self._steps = self._load_steps()
        return self._steps

    def export(self, name: str, value: Any) -> None:
        """Makes `value`, any JSON value, available to later steps as `pd.steps[<this step>][name]`."""
        if not isinstance(name, str) or not name or name.startswith("$"):
            raise BadCall(f"pd.export: the name is {name!r}; it must be text that does not start with $.")
        payloads.dump(value, f"pd.export: {name}")
        self.exports[name] = value

    def export_text(self) -> str:
        """All exports as JSON text. Raises NotJson and TooLarge."""
        return payloads.dump_object(self.exports, {"$return_value": "The return value"}, "The exports of this step")
