"""What a plain step costs a process that is warm: function calls, which are the same on each machine."""

from pathlib import Path

from tests.workflow.test_cold_start import environment, needs_lambda_s_python, run

CALLS = 4_600
"""Of functions, those in C included, in an invocation that reads a run and writes a step. Most of them are botocore's.
Fewer are fine: write the new count here."""

PROGRAM = """
import io, json, sys
sys.modules["awscrt"] = None  # which Lambda has not: botocore would sign with it
import interlude.step
from botocore.awsrequest import AWSResponse
from interlude.aws.clients import client

names = {"run_id": "r", "workflow": "w",
         "steps": "ask=a,say=b", "options": "", "status": "running", "execution": "a:b:c:d:1:f",
         "started_at": "2026-01-01T00:00:00.000Z", "trigger": "{}", "url_key": "k"}
item = {"pk": {"S": "RUN#r"}, "sk": {"S": "RUN"}, "kept_days": {"N": "800"}}
item |= {name: {"S": value} for name, value in names.items()}
answers = {"BatchGetItem": {"Responses": {"runs": [item]}, "UnprocessedKeys": {}}, "PutItem": {}}
asked = []

def answer(request, **_):
    operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
    asked.append(operation)
    response = AWSResponse(request.url, 200, {}, None)
    response._content = json.dumps(answers[operation]).encode()
    return response

client("dynamodb").meta.events.register("before-send", answer)
at = {"index": 0, "run": 1, "turn": 1, "next": "continue", "after": "", "seconds": 0, "wait": "", "segment_ms": 0,
      "expires_at": "0", "retries": 0, "failures": 0, "files": ""}
call = {"run_id": "r", "workflow": "w", "step": "ask", "step_count": 2, "at": at, "execution": "a:b:c:d:1:f",
        "execution_started_at": "2026-01-01T00:00:00.000Z"}
for _ in range(5):
    interlude.step.handler(call, None)
asked.clear()
calls = 0

def count(frame, event, argument):
    global calls
    calls += event in ("call", "c_call")

sys.setprofile(count)
interlude.step.handler(call, None)
sys.setprofile(None)
print(json.dumps([asked, calls]))
"""


@needs_lambda_s_python
def test_a_warm_step_makes_no_more_calls_than_before(tmp_path: Path):
    """A count, not a time. What is logged, masked, checked or serialized once more shows in it."""
    (tmp_path / "ask.py").write_text("def handler(pd): return {'n': 1}\n", encoding="utf-8")
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_SESSION_TOKEN": "c"}

    asked, calls = run(["-c", PROGRAM], {**environment(tmp_path, "ask"), **keys})

    assert asked == ["BatchGetItem", "PutItem"]
    assert calls <= CALLS
