"""The scenarios that are searched: three in each run of the tests, all others, small and large, by make proof."""

from tests.model.scenario import Request, Scenario

A, B = Request("a", "resume"), Request("b", "resume")
AGAIN = Request("a again", "resume", key="a")
C, STOP = Request("c", "cancel"), Request("stop", "stop")
RETRY, RETRY_TOO = Request("retry", "retry"), Request("retry too", "retry")

CRASH, TWICE, LOST = {"crash": 1}, {"repeated call": 1}, {"lost answer": 1}
TROUBLE = {"trouble": 1}

SUSPEND, RERUN = {(0, 1): "suspend"}, {(0, 1): "rerun"}

SMALL = {
    "a resume and a cancel, and a crash": Scenario(SUSPEND, (A, C), CRASH),
    "two resumes and a cancel in the last step": Scenario(SUSPEND, (A, B, C), steps=1),
    "a resume and a cancel, and a lost answer of Park": Scenario(SUSPEND, (A, C), LOST, steps=1),
    "a resume of a call that is made twice": Scenario(SUSPEND, (A,), TWICE | {"told twice": 1}, steps=1),
    "a rerun, and a crash": Scenario(RERUN, (A, C), CRASH, steps=1),
    "two reruns, of which a call is made twice": Scenario({(0, 1): "rerun", (0, 2): "rerun"}, (A,), TWICE, steps=1),
    "a suspend that ends in a cancel, and a crash": Scenario(SUSPEND, (A, C), CRASH, steps=1, on_timeout="cancel"),
    "links of a step that exits, and a crash": Scenario({(0, 1): "suspend and exit"}, (A, C), CRASH),
    "an auto-retry, and a crash": Scenario({(0, 1): "fail and retry"}, (A, C), CRASH, steps=1),
    "a wait in a new execution": Scenario(SUSPEND, (A, C), LOST, steps=1, rolls=True),
    "a stop of a poll, and a crash": Scenario({(0, 1): "poll"}, (STOP,), CRASH, steps=1),
    "a stop in a new execution": Scenario({(0, 1): "delay"}, (STOP,), CRASH, steps=1, rolls=True),
    "a stop of a wait in a new execution": Scenario(SUSPEND, (STOP,), steps=1, rolls=True),
    "a stop of a wait": Scenario(SUSPEND, (STOP,), steps=1),
    "a delay of a call that is made twice": Scenario({(0, 1): "delay"}, (STOP,), TWICE, steps=1),
    "a retry, and a crash": Scenario({(0, 1): "suspend and fail"}, (A, RETRY), CRASH, steps=1),
    "a retry, and a late repetition": Scenario({(0, 1): "fail"}, (RETRY,), LOST | TWICE, steps=1),
    "a resume and a cancel, and trouble": Scenario(SUSPEND, (A, C), TROUBLE),
    "two reruns, and trouble twice": Scenario({(0, 1): "rerun", (0, 2): "rerun"}, (A,), {"trouble": 2}, steps=1),
    "a suspend that ends in a cancel, and trouble": Scenario(SUSPEND, (A, C), TROUBLE, steps=1, on_timeout="cancel"),
    "an auto-retry, and trouble": Scenario({(0, 1): "fail and retry"}, (A, C), TROUBLE, steps=1),
    "a delay of a call that is made twice, and trouble": Scenario({(0, 1): "delay"}, (STOP,), TWICE | TROUBLE, steps=1),
    "an execution that is killed": Scenario(SUSPEND, (A,), {"killed": 1, "told twice": 1}, steps=1),
}
"""Some seconds for all of them."""

RETRY_TWICE = Scenario({(0, 1): "fail"}, (RETRY, RETRY_TOO), steps=1)

LARGE = {
    "two resumes, one sent twice, and a cancel, and a crash": Scenario(SUSPEND, (A, AGAIN, C), CRASH),
    "two resumes and a cancel, and two crashes": Scenario(SUSPEND, (A, B, C), {"crash": 2}, steps=1),
    "a resume, a cancel and a stop, and a crash": Scenario(SUSPEND, (A, C, STOP), CRASH, steps=1),
    "a resume and a stop of a run that rolls over": Scenario(SUSPEND, (A, STOP), LOST, steps=1, rolls=True),
    "a resume and a stop, and trouble and a crash": Scenario(SUSPEND, (A, STOP), CRASH | TROUBLE, steps=1),
    "two stops, and a crash": Scenario(SUSPEND, (STOP, Request("stop too", "stop")), CRASH, steps=1),
    "a rerun, all of it twice, and a crash": Scenario(RERUN, (A, B), CRASH | TWICE, steps=1),
    "two reruns, two resumes, a call twice": Scenario({(0, 1): "rerun", (0, 2): "rerun"}, (A, B), TWICE),
    "two retries, a word told twice": Scenario({(0, 1): "fail"}, (RETRY, RETRY_TOO), {"told twice": 1}, steps=1),
    "two retries, a call twice": Scenario({(0, 1): "fail"}, (RETRY, RETRY_TOO), TWICE, steps=1),
    "a retry of what was killed, and a resume": Scenario(SUSPEND, (A, RETRY), {"killed": 1, "told twice": 1}, steps=1),
    "a retry and a stop": Scenario({(0, 1): "fail", (0, 2): "suspend"}, (RETRY, STOP), steps=1),
    "a retry into another wait, and a crash": Scenario({(0, 1): "fail", (0, 2): "suspend"}, (A, RETRY), CRASH, steps=1),
}
"""Some minutes."""
