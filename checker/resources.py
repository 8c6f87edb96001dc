"""The steps and the workflows of a template."""

import re
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from checker.finding import Finding
from checker.values import Duplicate, Value, read
from sync.errors import Refused
from sync.nodes import FUNCTION, MACHINE

STEP_HANDLER = "interlude.step.handler"
DEFINITION = "workflow.asl.json"
STACK = "${AWS::StackName}-"

_ENTRY = re.compile(r"(?P<name>[^=,\s]+)=\$\{(?P<function>\w+)(?:\.(?P<attribute>\w+))?\}")


@dataclass(frozen=True)
class Entry:
    """One entry of a workflow's Steps: its text and its parts; `name` is empty if the text is malformed."""

    text: str
    name: str = ""
    function: str = ""
    attribute: str = ""


class Resource:
    """A resource of the template, with its defaults from Globals."""

    def __init__(self, logical_id: str, value: Value, defaults: Value | None, template: Path) -> None:
        self.logical_id = logical_id
        self.value = value
        self._defaults = defaults
        self._template = template

    @property
    def line(self) -> int:
        return self.value.line

    def property(self, *keys: str) -> Value | None:
        own = self.value.at("Properties", *keys)
        if own or not self._defaults:
            return own
        return self._defaults.at(*keys)

    def finding(self, at: Value | None, text: str, *unusable: str) -> Finding:
        """A mistake in this resource, at this value or in the resource as a whole."""
        return Finding(self._template, (at or self.value).line, text, self.logical_id, unusable)

    def policies(self) -> list[Value]:
        found = self.property("Policies")
        return found.elements() if found else []

    def has_policy(self, logical_id: str) -> bool:
        """Whether one of its policies is a resource of the template."""
        return any((reference := each.at("Ref")) and reference.text == logical_id for each in self.policies())

    def allows(self, action: str) -> bool:
        """Whether the owner's policies allow an action, by its name or by a pattern with *."""
        return any(fnmatch(action.lower(), each.lower()) for each in self.actions())

    def actions(self) -> set[str]:
        """The actions that the owner's policies allow, as they are written."""
        statements = [
            each for policy in self.policies() if (found := policy.at("Statement")) for each in found.elements()
        ]
        allowing = [each for each in statements if (effect := each.at("Effect")) and effect.text == "Allow"]
        lists = [action.elements() for each in allowing if (action := each.at("Action"))]
        return {each.text for actions in lists for each in actions if each.text}


class Function(Resource):
    """A Lambda function."""

    @property
    def is_step(self) -> bool:
        handler = self.property("Handler")
        return handler is not None and handler.text == STEP_HANDLER

    @property
    def step(self) -> Value | None:
        return self.property("Environment", "Variables", "STEP")

    @property
    def name(self) -> str:
        """The text of its FunctionName in !Sub, or empty."""
        given = self.property("FunctionName")
        return (given.sub if given else None) or ""

    @property
    def code(self) -> tuple[Value, Path] | None:
        """Its CodeUri, and the folder's path, which need not exist; None if the code is not in a folder."""
        given = self.property("CodeUri")
        if given is None or given.text is None or given.text.startswith("s3://"):
            return None
        return given, self._template.parent / given.text


class Machine(Resource):
    """The state machine of a workflow."""

    def __init__(self, logical_id: str, value: Value, defaults: Value | None, template: Path) -> None:
        super().__init__(logical_id, value, defaults, template)
        self.entries = list(self._entries())

    @property
    def is_workflow(self) -> bool:
        """Whether it is a workflow: a template may have other state machines."""
        uri = self.property("DefinitionUri")
        return (uri is not None and Path(uri.text or "").name == DEFINITION) or self.substitution("Steps") is not None

    @property
    def definition(self) -> Path | None:
        """The file of its DefinitionUri, which need not exist; None for one that is not local."""
        given = self.property("DefinitionUri")
        if given is None or given.text is None or given.text.startswith("s3://"):
            return None
        return self._template.parent / given.text

    @property
    def workflow(self) -> str:
        """The workflow's name, or empty."""
        given = self.substitution("Workflow")
        return (given.text if given else None) or ""

    @property
    def prefix(self) -> str:
        """The prefix of the names of its steps' functions."""
        return f"{STACK}{self.workflow}-"

    def callees(self) -> list[Value]:
        """The FunctionName of each of its LambdaInvokePolicies."""
        return [each for policy in self.policies() if (each := policy.at("LambdaInvokePolicy", "FunctionName"))]

    def may_call(self, function: "Function") -> bool:
        """Whether one of its policies has the function's name or its prefix; the owner's own policies are trusted."""
        if self.property("Role") or self.allows("lambda:InvokeFunction"):
            return True
        return any(
            ((reference := each.at("Ref")) and reference.text == function.logical_id)
            or (each.sub and function.name.startswith(each.sub))
            for each in self.callees()
        )

    @property
    def is_named(self) -> bool:
        """Whether its Name is made from the workflow's."""
        name = self.property("Name")
        return name is not None and name.sub == STACK + self.workflow

    def substitution(self, name: str) -> Value | None:
        return self.property("DefinitionSubstitutions", name)

    def _entries(self) -> list[Entry]:
        given = self.substitution("Steps")
        # Without !Sub it is wrong, but still readable.
        text = given and (given.sub or given.text)
        if not text:
            return []
        return [_entry(part) for part in text.split(",")]


def _entry(text: str) -> Entry:
    match = _ENTRY.fullmatch(text)
    if not match:
        return Entry(text)
    return Entry(text, match["name"], match["function"], match["attribute"] or "")


class Template:
    """A SAM template. Raises Refused for any other file, or an unreadable one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        document = read(path)
        if not self._resources(document.root):
            raise Refused(f"{path} has no Resources; it must be a SAM template.")
        self.duplicates: list[Duplicate] = document.duplicates
        functions, machines = (
            [
                (logical_id, value, document.root.at("Globals", kind.rpartition("::")[2]), path)
                for logical_id, value in self._resources(document.root)
                if (of := value.at("Type")) and of.text == kind
            ]
            for kind in (FUNCTION, MACHINE)
        )
        self.functions = {each[0]: Function(*each) for each in functions}
        self.workflows = [each for each in (Machine(*each) for each in machines) if each.is_workflow]

    @staticmethod
    def _resources(root: Value) -> list[tuple[str, Value]]:
        resources = root.at("Resources")
        return resources.items() if resources else []

    def naming(self, function: str) -> list[tuple[Machine, Entry]]:
        """The workflows that have this function in their Steps."""
        return [(each, entry) for each in self.workflows for entry in each.entries if entry.function == function]

    def functions_of(self, machine: Machine) -> list[Function]:
        named = dict.fromkeys(entry.function for entry in machine.entries)
        found = (self.functions[each] for each in named if each in self.functions)
        return [each for each in found if each.is_step]
