"""Files in /tmp: what is carried, what is removed, and what nobody touches. The folder is always a test's own."""

import os
import socket
import stat
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from moto import mock_aws

from interlude.aws import bucket, clients
from interlude.errors import CannotBring, TooLarge
from interlude.settings import settings
from interlude.tmp import archive, files
from interlude.tmp.folder import listing, remove

MB = 1024 * 1024


class Lambda:
    """Environments of steps in this process: each has a folder of its own, and one of them is the current one."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder, self._monkeypatch = folder, monkeypatch
        self.requests: list[str] = []
        clients.client("s3").meta.events.register("request-created.s3", self._note)
        self.tmp = self.environment("a")

    def environment(self, name: str) -> Path:
        """Goes to another environment, new or warm. Returns its folder."""
        self.tmp = self._folder / "environments" / name
        self.tmp.mkdir(parents=True, exist_ok=True)
        self._monkeypatch.setenv("TMP_FOLDER", str(self.tmp))
        settings.cache_clear()
        return self.tmp

    def _note(self, operation_name: str, **_: Any) -> None:
        self.requests.append(operation_name)


@pytest.fixture
def aws(as_step: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lambda]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        clients._client.cache_clear()
        clients._environment.cache_clear()
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="payloads")
        yield Lambda(as_step, monkeypatch)
    clients._client.cache_clear()
    clients._environment.cache_clear()
    files._environment.cache_clear()


def carried(aws: Lambda, write: Callable[[Path], object]) -> Path:
    """The folder of another environment, with what a step of the run wrote in the first."""
    files.bring("run-1", "")
    write(aws.tmp)
    name = files.keep("run-1", "")
    aws.environment("b")
    files.bring("run-1", name)
    return aws.tmp


def test_what_a_step_wrote_is_there_for_the_next_one(aws: Lambda):
    """In another environment. It costs a PUT and a GET."""
    tmp = carried(aws, lambda tmp: (tmp / "report.csv").write_text("a,b\n"))

    assert (tmp / "report.csv").read_text() == "a,b\n"
    assert aws.requests == ["PutObject", "GetObject"]


def test_a_step_that_writes_nothing_makes_no_request(aws: Lambda):
    """Neither in the environment of the files nor in one that has been given them."""
    files.bring("run-1", "")
    assert files.keep("run-1", "") == ""
    assert aws.requests == []

    (aws.tmp / "a").touch()
    name = files.keep("run-1", "")
    aws.requests.clear()
    files.bring("run-1", name)
    assert files.keep("run-1", name) == name
    assert aws.requests == []

    aws.environment("b")
    files.bring("run-1", name)
    assert files.keep("run-1", name) == name
    assert aws.requests == ["GetObject"]


def test_each_kind_of_change_is_carried(aws: Lambda):
    """New content of the same length and with the same time is one, too."""

    tmp = aws.tmp
    files.bring("run-1", "")
    (tmp / "a").write_text("1")
    os.utime(tmp / "a", (1, 1))
    names = [files.keep("run-1", "")]
    for change in (
        lambda: (tmp / "a").write_text("2") and os.utime(tmp / "a", (1, 1)),
        lambda: (tmp / "a").chmod(0o600),
        lambda: (tmp / "a").rename(tmp / "b"),
        lambda: (tmp / "folder").mkdir(),
        lambda: (tmp / "folder").chmod(0o500),
        lambda: os.utime(tmp / "folder", (1, 1)),
        lambda: (tmp / "b").unlink(),
    ):
        change()
        names.append(files.keep("run-1", names[-1]))

    assert len(set(names)) == 8
    assert all(len(name) == 16 for name in names)


def test_a_run_that_has_removed_its_files_carries_nothing(aws: Lambda):
    """The name is empty again, without a request."""
    tmp = carried(aws, lambda tmp: (tmp / "a").touch())
    (tmp / "a").unlink()
    aws.requests.clear()

    assert files.keep("run-1", "0123456789abcdef") == ""
    assert aws.requests == []


def test_whatever_a_file_may_be(aws: Lambda):
    """Names, modes, times, links, holes and empty folders come back; pipes and sockets don't."""

    def write(tmp: Path) -> None:
        (tmp / "grüße \n zeile").write_text("ä")
        Path(os.fsdecode(os.fsencode(tmp) + b"/\xff\xfe")).write_text("bytes")
        (tmp / ("n" * 255)).write_text("long")
        (tmp / "deep" / "er").mkdir(parents=True)
        (tmp / "deep" / "er" / "file").write_text("x")
        (tmp / "deep" / "er").chmod(0o555)
        os.utime(tmp / "deep" / "er", (1_600_000_000.5, 1_600_000_000.5))
        (tmp / "empty").mkdir(mode=0o1777)
        (tmp / "tool").write_text("#!/bin/sh\n")
        (tmp / "tool").chmod(0o4777)
        os.utime(tmp / "tool", (1_700_000_000.25, 1_700_000_000.25))
        (tmp / "relative").symlink_to("deep/er/file")
        (tmp / "absolute").symlink_to("/usr/bin/env")
        (tmp / "dangling").symlink_to("../../nowhere")
        (tmp / "twin").hardlink_to(tmp / "tool")
        with (tmp / "sparse").open("wb") as file:
            file.truncate(3 * MB)
        os.mkfifo(tmp / "pipe")
        with socket.socket(socket.AF_UNIX) as server:
            os.chdir(tmp)  # a socket's path must be short
            server.bind("socket")

    before = Path.cwd()
    try:
        tmp = carried(aws, write)
    finally:
        os.chdir(before)

    assert sorted(os.fsencode(each.name) for each in tmp.iterdir()) == sorted(
        [
            *("grüße \n zeile".encode(), b"\xff\xfe", b"n" * 255, b"deep", b"empty", b"tool", b"relative"),
            *(b"absolute", b"dangling", b"twin", b"sparse"),
        ]
    )
    assert (tmp / "relative").read_text() == "x"
    assert stat.S_IMODE((tmp / "deep" / "er").stat().st_mode) == 0o555
    assert (tmp / "deep" / "er").stat().st_mtime == 1_600_000_000.5
    assert stat.S_IMODE((tmp / "tool").stat().st_mode) == 0o4777
    assert (tmp / "tool").stat().st_mtime == 1_700_000_000.25
    assert (tmp / "tool").samefile(tmp / "twin")
    assert [str((tmp / each).readlink()) for each in ("absolute", "dangling")] == ["/usr/bin/env", "../../nowhere"]
    assert (tmp / "sparse").read_bytes() == bytes(3 * MB)


@pytest.fixture
def nobody(aws: Lambda, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lambda]:
    """Whom modes hold back, as they do in Lambda, with an environment that is theirs."""
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setattr(aws, "_folder", Path(folder))
        user = os.geteuid()
        if user == 0:
            os.chown(folder, 65534, 65534)
            os.seteuid(65534)
        try:
            aws.environment("of nobody")
            yield aws
        finally:
            os.seteuid(user)


def test_what_a_step_has_shut_to_itself_is_carried_and_removed(nobody: Lambda):
    """Without any mode, or with less than its owner needs; it is opened for as long as it takes."""

    def write(tmp: Path) -> None:
        (tmp / "folder" / "inner").mkdir(parents=True)
        (tmp / "folder" / "inner" / "file").write_text("secret")
        for path, mode in (("folder/inner/file", 0), ("folder/inner", 0), ("folder", 0o400)):
            (tmp / path).chmod(mode)

    tmp = carried(nobody, write)

    before = nobody.tmp.parent / "of nobody"
    for folder in (before, tmp):
        assert stat.S_IMODE((folder / "folder").stat().st_mode) == 0o400
        (folder / "folder").chmod(0o700)
        assert stat.S_IMODE((folder / "folder" / "inner").stat().st_mode) == 0
    (tmp / "folder" / "inner").chmod(0o700)
    file = tmp / "folder" / "inner" / "file"
    assert stat.S_IMODE(file.stat().st_mode) == 0
    file.chmod(0o600)
    assert file.read_text() == "secret"
    file.parent.chmod(0)
    files.bring("run-2", "")
    assert list(tmp.iterdir()) == []


def test_a_run_does_not_begin_in_a_folder_of_another(aws: Lambda, as_step: Path, monkeypatch: pytest.MonkeyPatch):
    """Who has gone into one is back in the folder of the code, as in a new environment, when that one is removed."""
    files.bring("run-1", "")
    (aws.tmp / "work").mkdir()
    monkeypatch.chdir(aws.tmp / "work")

    files.bring("run-2", "")

    assert Path.cwd() == as_step
    assert list(aws.tmp.iterdir()) == []


def test_a_run_never_sees_what_another_has_left(aws: Lambda):
    """Not in a warm environment, whether its own snapshot is empty or has the same names in it."""
    tmp = carried(aws, lambda tmp: (tmp / "mine").write_text("run-1"))
    (tmp / "folder").mkdir()
    (tmp / "folder" / "more").touch()
    os.mkfifo(tmp / "pipe")

    files.bring("run-2", "")

    assert list(tmp.iterdir()) == []
    (tmp / "mine").write_text("run-2")
    second = files.keep("run-2", "")
    files.bring("run-3", "")
    files.bring("run-2", second)
    assert (tmp / "mine").read_text() == "run-2"


def test_an_attempt_begins_with_the_files_as_they_were(aws: Lambda):
    """What a failed attempt has written, changed or removed is undone."""

    def write(tmp: Path) -> None:
        for name in ("kept", "changed", "removed"):
            (tmp / name).write_text("before")

    tmp = carried(aws, write)
    name = files.keep("run-1", "")
    files.bring("run-1", name)
    (tmp / "changed").write_text("after")
    (tmp / "removed").unlink()
    (tmp / "new").touch()

    files.bring("run-1", name)

    assert {file.name: file.read_text() for file in tmp.iterdir()} == dict.fromkeys(
        ("kept", "changed", "removed"), "before"
    )


def test_two_calls_of_one_turn_write_two_objects(aws: Lambda):
    """Neither can overwrite what the other's answer names."""
    first = carried(aws, lambda tmp: (tmp / "a").write_text("first")) and files.keep("run-1", "x")
    files.bring("run-1", "")
    (aws.tmp / "a").write_text("second")
    second = files.keep("run-1", "")

    files.bring("run-1", first)
    assert (aws.tmp / "a").read_text() == "first"
    files.bring("run-1", second)
    assert (aws.tmp / "a").read_text() == "second"


def test_what_was_there_before_the_step_is_never_touched(aws: Lambda):
    """An extension's cache or a mount: not carried, not removed, not even looked into."""
    inside = aws.tmp / "extension" / "inside"
    inside.parent.mkdir()
    inside.write_text("before")
    files.begin()
    files.bring("run-1", "")
    inside.write_text("changed")
    (inside.parent / "more").touch()

    assert files.keep("run-1", "") == ""
    files.bring("run-2", "")
    assert sorted(inside.parent.iterdir()) == [inside, inside.parent / "more"]


def test_an_archive_does_not_write_over_what_was_there_before(aws: Lambda):
    """Where an environment has something of its own under a name that a run used in another."""
    (aws.environment("b") / "name").write_text("own")
    files.begin()
    aws.environment("a")

    tmp = carried(aws, lambda tmp: ((tmp / "name").write_text("run"), (tmp / "other").write_text("run")))

    assert ((tmp / "name").read_text(), (tmp / "other").read_text()) == ("own", "run")


MODULE = """
from pathlib import Path
import os
folder = Path(os.environ["TMP_FOLDER"], "work")
folder.mkdir(exist_ok=True)
(folder / "model").write_text("as imported")
def handler(pd): ...
"""


@pytest.fixture
def module(aws: Lambda, as_step: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the step's module makes, with a file in it, when it is imported."""
    (as_step / "work.py").write_text(MODULE)
    monkeypatch.setenv("STEP", "work")
    settings.cache_clear()
    files.begin()
    from interlude.pd import usercode

    usercode.ready("work")
    return aws.tmp / "work"


def test_what_the_steps_module_wrote_is_neither_carried_nor_removed(aws: Lambda, module: Path):
    """It is written once for each environment, when the module is imported."""
    inode = (module / "model").stat().st_ino
    for run in ("run-1", "run-2"):
        files.bring(run, "")
        assert files.keep(run, "") == ""

    assert (module / "model").stat().st_ino == inode
    assert aws.requests == []


def test_a_module_that_could_not_be_imported_at_first_is_no_run_either(
    aws: Lambda, as_step: Path, monkeypatch: pytest.MonkeyPatch
):
    """Its service may not have answered while the environment started. Its files are its own nevertheless."""
    (as_step / "work.py").write_text(MODULE)
    monkeypatch.setenv("STEP", "work")
    settings.cache_clear()

    files.bring("run-1", "")

    assert (aws.tmp / "work" / "model").read_text() == "as imported"
    assert files.keep("run-1", "") == ""


def test_what_a_run_puts_beside_it_is_carried_without_it(aws: Lambda, module: Path):
    """The folder stays for the next run, which finds nothing new in it."""
    files.bring("run-1", "")
    (module / "result").write_text("1")
    name = files.keep("run-1", "")
    files.bring("run-2", "")
    assert [file.name for file in module.iterdir()] == ["model"]

    aws.environment("b")
    files.bring("run-1", name)
    assert [file.relative_to(aws.tmp).as_posix() for file in aws.tmp.rglob("*")] == ["work", "work/result"]


def test_what_a_run_changed_of_it_is_the_runs_and_is_written_again_for_others(aws: Lambda, module: Path):
    """The module is imported again, as it would be in a new environment."""
    files.bring("run-1", "")
    (module / "model").write_text("by run-1")
    name = files.keep("run-1", "")

    files.bring("run-2", "")
    assert (module / "model").read_text() == "as imported"
    files.bring("run-1", name)
    assert (module / "model").read_text() == "by run-1"


@pytest.mark.parametrize("then", ["nothing", "file", "link"])
def test_what_a_run_removed_of_it_is_made_again(aws: Lambda, module: Path, then: str):
    """Also where something else stands in its place."""
    files.bring("run-1", "")
    (module / "model").unlink()
    module.rmdir()
    if then == "file":
        module.touch()
    if then == "link":
        module.symlink_to(aws.tmp.parent)

    files.bring("run-2", "")

    assert (module / "model").read_text() == "as imported"
    assert not module.is_symlink()


def test_a_folder_that_the_module_made_is_made_again_with_its_mode(aws: Lambda):
    """That alone is no reason to import the module again."""
    files.begin()
    (aws.tmp / "outer" / "inner").mkdir(parents=True)
    (aws.tmp / "outer").chmod(0o750)
    files.bring("run-1", "")
    (aws.tmp / "outer" / "inner").rmdir()
    (aws.tmp / "outer").rmdir()

    files.bring("run-2", "")
    assert stat.S_IMODE((aws.tmp / "outer").stat().st_mode) == 0o750
    assert (aws.tmp / "outer" / "inner").is_dir()

    (aws.tmp / "outer").chmod(0o777)
    files.bring("run-3", "")
    assert stat.S_IMODE((aws.tmp / "outer").stat().st_mode) == 0o750


def test_what_comes_and_goes_in_a_folder_of_the_module_is_no_change(aws: Lambda):
    """Libraries lock and unlock their caches there; each time would be a request, and another run's files."""
    files.begin()
    (aws.tmp / "cache").mkdir()
    files.bring("run-1", "")
    (aws.tmp / "mine").touch()
    name = files.keep("run-1", "")
    aws.requests.clear()
    (aws.tmp / "cache" / "lock").touch()
    (aws.tmp / "cache" / "lock").unlink()

    assert files.keep("run-1", name) == name
    files.bring("run-1", name)
    assert aws.requests == []


@pytest.mark.parametrize(
    ("unlink", "told"),
    [
        (lambda place: None, r"has 'mine' of another run, which reappears when it is removed\.$"),
        (lambda place: os.close(-1), r"of another run, which can't be removed: Bad file descriptor\.$"),
    ],
)
def test_a_file_of_another_run_that_stays_is_an_error(
    aws: Lambda, monkeypatch: pytest.MonkeyPatch, unlink: Callable[[Path], None], told: str
):
    """A process that an earlier step has left running may write it again and again. The run fails and sees nothing."""
    files.bring("run-1", "")
    (aws.tmp / "mine").touch()
    monkeypatch.setattr(Path, "unlink", unlink)

    with pytest.raises(CannotBring, match=told):
        files.bring("run-2", "")


def test_a_folder_that_is_filled_again_meanwhile_is_no_error_at_once(tmp_path: Path):
    """It is looked at once more."""
    (tmp_path / "folder").mkdir()
    listed = listing(str(tmp_path), ())
    (tmp_path / "folder" / "new").touch()

    remove(str(tmp_path), listed, listed)

    assert (tmp_path / "folder" / "new").exists()


def test_a_run_may_put_something_else_in_its_place(aws: Lambda, module: Path):
    """A file where the module has a folder, a folder where it has a file, and never through a link."""
    warm = aws.tmp
    outside = aws.tmp.parent / "outside"
    outside.write_text("untouched")
    files.bring("run-0", "")
    aws.environment("b")
    files.bring("run-1", "")
    (aws.tmp / "work" / "model").mkdir(parents=True)
    (aws.tmp / "work" / "model" / "part").touch()
    nested = files.keep("run-1", "")
    files.bring("run-1", "")
    (aws.tmp / "work").write_text("flat")
    flat = files.keep("run-1", "")

    aws.tmp = warm
    os.environ["TMP_FOLDER"] = str(warm)
    settings.cache_clear()
    files.bring("run-1", nested)
    assert (module / "model" / "part").exists()
    files.bring("run-1", flat)
    assert module.read_text() == "flat"
    files.bring("run-2", "")
    assert (module / "model").read_text() == "as imported"
    assert outside.read_text() == "untouched"


def test_a_process_that_died_leaves_nothing_to_the_next(aws: Lambda, as_step: Path, monkeypatch: pytest.MonkeyPatch):
    """Lambda's folder outlives it, with a half-done run in it. What was there before the first process stays."""
    (aws.tmp / "extension").touch()
    in_lambda(aws, monkeypatch)
    files.begin()
    files.bring("run-1", "")
    (aws.tmp / "half").write_text("done")

    files._environment.cache_clear()
    files.begin()
    files.bring("run-2", "")

    assert sorted(file.name for file in aws.tmp.iterdir()) == [".interlude", "extension"]
    assert files.keep("run-2", "") == ""


def test_a_process_that_died_at_import_leaves_nothing_either(aws: Lambda, monkeypatch: pytest.MonkeyPatch):
    """Lambda gives an import ten seconds. What it had written by then is written again."""
    in_lambda(aws, monkeypatch)
    files.begin()
    (aws.tmp / "half").touch()

    files._environment.cache_clear()
    files.begin()

    assert [file.name for file in aws.tmp.iterdir()] == [".interlude"]


def test_a_step_may_empty_the_folder(aws: Lambda, monkeypatch: pytest.MonkeyPatch):
    """Many do so at their beginning. The next process is told all the same."""
    in_lambda(aws, monkeypatch)
    files.begin()
    files.bring("run-1", "")
    (aws.tmp / ".interlude").unlink()
    files.bring("run-2", "")
    (aws.tmp / "half").write_text("done")

    files._environment.cache_clear()
    files.begin()

    assert [file.name for file in aws.tmp.iterdir()] == [".interlude"]


def in_lambda(aws: Lambda, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings as Lambda gives them, but for the folder."""
    from dataclasses import replace

    there = replace(settings(), tmp_outlives=True)
    monkeypatch.setattr(files, "settings", lambda: there)


def test_only_in_lambda_is_the_folder_tmp(as_step: Path, monkeypatch: pytest.MonkeyPatch):
    """A process of the local server looks much like Lambda, but may share this machine's /tmp."""

    def folder(**variables: str) -> tuple[str, bool]:
        with pytest.MonkeyPatch.context() as environment:
            for name, value in variables.items():
                environment.setenv(name, value)
            settings.cache_clear()
            return settings().tmp_folder, settings().tmp_outlives

    monkeypatch.delenv("TMP_FOLDER", raising=False)
    runtime = {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001"}
    assert folder() == ("", False)
    assert folder(**runtime) == ("", False)
    assert folder(**runtime, LAMBDA_TASK_ROOT="/var/task") == ("/tmp", True)
    assert folder(**runtime, LAMBDA_TASK_ROOT="/var/task", TMP_FOLDER="") == ("", False)
    assert folder(**runtime, TMP_FOLDER="/own") == ("/own", False)


def test_without_a_folder_nothing_is_touched(as_step: Path, monkeypatch: pytest.MonkeyPatch):
    """And what the run has brought stays its own."""
    monkeypatch.setenv("TMP_FOLDER", "")
    settings.cache_clear()

    files.begin()
    files.bring("run-1", "0123456789abcdef")

    assert files.keep("run-1", "0123456789abcdef") == "0123456789abcdef"


def test_large_files_go_in_parts(aws: Lambda):
    """Of 8 MB; 20 MB are three."""
    content = os.urandom(20 * MB)

    tmp = carried(aws, lambda tmp: (tmp / "large").write_bytes(content))

    assert (tmp / "large").read_bytes() == content
    assert aws.requests == [
        "CreateMultipartUpload",
        *("UploadPart", "UploadPart", "UploadPart"),
        "CompleteMultipartUpload",
        "GetObject",
    ]


def test_an_upload_that_fails_is_given_up(aws: Lambda):
    """Its parts would be paid for until the bucket's lifecycle rule finds them. There is no object then."""

    def upload() -> None:
        with bucket.upload("runs/run-1/tmp/x", "application/x-tar") as target:
            target.write(bytes(9 * MB))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        upload()

    assert aws.requests == ["CreateMultipartUpload", "UploadPart", "AbortMultipartUpload"]
    s3 = boto3.client("s3", region_name="us-east-1")
    assert s3.list_objects_v2(Bucket="payloads")["KeyCount"] == 0
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="payloads")


def test_8_mb_are_one_request(aws: Lambda):
    """One byte more takes four."""
    for size in (8_388_608, 8_388_609):
        with bucket.upload("runs/run-1/tmp/x", "application/x-tar") as target:
            target.write(bytes(size))

    assert aws.requests == [
        "PutObject",
        *("CreateMultipartUpload", "UploadPart", "UploadPart", "CompleteMultipartUpload"),
    ]


def test_512_mb_are_the_limit_and_nothing_is_sent_above_it(aws: Lambda):
    """A file with two names counts once. One of 512 MB and one byte that is all hole takes no time to make."""
    files.bring("run-1", "")
    with (aws.tmp / "sparse").open("wb") as file:
        file.truncate(536_870_912)
    (aws.tmp / "twin").hardlink_to(aws.tmp / "sparse")
    (aws.tmp / "one more").write_text("b")

    with pytest.raises(TooLarge) as refused:
        files.keep("run-1", "")

    assert str(refused.value) == (
        f"The files in {aws.tmp} have 536870913 bytes in total; at most 536870912 (512 MB) can follow a run."
    )
    assert aws.requests == []


def test_files_at_the_limit_are_carried(aws: Lambda, monkeypatch: pytest.MonkeyPatch):
    """To the last byte."""
    monkeypatch.setattr(files, "MAX_BYTES", 4)

    assert (carried(aws, lambda tmp: (tmp / "a").write_text("1234")) / "a").read_text() == "1234"


def test_a_folder_that_is_too_small_is_told_with_what_makes_it_larger(aws: Lambda, monkeypatch: pytest.MonkeyPatch):
    """Another step of the workflow may have been given more room."""

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    files.bring("run-1", "")
    (aws.tmp / "file").touch()
    name = files.keep("run-1", "")
    aws.environment("b")
    monkeypatch.setattr(tarfile, "copyfileobj", full)

    with pytest.raises(CannotBring, match=r"don't fit into .*EphemeralStorage: \{Size: 1024\}"):
        files.bring("run-1", name)


def test_files_that_are_gone_from_the_bucket_are_told(aws: Lambda):
    """Somebody has deleted them."""
    with pytest.raises(CannotBring, match=r"can't be read from runs/run-1/tmp/0123456789abcdef: NoSuchKey\.$"):
        files.bring("run-1", "0123456789abcdef")


def test_a_connection_that_breaks_is_no_end(aws: Lambda, monkeypatch: pytest.MonkeyPatch):
    """S3 may close a long download; it is begun again, twice at most."""

    class Breaking:
        def __init__(self, body: Any) -> None:
            self._body, self._left = body, 1

        def read(self, size: int) -> bytes:
            if not self._left:
                raise ReadTimeoutError(endpoint_url="s3")
            self._left -= 1
            return bytes(self._body.read(size))

        def close(self) -> None:
            self._body.close()

    complete, downloads = bucket.stream, []

    def stream(key: str) -> Any:
        downloads.append(key)
        body = complete(key)
        return Breaking(body) if len(downloads) <= breaks else body

    monkeypatch.setattr(bucket, "stream", stream)
    breaks = 2
    content = os.urandom(3 * MB)
    tmp = carried(aws, lambda tmp: ((tmp / "a").write_bytes(content), (tmp / "b").mkdir(0o500)))
    assert (tmp / "a").read_bytes() == content
    assert len(downloads) == 3

    breaks = 9
    name = files.keep("run-1", "x")
    files.bring("run-2", "")
    with pytest.raises(ReadTimeoutError):
        files.bring("run-1", name)
    files.bring("run-2", "")
    assert list(tmp.iterdir()) == []


def test_files_that_come_and_go_meanwhile_stop_nothing(aws: Lambda):
    """A process that the step has left running: what is gone is left out, what is cut is filled with zeros."""
    file = aws.tmp / "file"
    file.write_bytes(b"1234")
    archive.send("runs/run-1/tmp/a", str(aws.tmp), {"file": 0o600, "gone": 0o600, "gone/too": 0o600})
    with file.open("rb") as opened:
        assert archive._Whole(opened).read(6) == b"1234\0\0"

    archive.fetch("runs/run-1/tmp/a", str(aws.environment("b")), ())

    assert [each.name for each in aws.tmp.iterdir()] == ["file"]


def test_no_archive_reaches_out_of_the_folder(aws: Lambda):
    """Neither by a path with dots, nor by an absolute one, nor through a link of its own."""
    first = aws.tmp
    for name in ("../outside", "link/outside", "..", str(first.parent / "outside")):
        with tarfile.open(first / "x", "w") as made:
            link = tarfile.TarInfo("link")
            link.type, link.linkname = tarfile.SYMTYPE, str(first.parent)
            made.addfile(link)
            made.addfile(tarfile.TarInfo(name))
        bucket.put("runs/run-1/tmp/x", (first / "x").read_bytes(), "application/x-tar")

        with pytest.raises(CannotBring, match=f"include '{name}', which is not in "):
            archive.fetch("runs/run-1/tmp/x", str(aws.environment("b")), ())

    assert not (first.parent / "outside").exists()
