"""Values of 5 MB pass from step to step; above 6 MB there is a clear error."""

import pytest

from .client import Interlude, returned, step

PASSES = 5_000_000
TOO_LARGE = 6_500_000


@pytest.mark.parametrize(("way", "name"), [("return value", "$return_value"), ("export", "large")])
def test_a_value_of_5_mb_reaches_the_next_step(own_steps: Interlude, way: str, name: str) -> None:
    """The next step sees every character of it, and the run can still be looked at."""
    run = own_steps.start("carrying", {"as": way, "bytes": PASSES}).until("succeeded")

    assert returned(run, "pick_up")[name] == {"length": PASSES // 2, "same": True}
    assert run["steps"][0]["exports"][name] == "é" * (PASSES // 2)


def test_a_context_of_5_mb_reaches_the_next_run(own_steps: Interlude) -> None:
    """The next run of the step sees every character of it, and the run can still be looked at."""
    run = own_steps.start("carrying", {"as": "context", "bytes": PASSES}).until("succeeded")

    assert returned(run, "carry") == {"length": PASSES // 2, "same": True}
    assert step(run, "carry")["context"] == "é" * (PASSES // 2)


@pytest.mark.parametrize(
    ("way", "named"),
    [
        ("return value", "The return value would be 6500002 bytes"),
        ("export", "pd.export: large would be 6500002 bytes"),
        ("context", "pd.flow.rerun: context would be 6500002 bytes"),
    ],
)
def test_a_value_above_6_mb_fails_with_its_size(own_steps: Interlude, way: str, named: str) -> None:
    """The message names what is too large, how large it is, and the limit."""
    run = own_steps.start("carrying", {"as": way, "bytes": TOO_LARGE}).until("failed")

    assert run["error"]["step"] == "carry"
    assert run["error"]["message"].startswith(named)
    assert "6 MB" in run["error"]["message"]
    assert step(run, "pick_up")["runs"] == 0


def test_a_value_of_5_mb_can_be_tested(own_steps: Interlude) -> None:
    """Test mode answers with it."""
    result = own_steps.test_step("carrying", "carry", event={"body": {"as": "return value", "bytes": PASSES}})

    assert result["exports"]["$return_value"] == "é" * (PASSES // 2)
