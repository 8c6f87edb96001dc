"""How moto is changed: by name, and only where the name is there."""

from typing import Any


def replace(owner: Any, name: str, replacement: Any) -> None:
    """Replaces what moto has under this name. A name that moto has no more is a mistake here."""
    if not hasattr(owner, name):
        raise AttributeError(f"moto has no {owner.__name__}.{name}: local/moto_differences is for moto 5.2.5")
    setattr(owner, name, replacement)
