"""Takes every statement, every action and every resource of the template's policies away by itself."""

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "layers" / "interlude"))  # as pytest does for the tests

from tests.permissions.proof import Proof
from tests.permissions.scenarios import SCENARIOS
from tests.permissions.statements import words
from tests.permissions.world import running


def run() -> None:
    """Prints what was taken away, and what nobody has missed. Fails if there is such a thing."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as world:
        proof = Proof(world, SCENARIOS)
        print(f"{len(proof.needs)} scenarios pass with the template's policies ({time.monotonic() - started:.0f} s)")
        taken = [word for word in words() if word.kind != "pair"]
        refusals = proof.refusals(taken)
    for kind, number in Counter(word.kind for word in taken).items():
        missed = sum(bool(refusals[word]) for word in taken if word.kind == kind)
        print(f"{kind + 's taken away, one at a time':<35} {number:4}, missed {missed:4}")
    print(f"{time.monotonic() - started:.0f} s")
    if unmissed := [str(word) for word in taken if not refusals[word]]:
        sys.exit("Nobody has missed: " + "; ".join(unmissed))
