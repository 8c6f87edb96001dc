"""`interlude check`: finds mistakes in a project's workflows before they are deployed. Deployed code never uses it.

    finding, values < resources     a finding, and the content of the template
    requirements < files            the rules for a step's code and its imports
    machines; functions             the rules for state machines and for steps' functions
    checking                        all of them together

It shares the analysis of code, and the rules for names, with importer.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

if find_spec("interlude") is None:
    # For the words in Options: make local also runs where the layer is not installed.
    sys.path.append(str(Path(__file__).parents[1] / "layers" / "interlude"))
