"""What the parts of a report share: sizes, the listener, and the systems, each started when first needed."""

import shutil
import sys
from pathlib import Path
from typing import TypeVar

from bench.sizes import Sizes
from bench.systems.interlude import Interlude
from bench.systems.system import NotInstalled, System
from bench.traffic import Listener

S = TypeVar("S", bound=System)


class Laboratory:
    def __init__(self, sizes: Sizes, listener: Listener, folder: Path) -> None:
        self.sizes, self.listener, self.folder = sizes, listener, folder
        self.missing: dict[str, str] = {}
        """Why a system, by its name, was not measured."""
        self.versions: dict[str, str] = {}
        self._systems: dict[str, System] = {}
        self._number = 0

    def say(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    def new_folder(self, name: str) -> Path:
        """A path where nothing is yet."""
        self._number += 1
        return self.folder / f"{self._number}-{name}"

    def new_run(self, name: str) -> str:
        """The name of a run that no other run of this report has."""
        self._number += 1
        return f"{name}-{self._number}"

    async def interlude(self) -> Interlude:
        """The one local server that most parts measure."""
        system = self._systems.get(Interlude.name)
        if isinstance(system, Interlude):
            return system
        server = Interlude(self.new_folder("interlude"), self.listener.address)
        self._systems[server.name] = server
        await server.start()
        return server

    async def peer(self, kind: type[S]) -> S | None:
        """A system to compare with; None where it can't be had, and then `missing` says why."""
        if (system := self._systems.get(kind.name)) is not None:
            return system  # type: ignore[return-value]  # of this kind, by its name
        if kind.name in self.missing:
            return None
        try:
            system = kind(self.new_folder(kind.__name__.lower()), self.listener.address)  # type: ignore[call-arg]
            self._systems[kind.name] = system
            await system.start()
        except (NotInstalled, RuntimeError, OSError) as error:
            self.missing[kind.name] = str(error)
            self.say(f"  {kind.name} is left out: {error}")
            self.stop(kind.name)
            return None
        self.versions[kind.name] = getattr(system, "version", "")
        return system

    def stop(self, name: str) -> None:
        system = self._systems.pop(name, None)
        if system:
            system.stop()

    def close(self) -> None:
        for name in list(self._systems):
            self.stop(name)
        shutil.rmtree(self.folder, ignore_errors=True)
