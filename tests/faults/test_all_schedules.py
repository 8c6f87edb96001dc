"""The orders that are tried are all that there are."""

from tests.faults.running import Suite
from tests.faults.schedule import Actor, Bounds, Stage, Taken, every


def orders(bounds: Bounds, *, faults: str = "") -> list[str]:
    """The schedules of two actors with three moves each."""
    stage = Stage([])

    def three(stage: Stage = stage) -> None:
        for _ in range(3):
            stage.point("a call", faults)

    def play(taken: Taken) -> None:
        stage.run([Actor("a", three), Actor("b", three)], taken, bounds)

    return [taken.text for taken in every(play)]


def test_every_order_is_played_once():
    """Two actors with three calls each can take them in 6! / (3! 3!) orders."""
    played = orders(Bounds(faults=0))

    assert (len(played), len(set(played))) == (20, 20)
    assert played[0] == "a a a b b b"


def test_an_actor_that_comes_in_between_does_so_as_often_as_it_may():
    """One switch away from an actor that could go on: each begins at each place of the other."""
    assert sorted(orders(Bounds(faults=0, switches=1))) == [
        "a a a b b b",
        "a a b b b a",
        "a b b b a a",
        "b a a a b b",
        "b b a a a b",
        "b b b a a a",
    ]


def test_the_same_text_plays_the_same_schedule(suite: Suite):
    """With the same calls, and the same end."""
    theatre = suite.theatre("resume x cancel")
    some = list(theatre.all(Bounds(together=1), 7))

    again = [theatre.one(each.schedule) for each in some]

    assert [(each.moves, each.wrong) for each in again] == [(each.moves, each.wrong) for each in some]


def test_a_killed_api_makes_no_further_call(suite: Suite):
    """It dies when its claim has taken effect: nobody is woken by it."""
    played = suite.theatre("resume x resume").one("ada ada! bob bob bob asks-never")

    assert [what for move, what in played.moves if move.startswith("ada")] == ["api BatchGetItem", "api UpdateItem"]
    assert not played.wrong
