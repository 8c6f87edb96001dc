"""Dies in the way that the trigger's body names, after it has mailed the links of its suspend."""

import os
import sys
import time


def handler(pd):
    links = pd.flow.suspend(60_000)
    pd.send.email("Somebody has these links", f"{links['resume_url']}\n{links['cancel_url']}\n")
    print("about to die")
    globals()[pd.steps["trigger"]["event"]["body"]["scene"]]()


def by_an_exception():
    def deeper():
        raise LookupError("there is no such customer")

    deeper()


def by_its_timeout():
    time.sleep(60)


def by_os_exit():
    os._exit(3)


def by_sys_exit():
    sys.exit("that was all")
