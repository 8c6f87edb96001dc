"""python -m cli: the same as the command `interlude`."""

import sys

from cli.command import main

sys.exit(main())
