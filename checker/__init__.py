"""`interlude check`: the mistakes of a project's workflows, before anything is deployed. Never imported by what is.

    finding, values < resources     what is said, and what the template says
    requirements < files            the rules for a step's code and for what it imports
    machines; functions             the rules for state machines and for steps' functions
    checking                        all of them together

What code needs and how things may be called is known to importer.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

if find_spec("interlude") is None:
    # Whose words in Options are: make local runs where the layer is not installed.
    sys.path.append(str(Path(__file__).parents[1] / "layers" / "interlude"))
