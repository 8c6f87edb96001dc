"""CPU, memory and threads are of the process that was asked for."""

import subprocess
import sys

import pytest

from bench.processes import usage

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")

CHILD = "sum(range(20_000_000)); print(1, flush=True); input()"
BUSY_WITH_A_CHILD = f"""
import subprocess, sys, threading
child = subprocess.Popen([sys.executable, "-c", "{CHILD}"], stdin=-1, stdout=-1)
child.stdout.readline()
threading.Thread(target=input, daemon=True).start()
print("busy", flush=True)
threading.Event().wait()
"""


def test_the_usage_of_a_tree_has_what_a_child_used():
    command = [sys.executable, "-c", BUSY_WITH_A_CHILD]
    process = subprocess.Popen(command, stdin=-1, stdout=-1)  # noqa: S603  # Python itself
    try:
        process.stdout.readline()
        used = usage(process.pid)
    finally:
        process.kill()
        process.communicate()

    assert (used.own_threads, used.processes) == (2, 2)
    assert used.tree_cpu_ms >= used.own_cpu_ms + 50
    assert used.tree_rss_bytes > used.own_rss_bytes > 1_000_000
