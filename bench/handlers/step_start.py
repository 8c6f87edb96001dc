"""A plain step's function until it could be called: what `interlude.step` does when the environment starts."""

from arrived import arrived

import interlude.step  # noqa: F401

arrived()
