"""python -m importer: the same as the command `interlude`."""

import sys

from importer.command import main

sys.exit(main())
