"""Puts workflows into the text of template.yaml, and leaves every other character unchanged.

A round trip through a YAML library would change quotes and indentation, so the text itself is edited.
"""

from collections.abc import Collection, Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from sync import lines, names, resources, sections, trees
from sync.errors import Refused
from sync.nodes import FUNCTION, MACHINE, below, plain, step_of, workflow_of
from sync.workflow import Workflow

RESOURCES_OF = {FUNCTION: 2, MACHINE: 2}
"""How many resources SAM makes of one of these; one of all others."""
RESOURCES_OF_A_VERSION = 2

DESCRIPTION = "${Release} ${NotifyAddress} ${MailFrom} ${StepMemory} ${RetentionDays} ${SuspendTimeoutAction}"
"""The VersionDescription of a template that has no step yet: the parameters that a new version is made for."""


_DOCUMENTS = 4
_documents: dict[str, CommentedMap] = {}
"""By text. Parsing a template takes a second, and a command reads the same one several times."""


class Template:
    """The text of a template, and its content. Raises Refused if workflows can't be put into it."""

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.name = name
        document = _document(text, name)
        nodes = document["Resources"]
        self._document = plain(document)
        self._lines = lines.split(text)
        self._newline = "\r\n" if self._lines[0].endswith("\r\n") else "\n"
        self._indent = " " * lines.column(nodes)
        self._starts = lines.starts(nodes)
        last = max(self._starts.values())
        behind = [line for line in lines.starts(document).values() if line > last]
        self._end = min(behind, default=len(self._lines))
        self.resources: dict[str, Any] = {name: plain(nodes[name]) for name in self._starts}
        self.sections = sections.find(self._lines, name)

    @property
    def variables(self) -> set[str]:
        """The environment variables that every function has."""
        variables = below(self._document, "Globals", "Function", "Environment", "Variables")
        return set(variables or {})

    def of_workflow(self, workflow: str) -> dict[str, Any]:
        """The resources of this workflow: the functions of its folder that are steps, and its state machine."""
        return {name: node for name, node in self.resources.items() if workflow_of(node) == workflow}

    def of_section(self, workflow: str) -> dict[str, Any]:
        """The resources in the workflow's section."""
        section = self.sections.get(workflow)
        if section is None:
            return {}
        return {name: self.resources[name] for name, start in self._starts.items() if start in section.lines}

    def outside(self, workflow: Workflow) -> dict[str, Any]:
        """The workflow's resources outside of its section that are to be in it."""
        inside = self.of_section(workflow.name)
        steps = [None, *(step.name for step in workflow.steps)]
        nodes = self.of_workflow(workflow.name)
        return {name: node for name, node in nodes.items() if name not in inside and step_of(node) in steps}

    def line_of(self, resource: str) -> int:
        return self._starts[resource] + 1

    def count(self) -> int:
        """About how many resources CloudFormation gets: SAM adds roles, versions and aliases."""
        total = 0
        for node in self.resources.values():
            total += RESOURCES_OF.get(below(node, "Type"), 1)
            if below(node, "Properties", "AutoPublishAlias"):
                total += RESOURCES_OF_A_VERSION
        return total

    def body(self, workflow: Workflow, reserved: Collection[str] = ()) -> str:
        """What is to lie between the marks of the workflow's section. Other workflows have the `reserved` ids."""
        ids = self.logical_ids(workflow, reserved)
        text = resources.render(workflow, ids, self.version_description())
        return "".join(self._indent_line(line) for line in text.splitlines())

    def logical_ids(self, workflow: Workflow, reserved: Collection[str] = ()) -> dict[str, str]:
        """Of the steps, and of the machine by "".

        A resource keeps the one that it has: CloudFormation would replace it, and fail over its name.
        """
        present = self.of_workflow(workflow.name)
        ids = {step_of(node) or "": name for name, node in present.items()}
        in_use = {*self.resources, *reserved}
        for step in workflow.steps:
            self._add_id(ids, in_use, workflow.name, step.name)
        self._add_id(ids, in_use, workflow.name, "")
        return ids

    @staticmethod
    def _add_id(ids: dict[str, str], in_use: set[str], workflow: str, step: str) -> None:
        if step not in ids:
            ids[step] = names.logical_id(in_use, workflow, step)
            in_use.add(ids[step])

    def version_description(self) -> str:
        """That of the steps that are there."""
        for node in self.resources.values():
            text = below(node, "Properties", "VersionDescription", "!Sub")
            if below(node, "Type") == FUNCTION and isinstance(text, str):
                return text
        # An older template lacks the parameter.
        if below(self._document, "Parameters", "SnapStart"):
            return f"{DESCRIPTION} ${{SnapStart}}"
        return DESCRIPTION

    def with_sections(self, bodies: Mapping[str, str], obsolete: Collection[str] = ()) -> "Template":
        """A template with these sections, in place of its previous ones.

        An empty body takes its section away. The resources in `obsolete` go; the section of their workflow comes in the
        place of the first of them.
        """
        edit = lines.Edit(self.text, self._newline)
        for name in obsolete:
            edit.remove(self._lines_of(name))
        in_place = [workflow for workflow in bodies if self._place_of(workflow, obsolete) is not None]
        # The new ones come behind: one that stays in its place may be the last.
        for workflow in [*in_place, *(workflow for workflow in bodies if workflow not in in_place)]:
            self._put(edit, workflow, bodies[workflow], self._place_of(workflow, obsolete))
        template = Template(edit.text(), self.name)
        self._check(template, bodies, obsolete)
        return template

    def _put(self, edit: lines.Edit, workflow: str, body: str, place: int | None) -> None:
        text = sections.write(workflow, body, self._indent, self._newline)
        section = self.sections.get(workflow)
        if section and not body:
            edit.remove(self._with_empty_lines(section.begin, section.end + 1))
        elif section:
            edit.remove(section.lines)
            edit.insert(section.begin, text)
        elif place is not None:
            edit.insert(place, text + self._newline)
        else:
            edit.insert(self._end_of_workflows(), self._newline + text)

    def _check(self, template: "Template", bodies: Mapping[str, str], obsolete: Collection[str]) -> None:
        """Raises Refused if any other resource of the template has changed."""
        before = dict(self.resources)
        after = dict(template.resources)
        for workflow in bodies:
            for name in self.of_section(workflow):
                del before[name]
            for name in template.of_section(workflow):
                del after[name]
        for name in obsolete:
            before.pop(name, None)
        if before != after:
            raise Refused(f"{self.name} has a form into which workflows can't be put without other changes.")

    def _place_of(self, workflow: str, obsolete: Collection[str]) -> int | None:
        """The line of its section, or of the first resource that the section replaces."""
        if workflow in self.sections:
            return self.sections[workflow].begin
        starts = [self._starts[name] for name in self.of_workflow(workflow) if name in obsolete]
        return min(starts, default=None)

    def _end_of_workflows(self) -> int:
        """The line before which a new workflow comes: behind the last one, or behind all resources."""
        machines = [name for name, node in self.resources.items() if below(node, "Type") == MACHINE]
        last = max(machines or self._starts, key=self._starts.__getitem__)
        for section in self.sections.values():
            if self._starts[last] in section.lines:
                return section.end + 1
        return self._end_of(last)

    def _lines_of(self, name: str) -> range:
        """A resource's lines, and the empty ones after it."""
        return self._with_empty_lines(self._starts[name], self._end_of(name))

    def _with_empty_lines(self, start: int, end: int) -> range:
        while end < len(self._lines) and not self._lines[end].strip():
            end += 1
        return range(start, end)

    def _end_of(self, name: str) -> int:
        """The line after a resource's last one; comments before the next resource belong to that one."""
        start = self._starts[name]
        behind = [line for line in self._starts.values() if line > start]
        end = min([*behind, self._end])
        while end > start + 1 and lines.is_between(self._lines[end - 1], len(self._indent)):
            end -= 1
        return end

    def _indent_line(self, line: str) -> str:
        if not line:
            return self._newline
        return self._indent + line + self._newline


def _document(text: str, name: str) -> CommentedMap:
    """With Resources that stand one below the other. Raises Refused."""
    if text not in _documents:
        document = _parsed(text, name)
        while len(_documents) >= _DOCUMENTS:
            _documents.popitem()
        _documents[text] = document
    return _documents[text]


def _parsed(text: str, name: str) -> CommentedMap:
    yaml = YAML()
    yaml.preserve_quotes = True
    document: Any = trees.load(yaml, text.removeprefix("\ufeff"), name)
    nodes = document.get("Resources") if isinstance(document, CommentedMap) else None
    if not isinstance(nodes, CommentedMap) or not nodes.lc.data or nodes.fa.flow_style():
        raise Refused(f"{name} is not the template of a SAM project: it has no block of Resources.")
    root: CommentedMap = document
    return root
