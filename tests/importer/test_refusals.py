"""Bad input: one sentence, exit code 1, and nothing written."""

import os
import zipfile
from pathlib import Path

import pytest
from given import Import, snapshot, step, write


@pytest.fixture
def refused(bring: Import, project: Path):
    """Imports what must be refused, and returns the sentence."""

    def run(path: Path | str, *options: str) -> str:
        before = snapshot(project)
        result = bring(path, *options)
        assert result.code == 1
        assert snapshot(project) == before
        assert result.out == ""
        assert result.err.count("\n") == 1
        return result.err.strip()

    return run


def test_a_yaml_that_does_not_parse(refused, pipedream: Path):
    """The file and the line are told."""
    folder = write(pipedream, step("a"))
    (folder / "workflow.yaml").write_text("schema: workflow/2022.04\nsteps: [a\nname: b\n", encoding="utf-8")

    assert refused(pipedream).startswith("orders-p_Ab1/workflow.yaml, line 3 is not valid YAML: ")


# 543 bytes that stand for a billion values.
EXPLOSIVE = "a0: &a0 {k0: 1, k1: 2}\n" + "".join(
    f"a{level}: &a{level} {{<<: [{', '.join([f'*a{level - 1}'] * 10)}]}}\n" for level in range(1, 9)
)


@pytest.mark.parametrize(
    "text",
    [EXPLOSIVE, EXPLOSIVE.replace("<<", "b"), "a: &a [*a]\n", "a: " + "[" * 500 + "]" * 500],
    ids=["merge keys", "aliases", "an alias in itself", "levels"],
)
@pytest.mark.parametrize("file", ["workflow.yaml", "template.yaml"])
def test_a_yaml_that_holds_too_much(bring: Import, project: Path, pipedream: Path, file: str, text: str):
    """Aliases are counted before a value is made of them."""
    path = {"workflow.yaml": write(pipedream, step("a")), "template.yaml": project}[file] / file
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
    before = snapshot(project)

    result = bring(pipedream)

    assert result.err.endswith(f"{file} holds more than 100000 values or is more than 100 levels deep.\n")
    assert (result.code, result.out, snapshot(project)) == (1, "", before)


def test_a_missing_entry_file(refused, pipedream: Path):
    """The step and its file are told."""
    folder = write(pipedream, step("a"), step("b"))
    (folder / "b" / "entry.py").unlink()

    assert (
        refused(pipedream) == "orders-p_Ab1/workflow.yaml: step 'b' uses './b/entry.py', but that file does not exist."
    )


def test_two_steps_of_one_name(refused, pipedream: Path):
    """They would be one file."""
    write(pipedream, step("a"), step("a"))

    assert refused(pipedream) == "orders-p_Ab1/workflow.yaml: two steps are called 'a'."


@pytest.mark.parametrize("name", ["2nd", "a-b", "a b", "", "../x", "naïve", None, 7, ["a"]])
def test_names_that_are_no_identifiers(refused, pipedream: Path, name: object):
    """A step is a Python file."""
    write(pipedream, {"namespace": name, "uses": "http-get-request@1.0.0"})

    assert f"a step is called {name!r}; a name may only have letters, digits and _, and no digit first." in refused(
        pipedream
    )


def test_a_step_called_trigger(refused, pipedream: Path):
    """pd.steps["trigger"] is the trigger's."""
    write(pipedream, step("trigger"))

    assert "a step is called 'trigger'" in refused(pipedream)


def test_a_step_that_would_hide_the_runtime(refused, pipedream: Path):
    """Its file comes before the runtime's package on the path."""
    write(pipedream, step("interlude"))

    assert "which would hide the package interlude" in refused(pipedream)


@pytest.mark.parametrize("uses", ["../../etc/passwd.py", "./../other/entry.py", "/etc/passwd", "./a\\..\\entry.py"])
def test_a_path_outside_of_the_project(refused, pipedream: Path, uses: str):
    """However it is written."""
    write(pipedream, {"namespace": "a", "uses": uses})

    assert f"names the file {uses!r}" in refused(pipedream)


def test_a_link_that_leads_outside(refused, pipedream: Path, tmp_path: Path):
    """A step's own file."""
    folder = write(pipedream, step("a"))
    (tmp_path / "secret.py").write_text("TOKEN = 1", encoding="utf-8")
    (folder / "a" / "entry.py").unlink()
    (folder / "a" / "entry.py").symlink_to(tmp_path / "secret.py")

    assert "which is outside the workflow's folder" in refused(pipedream)


@pytest.mark.parametrize("name", ["helper.py", "data"])
def test_a_file_beside_the_steps_that_leads_outside(refused, pipedream: Path, tmp_path: Path, name: str):
    """A link to a file, or to a folder."""
    folder = write(pipedream, step("a"))
    (tmp_path / "outside").mkdir()
    (folder / name).symlink_to(tmp_path / "outside")

    assert f"names the file {name!r}, which is outside" in refused(pipedream)


def test_a_workflow_file_that_is_a_link_to_outside(refused, pipedream: Path, tmp_path: Path):
    """It is not read."""
    folder = write(pipedream, step("a"))
    (folder / "workflow.yaml").rename(tmp_path / "elsewhere.yaml")
    (folder / "workflow.yaml").symlink_to(tmp_path / "elsewhere.yaml")

    assert refused(pipedream) == (
        "orders-p_Ab1 names the file 'workflow.yaml', which is outside the workflow's folder."
    )


def test_another_schema(refused, pipedream: Path):
    """What is not known is not guessed."""
    write(pipedream, step("a"), schema="workflow/2031.01")

    assert "has the schema 'workflow/2031.01'; only 'workflow/2022.04' is supported." in refused(pipedream)


@pytest.mark.parametrize("path", ["", "  "])
def test_an_empty_path(refused, path: str):
    """It is not the current folder."""
    assert refused(path).startswith("PATH is empty; give a GitHub Sync repository")


def test_a_path_that_is_not_there(refused, tmp_path: Path):
    """And what to give instead."""
    assert refused(tmp_path / "none") == (
        f"{tmp_path / 'none'} does not exist; "
        "give a GitHub Sync repository, a workflow's folder in it, or an export's ZIP."
    )


def test_a_path_without_a_workflow(refused, pipedream: Path):
    """An empty folder."""
    assert refused(pipedream) == (
        f"{pipedream} has no workflow: it contains neither a workflow.yaml nor a manifest.json."
    )


def test_two_workflows_of_one_name(refused, pipedream: Path):
    """Their ids differ, but their names here would not."""
    write(pipedream, step("a"), name="orders-p_1")
    write(pipedream, step("a"), name="sales/Orders-p_2")

    assert refused(pipedream) == (
        "orders-p_1 and sales/Orders-p_2 would both be called 'Orders': rename one of the folders."
    )


@pytest.mark.parametrize("name", ["api-p_1", "Failures-p_1", "watch-p_1", "my orders-p_1"])
def test_a_workflow_whose_name_is_taken_or_none(refused, pipedream: Path, name: str):
    """Folders of Interlude's own, and names that AWS does not take."""
    write(pipedream, step("a"), name=name)

    assert f"The workflow's folder is called {name!r}" in refused(pipedream)


def test_a_module_with_the_name_of_a_step(refused, pipedream: Path):
    """Both would be one file."""
    folder = write(pipedream, step("prices"))
    (folder / "prices.py").write_text("A = 1", encoding="utf-8")

    assert refused(pipedream).startswith("orders-p_Ab1/prices.py has the name of the file of a step")


def test_a_module_that_would_hide_the_runtime(refused, pipedream: Path):
    """Modules lie beside the steps."""
    folder = write(pipedream, step("a"))
    (folder / "botocore").mkdir()
    (folder / "botocore" / "__init__.py").touch()

    assert "orders-p_Ab1/botocore/__init__.py would hide a package" in refused(pipedream)


@pytest.mark.parametrize(
    ("top", "told"),
    [
        ({"steps": "a"}, "steps is 'a', but it must be a list."),
        ({"steps": ["a"]}, "a step is 'a', but it must be an object."),
        ({"settings": [1]}, "settings is '[1]', but it must be an object."),
        ({"triggers": {"id": "hi_1"}}, "triggers is"),
        ({"inactive": "perhaps"}, "has inactive: 'perhaps', but it must be true or false."),
        ({"settings": {"lambda_timeout": "long"}}, "has lambda_timeout: 'long', but it must be a whole number."),
    ],
)
def test_values_of_another_kind(refused, pipedream: Path, top: dict[str, object], told: str):
    """Each names the value, and what it must be."""
    write(pipedream, **top)

    assert told in refused(pipedream)


def test_a_workflow_that_is_not_there(refused, pipedream: Path):
    """--workflow with a name that the project does not have."""
    write(pipedream, step("a"))

    assert refused(pipedream, "--workflow", "invoices") == (
        f"Workflow 'invoices' is not in {pipedream}; it has orders."
    )


def test_nothing_is_written_when_one_of_many_is_wrong(refused, pipedream: Path):
    """First everything is checked."""
    write(pipedream, step("a"), name="good-p_1")
    write(pipedream, step("a"), step("a"), name="wrong-p_2")

    assert "wrong-p_2/workflow.yaml: two steps" in refused(pipedream)


def test_a_project_that_is_none(bring: Import, pipedream: Path, tmp_path: Path):
    """Without a template there is nothing to import into."""
    write(pipedream, step("a"))

    result = bring(pipedream, "--project", str(tmp_path / "elsewhere"))

    assert (result.code, result.out) == (1, "")
    assert result.err.startswith(f"{tmp_path / 'elsewhere' / 'template.yaml'} does not exist; ")


@pytest.mark.parametrize("text", ["Resources: {}\n", "[1, 2]\n", "a: b: c\n", "Resources: {A: {Type: B}}\n", "\0"])
def test_a_template_that_is_none(bring: Import, project: Path, pipedream: Path, text: str):
    """Nothing is put into what is not understood."""
    write(pipedream, step("a"))
    (project / "template.yaml").write_text(text, encoding="utf-8")
    before = snapshot(project)

    result = bring(pipedream)

    assert (result.code, result.err.count("\n"), snapshot(project)) == (1, 1, before)


def test_a_report_that_cannot_be_written(refused, pipedream: Path, tmp_path: Path):
    """It is checked before the rest is written."""
    write(pipedream, step("a"))

    assert refused(pipedream, "--report", str(tmp_path)).startswith(f"The report can't be written to {tmp_path}")


def archive(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["../evil.json", "/evil.json", "a/../../evil.json", "C:\\evil.json"])
def test_a_zip_that_leads_outside(refused, tmp_path: Path, name: str):
    """No file of it is unpacked outside of its folder."""
    path = archive(tmp_path / "export.zip", {"manifest.json": b"{}", name: b"{}"})

    assert refused(path) == f"{path} holds the file {name!r}, which would be outside the folder."
    assert not (tmp_path / "evil.json").exists()


def test_a_zip_that_is_a_bomb(refused, tmp_path: Path):
    """Its size is asked for before anything is unpacked."""
    path = archive(tmp_path / "export.zip", {f"{number}.json": bytes(21_000_000) for number in range(10)})

    assert refused(path) == f"{path} holds more than 200 MB or 10000 files when it is unpacked."


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 half of one"])
def test_a_file_that_is_no_zip(refused, tmp_path: Path, content: bytes):
    """Whatever it is called."""
    path = tmp_path / "export.zip"
    path.write_bytes(content)

    assert refused(path).startswith(f"{path} is not a readable ZIP: ")


def test_a_zip_with_a_damaged_file(refused, tmp_path: Path):
    """The check sum tells."""
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("manifest.json", b'{"name": "here"}')
    path.write_bytes(path.read_bytes().replace(b"here", b"gone"))

    assert "is not a readable ZIP" in refused(path)


def test_a_report_that_is_a_pipe(refused, pipedream: Path, tmp_path: Path):
    """It would wait for a reader; of a device, nothing would be left."""
    write(pipedream, step("a"))
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")

    for name in ("pipe", "link"):
        assert refused(pipedream, "--report", str(tmp_path / name)) == (
            f"The report can't be written to {tmp_path / name}; --report must be a regular file in an existing folder."
        )
    assert (tmp_path / "pipe").is_fifo()


def test_a_folder_that_may_not_be_read(refused, pipedream: Path, monkeypatch: pytest.MonkeyPatch):
    """Whichever it is: PATH, or a step's."""
    folder = write(pipedream, step("a"))
    scan = os.scandir

    def denied(path: str) -> object:
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", denied)
    for closed in (pipedream, folder, folder / "a"):
        assert refused(pipedream) == f"{closed} can't be read: Permission denied."


def test_steps_whose_names_differ_in_case_only(refused, pipedream: Path):
    """They would be one file where somebody works on a Mac."""
    write(pipedream, step("sum_up"), step("Sum_Up"))

    assert refused(pipedream) == (
        "orders-p_Ab1/workflow.yaml: 'sum_up' and 'Sum_Up' are the same file on some systems: rename a step."
    )


def test_a_workflow_whose_name_differs_in_case_from_one_that_is_there(refused, pipedream: Path, project: Path):
    """They would be one folder."""
    write(pipedream, step("a"), name="Counter-p_1")

    functions = project / "functions"
    assert refused(pipedream) == (
        f"{functions / 'Counter'} and {functions / 'counter'} are the same folder on some systems: rename one of them."
    )


def test_the_project_itself(refused, project: Path):
    """It has Pipedream projects for its own tests."""
    write(project / "tests", step("a"))

    assert refused(project) == (
        f"{project} is the target project itself; "
        "give a GitHub Sync repository, a workflow's folder in it, or an export's ZIP."
    )
    assert "has no workflow" in refused(project.parent)
