"""`make sync`: writes the workflows' sections of template.yaml. Never imported by what is deployed.

    errors < trees, names, writing; lines, nodes, workflow    what everything stands on
    document < places, schedules < reading                    workflow.yaml, with the line of each mistake
    policies < resources; sections                            a workflow's block, and the marks around it
    template < syncing                                        the template's text, and both together

The importer and the check of the workflows stand on these modules, too.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

if find_spec("interlude") is None:
    # Whose words in Options are: make local runs where the layer is not installed.
    sys.path.append(str(Path(__file__).parents[1] / "layers" / "interlude"))
