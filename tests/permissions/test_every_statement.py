"""Permissions that are proved: the stack works with the policies of its template, and not with one word less.

The local server judges every request by the policies of whoever makes it. `make bench ARGS=permissions` takes each
action and each resource away by itself, too.
"""

from collections.abc import Iterator

import pytest

from tests.permissions.proof import Proof
from tests.permissions.scenarios import SCENARIOS, a_click_resumes, a_counter_counts
from tests.permissions.statements import Word, documents, words
from tests.permissions.world import World, running

OF_THESE_TESTS = {f"{name}RolePolicy1" for name in ("Permitted", "Heeding", "Managed", "Stored")}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(tmp_path_factory.mktemp("stack")) as world:
        yield world


@pytest.fixture(scope="module")
def of_the_samples(world: World) -> Proof:
    """A run of a few scenarios."""
    return Proof(world, [a_click_resumes, a_counter_counts])


@pytest.fixture(scope="module")
def proof(world: World) -> Proof:
    """A run of every scenario: nothing is refused in it."""
    return Proof(world, SCENARIOS)


def of_the_template() -> list[Word]:
    return sorted(word for word in words() if word.policy not in OF_THESE_TESTS)


def test_these_policies_are_looked_at(world: World):
    """One for all steps, one for all workflows, one for each sample's machine and each function of the stack's own."""
    assert sorted(name for name, _ in documents().values() if name not in OF_THESE_TESTS) == [
        "ApiFunctionRolePolicy0",
        "ApprovalRolePolicy1",
        "CallbackRolePolicy1",
        "CounterRolePolicy1",
        "FailuresEventInvokeConfigOnFailureSQSPolicy",
        "FailuresRolePolicy0",
        "PollRolePolicy1",
        "StepPolicy",
        "Wakeups",
        "WatchRolePolicy0",
        "WorkflowPolicy",
    ]


def test_a_statement_that_is_taken_away_is_missed(of_the_samples: Proof):
    """Some of those that the samples need. make proof does it with each."""
    statements = [word for word in of_the_template() if word.kind == "statement" and word in of_the_samples.used]

    refusals = of_the_samples.refusals(statements[::5])

    assert len(refusals) >= 2
    assert {str(word): said for word, said in refusals.items() if not names(said, word)} == {}


@pytest.mark.proof
def test_nothing_is_allowed_that_nobody_needs(proof: Proof):
    """Each action of each statement, on each of its resources, is used by some scenario. None is refused."""
    unused = [str(word) for word in of_the_template() if word not in proof.used]

    assert unused == []


@pytest.mark.proof
def test_nothing_works_without_any_one_statement(proof: Proof):
    """Each is taken away while the stack runs, and some scenario then is refused an action of that statement."""
    statements = [word for word in of_the_template() if word.kind == "statement"]

    refusals = proof.refusals(statements)

    assert len(statements) >= 25
    assert {str(word): refusals[word] for word in statements if not names(refusals[word], word)} == {}


def names(refusal: str, word: Word) -> bool:
    return any(f": {action} on " in refusal for action in word.text.split(", "))
