"""A plain step that the state machine calls: its first line comes after Interlude has read the run."""

import interlude.step

at = {
    "index": 0, "run": 1, "turn": 1, "next": "continue", "after": "", "seconds": 0, "wait": "", "segment_ms": 0,
    "expires_at": "0", "retries": 0, "failures": 0, "files": "",
}  # fmt: skip
call = {"run_id": "r", "workflow": "bench", "step": "plain", "step_count": 3, "at": at}
execution = "arn:aws:states:us-east-1:123456789012:execution:interlude-bench:r"
interlude.step.handler({**call, "execution": execution, "execution_started_at": "2026-01-01T00:00:00.000Z"}, None)
