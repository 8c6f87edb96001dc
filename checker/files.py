"""The rules for a workflow's folder: the steps' files and their imports."""

import sys
from collections.abc import Iterator
from pathlib import Path

from checker.finding import Finding
from checker.requirements import Requirements
from checker.resources import Entry, Function, Machine, Template
from importer.code import Findings, look_at
from importer.package_names import NAMESPACES, namespaced
from sync import names


def findings(template: Template) -> Iterator[Finding]:
    """The mistakes in each folder with steps; once, even if several workflows share it."""
    folders: dict[Path, list[Function]] = {}
    for function in template.functions.values():
        if function.is_step and function.code:
            folders.setdefault(function.code[1], []).append(function)
    for folder, functions in folders.items():
        yield from _Folder(folder, functions, template).findings()


class _Folder:
    def __init__(self, folder: Path, functions: list[Function], template: Template) -> None:
        self._folder = folder
        self._functions = functions
        self._template = template
        self._steps = {function.step.text for function in functions if function.step and function.step.text}
        self._files: dict[str, list[Path]] = {}
        """The files of each module in the folder, by its import name."""

    def findings(self) -> Iterator[Finding]:
        if not self._folder.is_dir():
            for function in self._functions:
                given = function.property("CodeUri")
                text = f"CodeUri is {given}, but the folder {self._folder} does not exist."
                machines = [machine.logical_id for machine, _ in self._template.naming(function.logical_id)]
                yield function.finding(given, text, function.logical_id, *machines)
            return
        self._files = _modules(self._folder)
        yield from self._missing()
        yield from self._hiding()
        read = self._read()
        for file, found in read.items():
            yield from self._of_code(file, found)
        yield from self._imports(read)

    def _missing(self) -> Iterator[Finding]:
        for function in self._functions:
            step = function.step
            naming = self._naming(function)
            # If Steps has another name, that is the mistake.
            agreed = not naming or any(step and entry.name == step.text for _, entry in naming)
            if step and step.text and agreed and not (self._folder / f"{step.text}.py").is_file():
                text = f"STEP is {step}, but {self._folder / step.text}.py does not exist; STEP must name a file."
                yield function.finding(step, text)

    def _hiding(self) -> Iterator[Finding]:
        for name in sorted(set(names.HIDING) & set(self._files)):
            # For a step in Steps, the finding is there.
            if not any(entry.name == name for each in self._functions for _, entry in self._naming(each)):
                path = self._folder / f"{name}.py"
                text = f"It {names.taken(name).removeprefix('which ')}; it must have another name."
                yield Finding(path if path.is_file() else self._folder / name, 0, text)

    def _naming(self, function: Function) -> list[tuple[Machine, Entry]]:
        return self._template.naming(function.logical_id)

    def _read(self) -> dict[Path, Findings]:
        """The steps' files, and the files in this folder that they import."""
        ahead = [path for step in sorted(self._steps) if (path := self._folder / f"{step}.py").is_file()]
        read: dict[Path, Findings] = {}
        while ahead:
            path = ahead.pop(0)
            if path not in read:
                read[path] = look_at(path.read_bytes())
                tops = {module.partition(".")[0] for module in read[path].modules}
                ahead += [file for top in sorted(tops & set(self._files)) for file in self._files[top]]
        return read

    def _of_code(self, file: Path, found: Findings) -> Iterator[Finding]:
        is_step = file.parent == self._folder and file.stem in self._steps
        if found.problem:
            yield Finding(file, found.problem_line, found.problem)
        elif is_step and not found.has_handler:
            yield Finding(file, 0, "It has no handler; a step must have a function handler(pd).")
        if file.parent == self._folder and found.relative_line:
            text = "It has a relative import, but is not in a package; it must import the module by its plain name."
            yield Finding(file, found.relative_line, text)

    def _imports(self, read: dict[Path, Findings]) -> Iterator[Finding]:
        needed = {file: _needed(found) for file, found in read.items()}
        modules = {module for each in needed.values() for module in each} - set(self._files)
        requirements = Requirements(self._folder / "requirements.txt", modules)
        for file, lines in needed.items():
            for module, line in lines.items():
                if module in self._files:
                    if module in sys.stdlib_module_names and module not in self._steps:
                        own = self._files[module][0]
                        yield Finding(
                            file,
                            line,
                            f"It imports {module}, which is a module of Python itself; {own} must have another name.",
                        )
                elif not self._brings_its_own and (text := requirements.missing(module)):
                    yield Finding(file, line, text)

    @property
    def _brings_its_own(self) -> bool:
        """Whether packages also come from elsewhere: from a layer, or from the owner's own build."""
        values = [each.value for each in self._functions]
        return any(each.at("Properties", "Layers") or each.at("Metadata", "BuildMethod") for each in values)


def _needed(found: Findings) -> dict[str, int]:
    """The required modules of code, by the line of their first import; those of google and azure with dots."""
    names = {module.partition(".")[0] for module in found.needed} - set(NAMESPACES) | namespaced(found.needed)
    lines = {
        name: min(line for module, line in found.needed.items() if f"{module}.".startswith(f"{name}."))
        for name in names
    }
    return dict(sorted(lines.items(), key=lambda each: (each[1], each[0])))


def _modules(folder: Path) -> dict[str, list[Path]]:
    files = {path.stem: [path] for path in sorted(folder.glob("*.py")) if path.is_file()}
    packages = {
        path.name: sorted(filter(Path.is_file, path.rglob("*.py")))
        for path in sorted(folder.iterdir())
        if path.is_dir()
    }
    return {name: found for name, found in packages.items() if found and name.isidentifier()} | files
