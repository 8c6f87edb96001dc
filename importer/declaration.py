"""The workflow.yaml that an import writes: from Pipedream, and from what its owner has put there."""

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from importer.drafts import Made
from importer.workflow import Outcome, Remark, Workflow
from sync import document, lines, names, places, reading
from sync.nodes import dump, plain
from sync.workflow import Step
from sync.workflow import Workflow as Declared

MARK = "(imported from Pipedream)"
"""Ends the notes of each imported step: --replace removes only the files of such steps."""


class Declaration:
    """The workflow.yaml of a workflow, which may not exist yet. Raises Refused for a mistake in it."""

    def __init__(self, workflow: str, content: bytes | None) -> None:
        self._workflow = workflow
        self._content = content
        self._text = ""
        self.declared: Declared | None = None
        self._steps: dict[str, Step] = {}
        if content is not None:
            file = f"functions/{workflow}/workflow.yaml"
            self._text = document.decode(content, file)
            self.declared = reading.parse(self._text, file, workflow)
            self._steps = {step.name: step for step in self.declared.steps}

    def step(self, name: str) -> Step | None:
        """What the file declares of a step."""
        return self._steps.get(name)

    def imported_steps(self) -> set[str]:
        """The steps whose files come from an import."""
        return {name for name, step in self._steps.items() if step.description.endswith(MARK)}

    def content(self, workflow: Workflow, drafts: list[Made]) -> bytes:
        """The text with the steps that run. Unchanged parts keep their form."""
        if self._content is None:
            return dump(_new(workflow, drafts)).encode()
        root = document.load(self._text, "workflow.yaml")
        before = plain(root)
        _set_title(root, workflow)
        _set_limits(root, workflow)
        _set_steps(root, workflow, drafts)
        after = plain(root)
        keys = [key for key in after if after[key] != before.get(key)]
        if not keys:
            return self._content
        return _with_keys(self._text, root, keys).encode()

    def remarks(self) -> list[Remark]:
        """The functions that are not called like their steps."""
        return [
            Remark(
                Outcome.IMPORTED,
                step.name,
                f"Its function is called <stack>-{self._workflow}-{step.function}: Lambda takes "
                f"{names.FUNCTION_LENGTH} characters.",
            )
            for step in self._steps.values()
            if step.function != step.name
        ]


def _new(workflow: Workflow, drafts: list[Made]) -> CommentedMap:
    """Options are written once: from then on they are the owner's."""
    root = CommentedMap()
    _set_title(root, workflow)
    if any(draft.findings.responds for draft in drafts):
        root["options"] = "respond"
    if workflow.inactive:
        root["inactive"] = True
    if workflow.quiet:
        root["settings"] = CommentedMap(error_notification=False)
    _set_limits(root, workflow)
    _set_steps(root, workflow, drafts)
    return root


def _set_title(root: CommentedMap, workflow: Workflow) -> None:
    if workflow.title != workflow.name:
        root["name"] = workflow.title


def _set_limits(root: CommentedMap, workflow: Workflow) -> None:
    settings = {"lambda_timeout": workflow.timeout, "lambda_memory": workflow.memory}
    for key, value in settings.items():
        if value is not None:
            root.setdefault("settings", CommentedMap())[key] = value


def _set_steps(root: CommentedMap, workflow: Workflow, drafts: list[Made]) -> None:
    nodes: dict[str, CommentedMap] = {}
    for element in root.get("steps", ()):
        node = element if isinstance(element, CommentedMap) else CommentedMap(namespace=element)
        nodes[node["namespace"]] = node
    steps = [_step(nodes.get(draft.step.name), draft, workflow) for draft in drafts]
    if [draft.step.name for draft in drafts] != list(nodes):
        root["steps"] = CommentedSeq(steps)
        return
    # In their places, which comments belong to.
    for index, step in enumerate(steps):
        root["steps"][index] = step


def _step(node: CommentedMap | None, draft: Made, workflow: Workflow) -> CommentedMap:
    name = draft.step.name
    if node is None:
        node = CommentedMap(namespace=name)
    notes = draft.step.notes or f"Step {name} of {workflow.title}"
    end = "" if draft.by_hand else f" {MARK}"
    node["notes"] = reading.description(notes, end)
    function = names.shortened(name, names.room(workflow.name))
    if function != name:
        node.setdefault("function", function)
    _set_accounts(node, sorted(draft.inputs.accounts))
    declared = draft.declared.secrets if draft.declared else {}
    _add_secrets(node, [variable for variable in draft.variables if variable not in declared])
    return node


def _set_accounts(node: CommentedMap, accounts: list[str]) -> None:
    """Where each one lies is up to its owner."""
    present = node.get("accounts", ())
    if set(present) == set(accounts):
        return
    if not accounts:
        del node["accounts"]
    elif isinstance(present, CommentedMap):
        node["accounts"] = CommentedMap({name: present.get(name, places.ACCOUNTS + name) for name in accounts})
    else:
        node["accounts"] = _list(accounts)


def _add_secrets(node: CommentedMap, variables: list[str]) -> None:
    """Those that are there stay where they are."""
    present = node.get("secrets")
    if isinstance(present, CommentedMap):
        present.update({name: places.SECRETS + name for name in variables})
    elif variables:
        node["secrets"] = _list([*(present or ()), *variables])


def _list(elements: list[str]) -> CommentedSeq:
    node = CommentedSeq(elements)
    node.fa.set_flow_style()
    return node


def _with_keys(text: str, root: CommentedMap, keys: list[str]) -> str:
    """The text with some keys of the root written again; all others stay as they are, comments and all."""
    if root.fa.flow_style():
        return dump(root)
    edit = lines.Edit(text, "\n")
    starts = lines.starts(root)
    for key in keys:
        start = starts.get(key, len(edit.lines))
        end = min((line for line in starts.values() if line > start), default=len(edit.lines))
        edit.remove(range(start, _end(edit.lines, start, end)))
        block = lines.split(dump(CommentedMap({key: root[key]})))
        edit.insert(start, "".join(block[: _end(block, 0, len(block))]))
    return edit.text()


def _end(text_lines: list[str], start: int, end: int) -> int:
    """Without the comments and empty lines that belong to what comes after it."""
    while end > start + 1 and lines.is_between(text_lines[end - 1], 0):
        end -= 1
    return end
