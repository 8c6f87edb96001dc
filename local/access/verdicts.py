"""The judgement: whether a role's policies allow what is asked, and who wants to be told.

Called by moto_differences: for requests, and for what AWS does by itself under a role. Calls policies and roles.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from local.access.policies import Asked, Grant, matching
from local.access.roles import policies_of


@dataclass(frozen=True)
class Verdict:
    """What a role's policies say. `grants` are all the places that say something about it."""

    role: str
    asked: Asked
    grants: tuple[Grant, ...]

    @property
    def allowed(self) -> bool:
        """An explicit Deny is stronger than any Allow."""
        effects = {grant.effect for grant in self.grants}
        return effects == {"Allow"}

    @property
    def reason(self) -> str:
        if any(grant.effect == "Deny" for grant in self.grants):
            return "with an explicit deny in an identity-based policy"
        return f"because no identity-based policy allows the {self.asked.action} action"

    @property
    def line(self) -> str:
        """What is printed of a denial."""
        return f"{self.role} may not {self.asked.action} on {self.asked.resource}: {self.reason}."

    def message(self, session: str) -> str:
        """What AWS answers to a denial, whose request came from this session."""
        about = f" on resource: {self.asked.resource}" if self.asked.resource else ""
        return f"User: {session} is not authorized to perform: {self.asked.action}{about} {self.reason}"


_listeners: list[Callable[[Verdict], None]] = []


def look(role: str, asked: Asked) -> Verdict:
    """The verdict on a role, by its ARN, where nothing depends on it."""
    context = tuple(sorted(asked.context.items()))
    grants = _grants(asked.action, asked.resource, context, tuple(policies_of(role)))
    return Verdict(role.rpartition("/")[2], asked, grants)


@lru_cache(maxsize=8192)
def _grants(
    action: str, resource: str | None, context: tuple[tuple[str, str], ...], policies: tuple[tuple[str, str], ...]
) -> tuple[Grant, ...]:
    """Kept: a run asks the same again and again. Other policies are another question."""
    asked = Asked(action, resource, dict(context))
    return tuple(grant for name, document in policies for grant in matching(name, document, asked))


def judge(role: str, asked: Asked) -> Verdict:
    """The verdict on a role, and whoever listens is told of it."""
    verdict = look(role, asked)
    for listener in tuple(_listeners):
        listener(verdict)
    return verdict


@contextmanager
def told(listener: Callable[[Verdict], None]) -> Iterator[None]:
    """Tells a listener of each verdict until the block ends."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
