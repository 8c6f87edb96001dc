"""What the template tells a function through its environment. Read once and lazily, never at import."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    table: str
    bucket: str
    data_stores_table: str
    """Empty in functions that are no step."""
    retention_days: int
    base_url: str
    """Where the API answers, without a slash at the end. Empty in the API itself, which reads it from its requests."""
    notify_address: str
    """Who gets mail about the stack and from pd.send.email. Empty in a stack that sends no mail."""
    mail_from: str
    """The sender of all mail."""
    suspend_timeout_action: str
    """What a suspend does when its time is up: resume or cancel."""
    confirm_links: str
    """Who has to confirm before a link that is opened by GET ends a wait: browsers, always or never."""
    waiting_callers: int
    """How many callers of hooks may wait for a response at the same time. 0 in functions that are not the API."""
    memory_mb: int
    step: str
    """Name of the step's file in the task root. Empty in functions that are no step."""
    task_root: str
    stack: str
    """The stack's name, for its metrics and for the names of hooks' secrets. Empty in functions that need neither."""
    state_machine_arn_prefix: str
    """What the ARNs of the stack's workflows start with; the workflow's name follows. Empty in steps."""
    tmp_folder: str
    """The folder whose files follow a run. Empty where they don't: it is not this process's own."""
    tmp_outlives: bool
    """Whether the folder stays when the process dies and another one takes its place, as it does in Lambda."""


@cache
def settings() -> Settings:
    """Raises KeyError with the variable's name where the template left one out."""
    env = os.environ
    # Both, because what follows from it is that /tmp may be emptied: on somebody's own machine never.
    in_lambda = "AWS_LAMBDA_RUNTIME_API" in env and env.get("LAMBDA_TASK_ROOT") == "/var/task"
    return Settings(
        table=env["TABLE_NAME"],
        bucket=env["BUCKET_NAME"],
        data_stores_table=env.get("DATA_STORES_TABLE", ""),
        retention_days=int(env["RETENTION_DAYS"]),
        base_url=env["BASE_URL"].rstrip("/"),
        notify_address=env["NOTIFY_ADDRESS"],
        mail_from=env.get("MAIL_FROM") or env["NOTIFY_ADDRESS"],
        suspend_timeout_action=env["SUSPEND_TIMEOUT_ACTION"],
        confirm_links=env.get("CONFIRM_LINKS", "browsers"),
        waiting_callers=int(env.get("WAITING_CALLERS", "0")),
        memory_mb=int(env.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")),
        step=env.get("STEP", ""),
        stack=env.get("STACK_NAME", ""),
        state_machine_arn_prefix=env.get("STATE_MACHINE_ARN_PREFIX", ""),
        task_root=env.get("LAMBDA_TASK_ROOT", str(Path.cwd())),
        tmp_folder=env.get("TMP_FOLDER", "/tmp" if in_lambda else ""),  # noqa: S108  # Lambda's
        tmp_outlives=in_lambda and "TMP_FOLDER" not in env,
    )
