"""Says something in every way that a step has."""

import json
import logging
import sys
import warnings

logging.getLogger(__name__).info("imported")


def handler(pd):
    print("printed", 1, {"of": "more than text"})
    print("first\n  second")
    print("to stderr", file=sys.stderr)
    print(json.dumps({"order": pd.steps["trigger"]["event"]["body"]["order"]}))
    print("long " * 60_000)
    logging.getLogger("mine").info("logged %s", "lazily")
    logging.getLogger("mine").debug("not shown")
    try:
        {}["missing"]
    except KeyError:
        logging.exception("with its traceback")
    warnings.warn("a warning", stacklevel=1)
    sys.stdout.write("without an end")
