"""The tests of tests/fuzz, and those of the importer, with 10,000 inputs each that no run before has had.

FUZZ_INPUTS says how many others, 250 or more. A finding is printed with the smallest input that shows it.
"""

import os
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

TESTS = ["tests/fuzz", "tests/importer/test_import_anything.py", "tests/sync/test_declare_anything.py"]
PASSED = re.compile(r"(\d+) passing")


class Reporter:
    """A plugin that prints a line for each test: inputs, seconds and findings."""

    def __init__(self) -> None:
        self.inputs = self.findings = 0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> Iterator[None]:
        report: Any = yield
        if report.when == "call" or report.failed:
            tried = sum(map(int, PASSED.findall(getattr(item, "hypothesis_statistics", ""))))
            self.inputs += tried
            self.findings += report.failed
            print(
                f"{tried:>7,} inputs {call.duration:>6,.0f} s  {int(report.failed)} findings  {item.nodeid}", flush=True
            )
        if report.failed:
            print(report.longreprtext[-4_000:], flush=True)
        return report


def run() -> None:
    # Not before: tests.fuzz.amount reads it when it is imported.
    os.environ.setdefault("FUZZ_INPUTS", "10000")
    os.environ["FUZZ_ANEW"] = "1"
    reporter, started = Reporter(), time.perf_counter()
    options = ["-o", "addopts=", "-p", "no:terminal", "-p", "no:cacheprovider"]
    code = pytest.main([*options, *TESTS], plugins=[reporter])
    took = time.perf_counter() - started
    print(f"{reporter.inputs:,} inputs in {took:,.0f} s, {reporter.findings} findings")
    assert code == (1 if reporter.findings else 0), f"pytest itself has failed with {code}"
