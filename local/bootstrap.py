"""What a worker process runs first: python -P bootstrap.py <pid of the parent> <handler> own|shared <path> <folder>...

The third word is about /tmp, the path is where the function's modules are found, the folders are those of its code.

Run by forkserver, with the environment of a Lambda function. Hands over to awslambdaric. It must not import anything of
local: the process belongs to the function's code.
"""

import os
import signal
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

_PR_SET_PDEATHSIG = 1
_FILES = 1024


def die_with(parent: int) -> None:
    """Makes Linux kill this process when its parent dies. Elsewhere it ends with the Runtime API."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def limit_files() -> None:
    """Lets the process have as many files open as Lambda does."""
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard > _FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, hard))


def keep_clean(folders: tuple[str, ...]) -> None:
    """Writes no compiled files into folders of code: they would be deployed, and can outlive a quick edit."""
    set_data = SourceFileLoader.set_data

    def set_data_elsewhere(self: SourceFileLoader, path: str, data: bytes, **more: int) -> None:
        if not path.startswith(folders):
            set_data(self, path, data, **more)

    SourceFileLoader.set_data = set_data_elsewhere  # type: ignore[method-assign, assignment]


def leave_tmp(folders: list[str]) -> None:
    """Goes to a /tmp of this process's own, whose files may follow a run. Without one the process must not go on."""
    path = str(Path(__file__).with_name("own_tmp.py"))
    own_tmp = ModuleType("own_tmp")
    own_tmp.__file__ = path
    SourceFileLoader("own_tmp", path).exec_module(own_tmp)
    own_tmp.enter(folders)
    os.environ["TMP_FOLDER"] = own_tmp.TMP


def keep_apart() -> None:
    """Has Lambda's runtime log past sys.stdout, in whose place the layer's logs stand, as it does on AWS."""
    from awslambdaric import bootstrap  # type: ignore[import-untyped]

    output = sys.stdout

    class Sink(bootstrap.StandardLogSink):  # type: ignore[misc]
        def log(self, msg: str, frame_type: object = None) -> None:  # noqa: ARG002  # which only a file of its own has
            output.write(msg)
            output.flush()

        def log_error(self, message_lines: list[str]) -> None:
            self.log("\r".join(message_lines) + "\n")

    bootstrap.StandardLogSink = Sink


def use_compiled(compiled: dict[str, tuple[os.stat_result, CodeType]]) -> None:
    """Has imports take code that was compiled from the very files that they find, by path."""
    get_code = SourceFileLoader.get_code

    def get_known_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        if known := compiled.get(path):
            before, now = known[0], Path(path).stat()
            if (before.st_mtime_ns, before.st_size) == (now.st_mtime_ns, now.st_size):
                return known[1]
        return get_code(self, fullname)

    SourceFileLoader.get_code = get_known_code  # type: ignore[method-assign, assignment]


def run(parent_pid: str, handler: str, tmp: str, path: str, *code: str) -> None:
    search_path = path.split(os.pathsep)
    if tmp == "own":
        leave_tmp([*code, *search_path])
    # After that: who changes namespaces loses the wish to die.
    die_with(int(parent_pid))
    limit_files()
    keep_clean(code)
    keep_apart()
    from awslambdaric import bootstrap
    from awslambdaric.lambda_runtime_client import LambdaRuntimeClient  # type: ignore[import-untyped]

    # Not before: a step may be called like a module that Python's and AWS's own start needs, re or json.
    sys.path[0:0] = search_path
    # Awslambdaric's own start would poll from a second thread on newer Pythons, for signals that never come here.
    bootstrap.run(handler, LambdaRuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"]))


if __name__ == "__main__":
    run(*sys.argv[1:])
