"""Who moves when: actors in threads of which one moves at a time, and all the orders that they can take.

An actor stops before each of its calls to AWS. A move lets one actor make its call and go on to its next; it is written
as the actor's name, with a sign behind where something goes wrong:

    ada     makes the call, and gets the answer
    ada-    the process dies before the call
    ada!    the process dies when the call has taken effect, and nobody calls it again by himself
    ada*    the same, but who has called the process calls it again, as Step Functions does after Lambda's own faults
    ada~    DynamoDB or S3 has trouble: it refuses the call, however often the SDK sends it
    ada+    the answer gets lost, and the SDK makes the call once more: that is a move of its own

A schedule is its moves, one after the other. The same text makes the same schedule.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Decide = Callable[[list[str]], str]
"""Takes one of some moves."""

SIGNS = "-!*+~"


class Killed(BaseException):
    """Ends a process where it stands. Nothing of the product catches it for long: its next call raises it again."""

    def __init__(self, sign: str) -> None:
        self.sign = sign
        super().__init__(sign)


@dataclass
class Actor:
    name: str
    do: Callable[[], None]
    ready: Callable[[], bool] = lambda: True
    """Whether it can begin yet."""
    go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    over: bool = False
    begun: bool = False
    wants: tuple[str, str, bool] = ("", "", False)
    """What it is about to do, the signs that this may get, and whether nobody else can move before."""
    sign: str = ""
    dead: str = ""
    """With which sign its process died: every further call of it fails."""
    error: BaseException | None = None
    process: str = ""
    """What kind of process its calls come from: see `world.SIGNS`."""
    called: bool = False
    abandoned: bool = False
    """Whether the schedule is over and it can't go on."""


@dataclass
class Bounds:
    """What schedules are made: how many faults, and how often an actor that could go on has to let another one."""

    faults: int = 1
    switches: int = 10**9
    together: int = 10**9
    """Faults and switches together."""


class Stage:
    """`own` are the variables of a process that this one process has but once, as (module, name, fresh value)."""

    def __init__(self, own: list[tuple[Any, str, Callable[[], Any]]]) -> None:
        self._own = own
        self._thread = threading.local()
        self._stopped = threading.Semaphore(0)

    @property
    def actor(self) -> Actor | None:
        """Who moves; None where no schedule runs."""
        return getattr(self._thread, "actor", None)

    def point(self, what: str, signs: str, *, alone: bool = False) -> str:
        """Comes back when it is the actor's move, with its sign. Raises Killed in a process that is dead."""
        actor = self.actor
        if actor is None:
            return ""
        if actor.dead:
            raise Killed(actor.dead)
        actor.wants = what, signs, alone
        kept = [getattr(owner, name) for owner, name, _ in self._own]
        self._stopped.release()
        actor.go.acquire()
        for (owner, name, _), value in zip(self._own, kept, strict=True):
            setattr(owner, name, value)
        if actor.sign in ("x", "-"):
            actor.dead, actor.abandoned = actor.sign, actor.sign == "x"
            raise Killed(actor.sign)
        return actor.sign

    def run(self, actors: list[Actor], decide: Decide, bounds: Bounds) -> list[tuple[str, str]]:
        """Lets the actors move until none can. Returns the moves, each with what was done."""
        threads = [threading.Thread(target=self._live, args=(actor,), daemon=True) for actor in actors]
        moves: list[tuple[str, str]] = []
        faults = switches = 0
        last: Actor | None = None
        while movable := [actor for actor in actors if not actor.over and (actor.begun or actor.ready())]:
            for actor in movable:
                if not actor.begun:
                    actor.begun = True
                    threads[actors.index(actor)].start()
                    self._stopped.acquire()
            movable = [actor for actor in movable if not actor.over]
            if not movable:
                continue
            alone = [actor for actor in movable if actor.wants[2]]
            spent = faults + switches
            may_switch = switches < bounds.switches and spent < bounds.together
            may_fail = faults < bounds.faults and spent < bounds.together
            if not may_switch and last in movable:
                alone = alone or [last]
            options = [
                f"{actor.name}{sign}"
                for actor in sorted(alone or movable, key=lambda actor: actor is not last)
                for sign in ["", *(actor.wants[1] if may_fail else "")]
            ]
            move = decide(options)
            name, sign = move.rstrip(SIGNS), move[len(move.rstrip(SIGNS)) :]
            actor = next(actor for actor in movable if actor.name == name)
            moves.append((move, actor.wants[0]))
            faults += bool(sign)
            switches += last is not None and actor is not last and not last.over
            last = actor
            self._move(actor, sign)
        for actor in actors:
            if actor.begun and not actor.over:
                self._move(actor, "x")
        for actor in actors:
            if actor.error:
                raise actor.error
        return moves

    def _move(self, actor: Actor, sign: str) -> None:
        actor.sign = sign
        actor.go.release()
        self._stopped.acquire()

    def _live(self, actor: Actor) -> None:
        self._thread.actor = actor
        for owner, name, fresh in self._own:
            setattr(owner, name, fresh())
        try:
            actor.do()
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001  # a mistake in the test itself: told by run
            actor.error = error
        finally:
            actor.over = True
            self._stopped.release()


class Taken:
    """Decides as a given beginning says, then always the first; notes what else there was."""

    def __init__(self, beginning: list[str]) -> None:
        self._beginning = beginning
        self.moves: list[str] = []
        self.options: list[list[str]] = []

    def __call__(self, options: list[str]) -> str:
        place = len(self.moves)
        move = self._beginning[place] if place < len(self._beginning) else options[0]
        assert move in options, f"the schedule says {move!r}; there could only be {', '.join(options)}"
        self.moves.append(move)
        self.options.append(options)
        return move

    @property
    def text(self) -> str:
        return " ".join(self.moves)


def every(play: Callable[[Taken], None], nth: int = 1) -> Iterator[Taken]:
    """Plays every schedule once: the first, then each with another move at one place, and so on (depth first).

    Follows only every nth of those others, where it is told to: always the same.
    """
    left: list[list[str]] = [[]]
    seen = 0
    while left:
        beginning = left.pop()
        taken = Taken(beginning)
        play(taken)
        yield taken
        for place in range(len(beginning), len(taken.moves)):
            others = [option for option in taken.options[place] if option != taken.moves[place]]
            for other in others:
                seen += 1
                if seen % nth == 0:
                    left.append([*taken.moves[:place], other])
