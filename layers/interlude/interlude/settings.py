"""What the template tells a function through its environment. Read once and lazily, never at import."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    table: str
    bucket: str
    retention_days: int
    base_url: str
    """Where the API answers, without a slash at the end. Empty in the API itself, which reads it from its requests."""
    notify_address: str
    suspend_timeout_action: str
    """What a suspend does when its time is up: resume or cancel."""
    memory_mb: int
    step: str
    """Name of the step's file in the task root. Empty in functions that are no step."""
    task_root: str
    state_machine_arn_prefix: str
    """What the ARNs of the stack's workflows start with; the workflow's name follows. Empty in steps."""


@cache
def settings() -> Settings:
    """Raises KeyError with the variable's name where the template left one out."""
    env = os.environ
    return Settings(
        table=env["TABLE_NAME"],
        bucket=env["BUCKET_NAME"],
        retention_days=int(env["RETENTION_DAYS"]),
        base_url=env["BASE_URL"].rstrip("/"),
        notify_address=env["NOTIFY_ADDRESS"],
        suspend_timeout_action=env["SUSPEND_TIMEOUT_ACTION"],
        memory_mb=int(env.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")),
        step=env.get("STEP", ""),
        state_machine_arn_prefix=env.get("STATE_MACHINE_ARN_PREFIX", ""),
        task_root=env.get("LAMBDA_TASK_ROOT", str(Path.cwd())),
    )
