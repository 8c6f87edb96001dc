"""What functions log, as it is shown at the terminal."""

import json

import pytest

from local import console
from local.log_lines import as_json, readable

OURS = '"timestamp":"2026-01-01T00:00:00Z","level":"ERROR"'
HANDED_ON = '["  File \\"/layers/interlude/interlude/step.py\\", line 51, in _turn\\n    raise type()\\n"]'


@pytest.mark.parametrize(
    ("logged", "shown"),
    [
        (f'{{{OURS},"message":"mine","requestId":"q"}}', ["mine"]),
        (f'{{{OURS},"message":"two\\nlines","run_id":"r-1"}}', ["[r-1] two", "[r-1] lines"]),
        (f'{{{OURS},"message":"two\\n  lines"}}', ["two", "  lines"]),
        (f'{{{OURS},"message":{{"é":1}},"logger":"mine"}}', ['{"é": 1}']),
        (
            f'{{{OURS},"errorType":"KeyError","errorMessage":"\'a\'","stackTrace":["  File a\\n"]}}',
            ["[ERROR] KeyError: 'a'", "  File a"],
        ),
        (
            f'{{{OURS},"errorType":"KeyError","errorMessage":"\'a\'","stackTrace":{HANDED_ON}}}',
            ["[ERROR] KeyError: 'a'"],
        ),
        (
            f'{{{OURS},"message":"failed","stackTrace":["  File a\\n"],"errorType":"E","errorMessage":"m"}}',
            ["failed", "  File a", "E: m"],
        ),
        (f'{{{OURS},"message":"Traceback","errorType":"E","errorMessage":"m"}}', ["Traceback"]),
        ('{"message":"mine","level":"INFO","id":7}', ['{"message":"mine","level":"INFO","id":7}']),
        ('{"n":1,"step":"first"}', ['{"n":1,"step":"first"}']),
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


@pytest.mark.parametrize(
    ("logged", "told"),
    [
        ('{"message":"mine","run_id":"r"}\n', {"function": "ask-say", "message": "mine", "run_id": "r"}),
        ('{"function":"mine"}\n', {"function": "mine"}),
        ("Segmentation fault\n", {"level": "INFO", "message": "Segmentation fault", "function": "ask-say"}),
        ("[1, 2]", {"level": "INFO", "message": "[1, 2]", "function": "ask-say"}),
        ("{no json}", {"level": "INFO", "message": "{no json}", "function": "ask-say"}),
    ],
)
def test_a_line_for_programs_is_an_object_with_its_function(logged: str, told: dict[str, str]):
    """JSON with all that it has, and other text as a message with a time."""
    line = json.loads(as_json(logged, "ask-say"))

    assert line.pop("timestamp", "").endswith("Z") is ("level" in told)
    assert line == told


def test_every_line_is_json_when_that_was_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """The server's own are messages; what is an object already stays one."""
    monkeypatch.setattr(console, "_as_json", False)
    console.print_json()
    console.say("  Sent mail:\x1b http://…")
    console.say('{"function": "ask-say", "order": 17}')

    own, logged = map(json.loads, capsys.readouterr().out.splitlines())
    assert (own["level"], own["message"]) == ("INFO", "Sent mail:? http://…")
    assert logged == {"function": "ask-say", "order": 17}


def test_no_print_commands_the_terminal(capsys: pytest.CaptureFixture[str]):
    """Colours, and whatever else is a control character; what can't be printed does not cost the line."""
    console.say("a\x1b[31m\tb\x9b2J\r\x7f é👩\u200d💻 \ud800")

    assert capsys.readouterr().out == "a?[31m\tb?2J?? é👩\u200d💻 ?\n"
