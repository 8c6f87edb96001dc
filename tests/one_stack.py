"""The stack that tests share: a process has one moto, and so one stack at a time.

The first test that asks for a stack has it deployed. It is closed when a test asks for another one, and by
tests/conftest.py behind the last test of a folder.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any, TypeVar

Stack = TypeVar("Stack")

_open = ExitStack()
_shared: dict[str, Any] = {}


def shared(name: str, deploy: Callable[[], AbstractContextManager[Stack]]) -> Stack:
    """The stack of this name."""
    if name not in _shared:
        close()
        _shared[name] = _open.enter_context(deploy())
    stack: Stack = _shared[name]
    return stack


def close() -> None:
    _shared.clear()
    _open.close()
