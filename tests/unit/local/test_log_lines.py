"""What functions log, as it is shown at the terminal."""

import pytest

from local.log_lines import readable


@pytest.mark.parametrize(
    ("logged", "shown"),
    [
        ('{"level":"INFO","message":"mine","run_id":"r"}', ["mine"]),
        ('{"message":"two\\n  lines"}', ["two", "  lines"]),
        (
            '{"level":"ERROR","errorType":"KeyError","errorMessage":"\'a\'","stackTrace":["  File a\\n"]}',
            ["[ERROR] KeyError: 'a'", "  File a"],
        ),
        (
            '{"level":"ERROR","message":"failed","stackTrace":["  File a\\n"],"errorType":"E","errorMessage":"m"}',
            ["failed", "  File a", "E: m"],
        ),
        ('{"message":"Traceback","errorType":"E","errorMessage":"m"}', ["Traceback"]),
        ('{"order": 17}', ['{"order": 17}']),
        ("{no json}", ["{no json}"]),
        ('{"message": 5}', ['{"message": 5}']),
        ("START\u00a0RequestId", ["START RequestId"]),
        ("", []),
    ],
)
def test_a_line_is_shown_as_people_read_it(logged: str, shown: list[str]):
    """The message of our JSON, the error that Lambda tells, and anything else as it is."""
    assert readable(f"{logged}\n") == shown
