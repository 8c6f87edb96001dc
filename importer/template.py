"""Puts workflows into the text of template.yaml, and leaves every other character unchanged."""

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from importer import lines, trees
from importer.errors import Refused
from importer.kept import RUNTIMES, Kept, kept
from importer.nodes import FUNCTION, KEYS, MACHINE, OWN, below, owned, plain, step_of, workflow_of


class Template:
    """The text of a template, and its content. Raises Refused if workflows can't be put into it."""

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self._name = name
        yaml = YAML()
        yaml.preserve_quotes = True
        document = trees.load(yaml, text.removeprefix("\ufeff"), name)
        resources = document.get("Resources") if isinstance(document, CommentedMap) else None
        if not isinstance(resources, CommentedMap) or not resources.lc.data or resources.fa.flow_style():
            raise Refused(f"{name} is not the template of a SAM project: it has no block of Resources.")
        self._lines: list[str] = lines.split(text)
        self._nodes = resources
        self._starts = lines.starts(resources)
        after = [line for line in lines.starts(document).values() if line > max(self._starts.values())]
        self._end = min(after, default=len(self._lines))
        self._indent = " " * lines.column(resources)
        self.resources: dict[str, Any] = {name: plain(resources[name]) for name in self._starts}
        self._has_snap_start = bool(below(plain(document), "Parameters", "SnapStart"))
        variables = below(plain(document), "Globals", "Function", "Environment", "Variables") or {}
        self.variables = {*variables, *RUNTIMES}

    def of_workflow(self, workflow: str) -> dict[str, Any]:
        """The resources of this workflow: the functions of its folder, and its state machine."""
        return {name: each for name, each in self.resources.items() if workflow_of(each) == workflow}

    def written(self, workflow: str) -> dict[str, Any]:
        """Its resources with only those properties that an import writes."""
        return {name: owned(each, own=True) for name, each in self.of_workflow(workflow).items()}

    def options(self, workflow: str) -> str | None:
        """The current Options of the workflow, which belong to its owner once they exist."""
        for each in self.of_workflow(workflow).values():
            options = below(each, "Properties", "DefinitionSubstitutions", "Options")
            if isinstance(options, str):
                return options
        return None

    def made(self) -> int:
        """About how many resources CloudFormation gets: SAM adds roles, versions and aliases."""
        per_type = {FUNCTION: 2, MACHINE: 2}
        versions = sum(2 for each in self.resources.values() if below(each, "Properties", "AutoPublishAlias"))
        return versions + sum(per_type.get(below(each, "Type"), 1) for each in self.resources.values())

    def kept(self, workflow: str, step: str | None = None) -> Kept:
        """The parts of a step's function that belong to its owner; without a step, those of the workflow's machine."""
        for name, each in self.of_workflow(workflow).items():
            if step_of(each) == step:
                return kept(name, self._nodes[name])
        return Kept()

    def version_description(self) -> str:
        """The VersionDescription of the existing steps: the parameters whose change makes a new version."""
        for each in self.resources.values():
            text = below(each, "Properties", "VersionDescription", "!Sub")
            if below(each, "Type") == FUNCTION and isinstance(text, str):
                return text
        before = "${Release} ${NotifyAddress} ${MailFrom} ${StepMemory} ${RetentionDays} ${SuspendTimeoutAction}"
        if self._has_snap_start:  # an older template lacks the parameter
            return f"{before} ${{SnapStart}}"
        return before

    def with_workflows(self, rendered: dict[str, dict[str, str]]) -> "Template":
        """A template with these resources for each workflow, in place of its previous ones."""
        newline = "\r\n" if self._lines[0].endswith("\r\n") else "\n"
        dropped: set[int] = set()
        added: dict[int, str] = {}
        had = {workflow: self.of_workflow(workflow) for workflow in rendered}
        places = {workflow: min(map(self._starts.__getitem__, names)) for workflow, names in had.items() if names}
        last = self._last_workflow()
        # New workflows after the existing ones, one of which may be the last in the template.
        for workflow in sorted(rendered, key=lambda workflow: workflow not in places):
            texts = [self._indented(text + self._others(name), newline) for name, text in rendered[workflow].items()]
            place = places.get(workflow, places.get(workflow_of(self.resources[last]) or ""))
            for name in had[workflow]:
                dropped.update(self._lines_of(name))
            if place is None:
                end = self._end_of(last)
                added[end] = added.get(end, "") + "".join(newline + each for each in texts)
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
        """Raises Refused if any other part of the template has changed."""
        new = {name for resources in rendered.values() for name in resources}
        stays = {name: each for name, each in self.resources.items() if name not in had}
        theirs = {name: owned(self.resources[name], own=False) for name in had & new}
        if {name: each for name, each in made.items() if name not in new} != stays or theirs != {
            name: owned(made[name], own=False) for name in theirs
        }:
            raise Refused(f"{self._name} has a form in which workflows can't be inserted without other changes.")

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
        """The line after a resource's last one; comments before the next resource belong to that one."""
        start = self._starts[name]
        end = min((line for line in (*self._starts.values(), self._end) if line > start), default=self._end)
        while end > start + 1 and lines.is_between(self._lines[end - 1], len(self._indent)):
            end -= 1
        return end

    def _others(self, name: str) -> str:
        """The text of a resource's keys that no import writes, to append to the rendered resource."""
        resource = self._nodes.get(name)
        if not isinstance(resource, CommentedMap) or resource.fa.flow_style():
            return ""
        kind = self.resources[name].get("Type")
        end = self._end_of(name)
        begin = lines.starts(resource)
        below_properties = min((line for line in begin.values() if line > begin.get("Properties", end)), default=end)
        properties = lines.others(self._lines, resource.get("Properties"), OWN.get(kind, ()), below_properties, 4)
        return properties + lines.others(self._lines, resource, KEYS.get(kind, ()), end, 2)

    def _indented(self, text: str, newline: str) -> str:
        return "".join((f"{self._indent}{line}" if line else "") + newline for line in text.splitlines())
