"""A plain step's function until it could be called: what `interlude.step` does when the environment starts."""

import interlude.step  # noqa: F401
from arrived import arrived

arrived()
