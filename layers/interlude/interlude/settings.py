"""A function's settings, from its environment variables. Read once, on first use, never at import."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    table: str
    bucket: str
    data_stores_table: str
    """Empty in functions that are not steps."""
    retention_days: int
    base_url: str
    """The API's URL, without a slash at the end. Empty in the API itself, which reads it from its requests."""
    notify_address: str
    """The recipient of mail about the stack and from pd.send.email. Empty in a stack that sends no mail."""
    mail_from: str
    """The sender of all mail."""
    suspend_timeout_action: str
    """What a suspend does when it times out: resume or cancel."""
    confirm_links: str
    """When a link opened by GET needs confirmation before it ends a wait: browsers, always or never."""
    waiting_callers: int
    """How many callers of hooks may wait for a response at the same time. 0 in functions that are not the API."""
    memory_mb: int
    step: str
    """Name of the step's file in the task root. Empty in functions that are not steps."""
    task_root: str
    stack: str
    """The stack's name, for its metrics and for the names of hooks' secrets. Empty in functions that need neither."""
    state_machine_arn_prefix: str
    """The ARNs of the stack's workflows without the workflow's name, which follows. Empty in steps."""
    tmp_folder: str
    """The folder whose files follow a run. Empty if files must not follow: the folder is not this process's own."""
    tmp_outlives: bool
    """Whether the folder outlives the process, as in Lambda, where another process may take its place."""


@cache
def settings() -> Settings:
    """Raises KeyError with the name of a variable that the template left out."""
    env = os.environ
    # Both must hold, because then /tmp may be emptied. That must never happen on a developer's machine.
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
