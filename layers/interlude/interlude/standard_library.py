"""Makes imports of the standard library skip a workflow's folder. `step` imports this first, for its effect.

Lambda puts the folder first on the path, and people name their steps email, http or code. Without this, botocore would
import the step instead of the library.
"""

import os
import sys
from importlib.machinery import ModuleSpec, PathFinder


class StandardLibraryFirst:
    """A finder that looks for the library's modules everywhere except in the workflow's folder."""

    @staticmethod
    def find_spec(name: str, path: object = None, _target: object = None) -> ModuleSpec | None:
        if path is not None or name not in sys.stdlib_module_names:
            return None
        own = os.environ.get("LAMBDA_TASK_ROOT")
        return PathFinder.find_spec(name, [folder for folder in sys.path if folder != own])


sys.meta_path.insert(0, StandardLibraryFirst)
