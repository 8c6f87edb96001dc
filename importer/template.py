"""Puts workflows into the text of template.yaml, and leaves every other character as it is. Called by project.

A round trip through a YAML library would change quotes and indentation, so that it only says on which line what stands.
"""

import re
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from importer.errors import Refused, one_line
from importer.nodes import FUNCTION, MACHINE, OWN, below, owned, plain, workflow_of

# The environment variables that an import writes.
RUNTIMES = ("STEP", "ACCOUNTS", "SECRETS")
# What YAML takes for the end of a line; str.splitlines knows more.
_LINE = re.compile("[^\n\r\x85\u2028\u2029]*(?:\r\n|[\n\r\x85\u2028\u2029])|[^\n\r\x85\u2028\u2029]+$")


class Template:
    """The text of a template, and what it says. Raises Refused where it is none that workflows can be put into."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self._name = text, name
        try:
            yaml = YAML()
            yaml.preserve_quotes = True
            document = yaml.load(text.removeprefix("\ufeff"))
        except (YAMLError, ValueError) as error:
            raise Refused(f"{name} is not valid YAML: {one_line(error)}.") from None
        resources = document.get("Resources") if isinstance(document, CommentedMap) else None
        if not isinstance(resources, CommentedMap) or not resources.lc.data or resources.fa.flow_style():
            raise Refused(f"{name} is no template of a SAM project: it has no Resources, one below the other.")
        self._lines: list[str] = _LINE.findall(text)
        self._nodes = resources
        self._starts = _starts(resources)
        after = [line for line in _starts(document).values() if line > max(self._starts.values())]
        self._end = min(after, default=len(self._lines))
        self._indent = " " * _column(resources)
        self.resources: dict[str, Any] = {name: plain(resources[name]) for name in self._starts}
        variables = below(plain(document), "Globals", "Function", "Environment", "Variables") or {}
        self.variables = {*variables, *RUNTIMES}

    def of_workflow(self, workflow: str) -> dict[str, Any]:
        """The resources that are this workflow's: functions of its folder, and its state machine."""
        return {name: each for name, each in self.resources.items() if workflow_of(each) == workflow}

    def written(self, workflow: str) -> dict[str, Any]:
        """Its resources with those properties only that an import writes."""
        return {name: owned(each, own=True) for name, each in self.of_workflow(workflow).items()}

    def options(self, workflow: str) -> str | None:
        """The Options that the workflow has, which are its owner's once it is there."""
        for each in self.of_workflow(workflow).values():
            options = below(each, "Properties", "DefinitionSubstitutions", "Options")
            if isinstance(options, str):
                return options
        return None

    def made(self) -> int:
        """About how many resources CloudFormation gets: SAM makes roles, versions and aliases of these."""
        per_type = {FUNCTION: 2, MACHINE: 2}
        versions = sum(2 for each in self.resources.values() if below(each, "Properties", "AutoPublishAlias"))
        return versions + sum(per_type.get(below(each, "Type"), 1) for each in self.resources.values())

    def own_variables(self, name: str) -> dict[str, Any]:
        """The environment variables of a step's function that its owner has added, as parsed nodes."""
        node: Any = self._nodes.get(name)
        for key in ("Properties", "Environment", "Variables"):
            node = node.get(key) if isinstance(node, CommentedMap) else None
        variables = node if isinstance(node, CommentedMap) else {}
        return {str(key): each for key, each in variables.items() if key not in RUNTIMES}

    def version_description(self) -> str:
        """What the steps that are there have: the parameters that a new version is made for."""
        for each in self.resources.values():
            text = below(each, "Properties", "VersionDescription", "!Sub")
            if below(each, "Type") == FUNCTION and isinstance(text, str):
                return text
        return "${NotifyAddress} ${StepMemory} ${RetentionDays} ${SuspendTimeoutAction}"

    def with_workflows(self, rendered: dict[str, dict[str, str]]) -> "Template":
        """A template with these resources for each workflow, in the place of those that it had."""
        newline = "\r\n" if self._lines[0].endswith("\r\n") else "\n"
        dropped: set[int] = set()
        added: dict[int, str] = {}
        had = {workflow: self.of_workflow(workflow) for workflow in rendered}
        places = {workflow: min(map(self._starts.__getitem__, names)) for workflow, names in had.items() if names}
        last = self._last_workflow()
        # The new ones after those that stay in their places: one of these may be the last.
        for workflow in sorted(rendered, key=lambda workflow: workflow not in places):
            texts = [self._indented(text + self._others(name), newline) for name, text in rendered[workflow].items()]
            place = places.get(workflow, places.get(workflow_of(self.resources[last]) or ""))
            for name in had[workflow]:
                dropped.update(self._lines_of(name))
            if place is None:
                added[self._end_of(last)] = added.get(self._end_of(last), "") + "".join(
                    newline + each for each in texts
                )
            else:
                added[place] = added.get(place, "") + "".join(each + newline for each in texts)
        lines = list(self._lines)
        if not lines[-1].endswith(("\n", "\r")):
            lines[-1] += newline
        kept = (added.get(at, "") + ("" if at in dropped else line) for at, line in enumerate(lines))
        text = "".join(kept) + added.get(len(lines), "")
        template = Template(text, self._name)
        self._check(template.resources, rendered, {name for names in had.values() for name in names})
        return template

    def _check(self, made: dict[str, Any], rendered: dict[str, dict[str, str]], had: set[str]) -> None:
        """Raises Refused if what was to stay as it was is anything else."""
        new = {name for resources in rendered.values() for name in resources}
        stays = {name: each for name, each in self.resources.items() if name not in had}
        theirs = {name: owned(self.resources[name], own=False) for name in had & new}
        if {name: each for name, each in made.items() if name not in new} != stays or theirs != {
            name: owned(made[name], own=False) for name in theirs
        }:
            raise Refused(f"{self._name} has a form into which workflows can't be put without other changes.")

    def _lines_of(self, name: str) -> range:
        """A resource's lines, and the empty ones after it."""
        end = self._end_of(name)
        while end < len(self._lines) and not self._lines[end].strip():
            end += 1
        return range(self._starts[name], end)

    def _last_workflow(self) -> str:
        """The resource to put a new workflow after."""
        machines = [name for name, each in self.resources.items() if below(each, "Type") == MACHINE]
        return max(machines or self._starts, key=lambda name: self._starts[name])

    def _end_of(self, name: str) -> int:
        """The line after the last one of a resource; comments before the next resource are the next one's."""
        start = self._starts[name]
        end = min((line for line in (*self._starts.values(), self._end) if line > start), default=self._end)
        while end > start + 1 and _is_between(self._lines[end - 1], len(self._indent)):
            end -= 1
        return end

    def _others(self, name: str) -> str:
        """The properties of a resource that no import writes, as they stand there, for the end of a rendered one."""
        properties = self._nodes.get(name, {}).get("Properties")
        if not isinstance(properties, CommentedMap) or not properties.lc.data or properties.fa.flow_style():
            return ""
        own = OWN.get(self.resources[name].get("Type"), set())
        starts, column = _starts(properties), _column(properties)
        text = ""
        for key in (key for key in starts if key not in own):
            start = starts[key]
            end = min((line for line in starts.values() if line > start), default=self._end_of(name))
            while end > start + 1 and _is_between(self._lines[end - 1], column):
                end -= 1
            while _is_between(self._lines[start - 1], column) and self._lines[start - 1].strip():
                start -= 1
            for line in self._lines[start:end]:
                kept = line[column:] if line[:column].isspace() else line.lstrip()
                text += f"    {kept}" if kept.strip() else "\n"
        return text

    def _indented(self, text: str, newline: str) -> str:
        return "".join((f"{self._indent}{line}" if line else "") + newline for line in text.splitlines())


def _starts(node: CommentedMap) -> dict[str, int]:
    """The line of each key that stands in a node, and does not only come from another."""
    return {str(key): at[0] for key, at in node.lc.data.items()}


def _column(node: CommentedMap) -> int:
    return int(next(iter(node.lc.data.values()))[1])


def _is_between(line: str, indent: int) -> bool:
    text = line.strip()
    return not text or (text.startswith("#") and len(line) - len(line.lstrip()) <= indent)
