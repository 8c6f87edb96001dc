"""local.lambdas runs functions as Lambda does: in processes that are reused, and that can be too slow, or die."""

import json
import os
import queue
import resource
import shutil
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local import lambdas
from local.event_loop import EventLoop
from local.invocations import Done
from local.lambdas import Functions
from local.stack import Function, Route, Stack
from local.workers import Surroundings
from tests.waiting import LIMIT_S, is_running, until

FIXTURE = Path(__file__).parents[2] / "local_template"


class Lambda:
    """One function, whose code is in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[str] = []
        shutil.copytree(FIXTURE / "step", folder / "step")
        shutil.copytree(FIXTURE / "layer", folder / "layer")
        self.function = Function(
            logical_id="Step",
            name="interlude-step",
            arn="arn:aws:lambda:us-east-1:123456789012:function:interlude-step",
            version="1",
            handler="step.handler",
            folder=folder / "step",
            layers=(folder / "layer",),
            environment={"COLOUR": "blue", "AWS_REGION": "from-template"},
            timeout=5,
            memory=256,
        )
        self.routes: tuple[Route, ...] = ()
        self.others: tuple[Function, ...] = ()
        self._functions: Functions | None = None
        self._loop = EventLoop()

    def start(self, **changes: Any) -> None:
        function = replace(self.function, **changes)
        stack = Stack(
            "interlude", "eu-west-1", {each.name: each for each in (function, *self.others)}, {}, self.routes, {}
        )
        self._functions = Functions(
            stack, Surroundings("eu-west-1", "http://127.0.0.1:1", self.lines.append), self._loop
        )

    def __call__(self, **event: Any) -> Any:
        payload, error = self.invoke(**event)
        assert error is None, payload
        return json.loads(payload)

    def fails(self, **event: Any) -> dict[str, Any]:
        payload, error = self.invoke(**event)
        assert error == "Unhandled"
        failure: dict[str, Any] = json.loads(payload)
        return failure

    @property
    def functions(self) -> Functions:
        if self._functions is None:
            self.start()
        assert self._functions is not None
        return self._functions

    def invoke(self, **event: Any) -> tuple[bytes, str | None]:
        return self.functions.invoke("interlude-step", None, json.dumps(event).encode())

    def begin(self, done: Done, **event: Any) -> None:
        self.functions.start("interlude-step", None, json.dumps(event).encode(), done)

    def close(self) -> None:
        if self._functions is not None:
            self._functions.close()


@pytest.fixture
def step(tmp_path: Path) -> Iterator[Lambda]:
    made = Lambda(tmp_path)
    yield made
    made.close()
    made._loop.close()


def test_a_function_that_the_template_does_not_have_is_an_error(step: Lambda) -> None:
    """Somebody may create one by hand: its code is not in the project."""
    payload, error = step.functions.invoke("by-hand", None, b"{}")

    assert (error, json.loads(payload)["errorType"]) == ("Unhandled", "Local.NoCode")


def test_a_process_is_kept_for_the_next_invocation(step: Lambda) -> None:
    """The second invocation finds the module as the first has left it."""
    assert step()["pid"] == step()["pid"]


def test_the_first_free_process_takes_the_next_invocation(step: Lambda) -> None:
    """In their order, also where others were started for them, which take their time. No thread waits for them."""
    (step.function.folder / "step.py").write_text(
        "import os, time\n"
        "first = not os.path.exists('started')\n"
        "open('started', 'a').close()\n"
        "time.sleep(0 if first else 60)\n"
        "def handler(event, context):\n"
        "    while not os.path.exists('go'):\n"
        "        time.sleep(0.001)\n"
        "    return event['number'], os.getpid()\n"
    )
    answers: queue.Queue[list[int]] = queue.Queue()
    go = step.function.folder / "go"
    go.touch()
    _, first = step(number=0)
    go.unlink()
    before = threading.active_count()
    for number in range(50):
        step.begin(lambda payload, _error: answers.put(json.loads(payload)), number=number)
    assert threading.active_count() == before
    go.touch()

    assert [answers.get(timeout=LIMIT_S) for _ in range(50)] == [[number, first] for number in range(50)]


def test_one_process_of_a_function_starts_at_a_time(step: Lambda) -> None:
    """However many invocations wait."""
    (step.function.folder / "step.py").write_text("import time\ntime.sleep(60)\n")
    for _ in range(4):
        step.begin(lambda _payload, _error: None)

    async def processes() -> int:
        return len(step.functions._pools["interlude-step"]._workers)

    assert step._loop.run(processes()) == 1


def test_a_burst_after_a_pause_starts_no_more_processes_than_compute(step: Lambda) -> None:
    """That nothing was asked of a function for a while is no sign that its processes are stuck."""
    answers: queue.Queue[int] = queue.Queue()
    pool = step.functions._pools["interlude-step"]
    for _ in range(2):
        until(lambda: len(pool._idle) == len(pool._workers))
        pool._last_idle = float("-inf")
        for _ in range(20):
            step.begin(lambda payload, _error: answers.put(json.loads(payload)["pid"]))
        for _ in range(20):
            answers.get(timeout=LIMIT_S)
    assert len(pool._workers) <= (os.cpu_count() or 1)


def test_steps_give_way_to_requests_that_wait(step: Lambda, monkeypatch: pytest.MonkeyPatch) -> None:
    """A burst of requests is accepted before the steps of its runs use what the machine has."""
    monkeypatch.setattr(lambdas, "_YIELD_SECONDS", LIMIT_S)
    door = replace(step.function, name="interlude-api", environment={"WAITING_CALLERS": "-3"})
    step.routes = (Route("GET", "/", door.name, signed_in=False),)
    step.others = (door,)
    step.start()
    answers: queue.Queue[str] = queue.Queue()

    def begin(name: str, seconds: float) -> None:
        event = json.dumps({"do": "sleep", "seconds": seconds}).encode()
        step.functions.start(name, None, event, lambda _payload, _error: answers.put(name))

    step()
    begin(door.name, 0.3)
    begin(door.name, 0)
    begin(step.function.name, 0)
    assert [answers.get(timeout=LIMIT_S) for _ in range(3)] == [door.name, door.name, step.function.name]


def test_steps_do_not_give_way_for_ever(step: Lambda, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request may wait for what a step does."""
    monkeypatch.setattr(lambdas, "_YIELD_SECONDS", 0.01)
    door = replace(step.function, name="interlude-api", environment={"WAITING_CALLERS": "-3"})
    step.routes = (Route("GET", "/", door.name, signed_in=False),)
    step.others = (door,)
    step.start()
    for _ in range(2):
        event = json.dumps({"do": "sleep", "seconds": 60}).encode()
        step.functions.start(door.name, None, event, lambda _payload, _error: None)
    assert step()["greeting"] == "from the layer"


def test_what_answers_requests_is_started_ahead(step: Lambda) -> None:
    """Once, before any request comes; what runs steps is not."""
    (step.function.folder / "step.py").write_text(
        "import os\nprint('loaded')\ndef handler(event, context):\n    return os.getpid()\n"
    )
    step.functions.start_ahead()
    step.close()
    assert step.lines == []
    step.routes = (Route("GET", "/", "interlude-step", signed_in=False),)
    step.start()
    step.functions.start_ahead()
    step.functions.start_ahead()
    until(lambda: step.lines == ["step | loaded"])
    step()
    assert step.lines.count("step | loaded") == 1


def test_at_most_four_run_at_once(step: Lambda) -> None:
    """Further invocations wait, and all are answered."""
    folder = step.function.folder
    (folder / "step.py").write_text(
        "import os, time\n"
        "def handler(event, context):\n"
        "    open(f'begun-{os.getpid()}', 'w').close()\n"
        "    while not os.path.exists('go'):\n"
        "        time.sleep(0.001)\n"
        "    return os.getpid()\n"
    )
    answers: queue.Queue[int] = queue.Queue()
    for _ in range(10):
        step.begin(lambda payload, _error: answers.put(json.loads(payload)))
    until(lambda: len(list(folder.glob("begun-*"))) == 4)
    (folder / "go").touch()

    pids = [answers.get(timeout=LIMIT_S) for _ in range(10)]
    assert {f"begun-{pid}" for pid in pids} == {each.name for each in folder.glob("begun-*")}
    assert len(set(pids)) == 4


def test_a_function_that_takes_too_long_is_killed(step: Lambda) -> None:
    """The answer is Lambda's, and the next invocation has a new process."""
    step.start(timeout=2)
    first = step()["pid"]
    failure = step.fails(do="sleep", seconds=30)
    assert failure["errorType"] == "Sandbox.Timedout"
    assert failure["errorMessage"].endswith(" Error: Task timed out after 2.00 seconds")
    assert failure["errorMessage"].startswith("RequestId: ")
    assert step()["pid"] != first
    until(lambda: not is_running(first))


@pytest.mark.parametrize(
    ("code", "said"),
    [(3, "Runtime exited with error: exit status 3"), (0, "Runtime exited without providing a reason")],
)
def test_a_process_that_ends_is_an_error_of_the_runtime(step: Lambda, code: int, said: str) -> None:
    """As Lambda says it; the next invocation has a new process."""
    failure = step.fails(do="exit", code=code)
    assert failure["errorType"] == "Runtime.ExitError"
    assert failure["errorMessage"].endswith(f" Error: {said}")
    assert step()["greeting"] == "from the layer"


def test_an_exception_is_passed_on(step: Lambda) -> None:
    """With its type, message and stack trace; the process is kept."""
    pid = step()["pid"]
    failure = step.fails(do="raise")
    assert (failure["errorType"], failure["errorMessage"]) == ("ValueError", "told to")
    assert "step.py" in failure["stackTrace"][0]
    assert step()["pid"] == pid


def test_an_error_at_import_is_passed_on(step: Lambda) -> None:
    """An init error is the answer of every invocation, until the code is repaired."""
    (step.function.folder / "step.py").write_text("import nothing_like_it\n")
    assert step.fails()["errorType"] == "Runtime.ImportModuleError"
    assert "nothing_like_it" in step.fails()["errorMessage"]
    (step.function.folder / "step.py").write_text("def handler(event, context):\n    return 'repaired'\n")
    assert step() == "repaired"


@pytest.mark.parametrize("where", ["step/step.py", "layer/shared_by_layer.py"])
def test_an_edit_is_used_by_the_next_invocation(step: Lambda, where: str) -> None:
    """In the function's folder and in its layer's, even by the same number of bytes within the same second."""
    assert step()["greeting"] == "from the layer"
    file = step.folder / where
    file.write_text(file.read_text().replace("layer import GREETING", "layer import GREETING as G").replace(
        "from the layer", "from my editor"
    ).replace('"greeting": GREETING', '"greeting": "from my editor"'))  # fmt: skip
    assert step()["greeting"] == "from my editor"
    assert not list(step.folder.rglob("__pycache__"))


def test_a_process_that_is_killed_at_work_is_an_error_of_the_runtime(step: Lambda) -> None:
    """By whatever kills it, such as the kernel when memory is short; the next invocation has a new process."""
    pid = step()["pid"]
    answers: queue.Queue[tuple[bytes, str | None]] = queue.Queue()
    step.begin(lambda *answer: answers.put(answer), do="sleep", seconds=60)
    until(lambda: "step | asleep" in step.lines)
    os.kill(pid, signal.SIGKILL)
    payload, error = answers.get(timeout=LIMIT_S)

    assert (error, json.loads(payload)["errorType"]) == ("Unhandled", "Runtime.ExitError")
    assert json.loads(payload)["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
    assert step()["pid"] != pid


def test_a_step_that_prints_ten_megabytes_keeps_nothing_back(step: Lambda) -> None:
    """Neither in many lines nor in one; the last needs no end."""
    for lines, length in ((20_000, 500), (1, 10_000_000)):
        step(do="print", lines=lines, length=length)
        last = f"step | {lines - 1} {'x' * length}"
        step.close()
        assert step.lines.count(last) == 1
        assert sum("x" * length in line for line in step.lines) == lines
        step.lines.clear()
        step.start()


def test_a_process_that_can_t_be_started_is_an_error(step: Lambda) -> None:
    """Of the invocation that needs it, in one sentence."""
    shutil.rmtree(step.function.folder)
    failure = step.fails()
    assert failure["errorType"] == "Local.NotStarted"
    assert failure["errorMessage"].startswith("step can't be started: [Errno 2] No such file or directory")


def test_output_is_printed_with_the_functions_name(step: Lambda) -> None:
    """Standard output and error, and the lines of a traceback one by one."""
    step(do="print")
    step.fails(do="raise")
    until(lambda: 'step |     raise ValueError("told to")' in step.lines)
    assert "step | a line" in step.lines
    assert "step | another line" in step.lines


def test_each_invocation_is_one_line(step: Lambda) -> None:
    """The name, how long it took, and how it ended."""
    step()
    step.fails(do="raise")
    lines = [line.split() for line in step.lines if not line.startswith("step |")]
    assert [(name, unit, kind) for name, _, unit, kind in lines] == [("step", "ms", "ok"), ("step", "ms", "ValueError")]


def test_a_response_has_a_limit(step: Lambda) -> None:
    """6,291,556 bytes of JSON fit, one more does not."""
    assert len(step(do="large", bytes=6_291_554)) == 6_291_554
    assert step.fails(do="large", bytes=6_291_555)["errorType"] == "Function.ResponseSizeTooLarge"


def test_a_function_sees_lambdas_environment_only(step: Lambda, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the template sets, what Lambda sets, moto's address, and nothing of the developer's account."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
    monkeypatch.setenv("SECRET", "mine")
    seen = step(do="environment")
    variables = seen["environment"]
    assert not {"AWS_PROFILE", "SECRET", "HOME"} & variables.keys()
    assert {key: variables[key] for key in ("COLOUR", "AWS_REGION", "AWS_ENDPOINT_URL", "TZ", "_HANDLER")} == {
        "COLOUR": "blue",
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "TZ": ":UTC",
        "_HANDLER": "step.handler",
    }
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == "interlude-step"
    assert variables["AWS_LAMBDA_FUNCTION_VERSION"] == "1"
    assert variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert variables["AWS_ACCESS_KEY_ID"] == "local"
    assert variables["LAMBDA_TASK_ROOT"] == seen["cwd"] == str(step.function.folder)
    assert seen["path"][:2] == [str(step.function.folder), str(step.folder / "layer")]
    assert "local" not in {Path(entry).name for entry in seen["path"]}


def test_a_server_has_more_files_than_a_function(step: Lambda) -> None:
    """A burst of clients takes thousands; Lambda allows a function 1,024."""
    (step.function.folder / "step.py").write_text(
        "import resource\ndef handler(event, context):\n    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]\n"
    )
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
    EventLoop().close()
    taken = [os.dup(0) for _ in range(1100)]
    try:
        assert step() == 1024
        assert step() == 1024
    finally:
        for file in taken:
            os.close(file)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_closing_leaves_no_process(step: Lambda) -> None:
    """Neither an idle one nor one that is at work."""
    idle = step()["pid"]
    answers: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: answers.append(step.fails(do="sleep", seconds=30)))
    thread.start()
    until(lambda: is_running(idle))
    step.close()
    thread.join(LIMIT_S)
    assert not is_running(idle)
    assert answers[0]["errorType"] == "Runtime.ExitError"


def test_closing_does_not_wait_for_an_init(step: Lambda) -> None:
    """Its invocation, and those that wait in line, are answered as killed."""
    (step.function.folder / "step.py").write_text("import time\ntime.sleep(60)\n")
    answers: queue.Queue[tuple[bytes, str | None]] = queue.Queue()
    step.start()
    for _ in range(6):
        step.begin(lambda *answer: answers.put(answer))
    step.close()
    step.begin(lambda *answer: answers.put(answer))

    kinds = [json.loads(answers.get(timeout=LIMIT_S)[0])["errorType"] for _ in range(7)]
    assert kinds == ["Runtime.ExitError"] * 7


def test_a_process_that_died_while_it_was_idle_is_replaced(step: Lambda) -> None:
    """Nobody sees that it had died."""
    pid = step()["pid"]
    os.kill(pid, 9)
    until(lambda: not is_running(pid))
    assert step()["pid"] != pid


def test_an_answer_to_another_invocation_is_refused(step: Lambda) -> None:
    """As on AWS: by its request id, and by whether there was an answer already."""
    other = "00000000-0000-4000-8000-000000000000"

    refused = step(do="post", paths=[f"{other}/response", f"{other}/error", "response", "next"])
    assert refused == [
        [400, "InvalidRequestID"],
        [400, "InvalidRequestID"],
        [404, None],
        [403, "InvalidStateTransition"],
    ]
    # The answer that is posted from within is the one that counts. The runtime's own is refused, and ends it.
    assert step(do="post", paths=["{own}/response"]) == {}
    assert step(number=1)["number"] == 1
