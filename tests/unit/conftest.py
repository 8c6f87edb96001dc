from collections.abc import Iterator
from pathlib import Path

import pytest

from interlude.pd import usercode
from interlude.settings import settings


@pytest.fixture
def as_step(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """This process has the environment of a step's function; its task root is returned."""
    variables = {
        "TABLE_NAME": "runs",
        "BUCKET_NAME": "payloads",
        "RETENTION_DAYS": "30",
        "BASE_URL": "https://interlude.example",
        "NOTIFY_ADDRESS": "",
        "SUSPEND_TIMEOUT_ACTION": "resume",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "LAMBDA_TASK_ROOT": str(tmp_path),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    usercode.load.cache_clear()
    yield tmp_path
    settings.cache_clear()
    usercode.load.cache_clear()
