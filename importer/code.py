"""Analyses a Python file: its imports, and the steps and variables that it reads."""

import ast
import re
import sys
import warnings
from dataclasses import dataclass, field

_IMPORT = re.compile(r"^[ \t]*(?:import[ \t]+([\w., \t]+)|from[ \t]+([\w.]+)[ \t]+import\b)", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*#[ \t]*pipedream[ \t]+(add|remove)-package[ \t]+(.+?)[ \t]*$", re.MULTILINE)
_HANDLER = re.compile(r"^(?:async[ \t]+)?def[ \t]+handler\b|^handler[ \t]*=|^from .*\bhandler\b", re.MULTILINE)
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STEP = re.compile(r"""\bsteps(?:\[|\.get\()\s*["'](\w+)["']""")
_VARIABLE = re.compile(r"""\benviron\[\s*["']([A-Za-z_][A-Za-z0-9_]*)["']\s*\](?!\s*=[^=])""")

_WIDE = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
_CONDITIONS = {"__name__", "TYPE_CHECKING", "find_spec", "platform", "system", "version_info"}
"""Names in the condition of an `if` around an optional import: of the Python, the system, or the module."""


@dataclass
class Findings:
    """`modules` are imported names with dots, `steps` and `variables` the names read from pd.steps and os.environ.
    `optional` are the variables read with get, `defaulted` those with a default. `responds` is whether the code calls
    pd.respond. `needed` are the required modules, each with the line of its first import, without those whose absence
    the code handles. `relative_line` is the line of the first relative import.
    """

    modules: set[str] = field(default_factory=set)
    needed: dict[str, int] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    steps: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)
    optional: set[str] = field(default_factory=set)
    defaulted: set[str] = field(default_factory=set)
    has_handler: bool = False
    responds: bool = False
    relative_line: int = 0
    problem: str = ""
    problem_line: int = 0


def look_at(code: bytes) -> Findings:
    """The findings on code, without running it."""
    text = code.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    found = Findings(
        added=[package for what, package in _COMMENT.findall(text) if what == "add"],
        removed=[package for what, package in _COMMENT.findall(text) if what == "remove"],
    )
    try:
        with warnings.catch_warnings():
            # Warnings are about the user's code: "\d" in a text, or `is` with a number.
            warnings.simplefilter("ignore")
            tree = ast.parse(code)
        _Visitor(found).visit(tree)
        found.has_handler = any(_binds_handler(node) for node in tree.body)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        _guess(text, found)
        found.problem = _problem(error)
        found.problem_line = getattr(error, "lineno", None) or 0
    return found


def _problem(error: BaseException) -> str:
    line = getattr(error, "lineno", None)
    problem = f"line {line}: {getattr(error, 'msg', error)}" if line else str(error)
    if sys.version_info < (3, 12):
        version = ".".join(map(str, sys.version_info[:2]))
        return f"Python {version} can't read it ({problem}). It may need a newer Python: try again with 3.12 or newer."
    return f"Python can't read it, and the step will fail: {problem}."


def _guess(text: str, found: Findings) -> None:
    """The findings from the text alone, for code that this Python can't parse."""
    for several, one in _IMPORT.findall(text):
        found.modules.update(name.split()[0] for name in (several or one).split(",") if name.strip())
    found.steps.update(_STEP.findall(text))
    found.variables.update(_VARIABLE.findall(text))
    found.has_handler = bool(_HANDLER.search(text))
    found.responds = "pd.respond(" in text


def _binds_handler(node: ast.AST) -> bool:
    """Whether a node may bind the name handler. `from … import *` may."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name == "handler"
    if isinstance(node, ast.Import | ast.ImportFrom):
        return any((alias.asname or alias.name) in ("handler", "*") for alias in node.names)
    if isinstance(node, ast.Name):
        return node.id == "handler" and isinstance(node.ctx, ast.Store)
    return any(map(_binds_handler, ast.iter_child_nodes(node)))


class _Visitor(ast.NodeVisitor):
    def __init__(self, found: Findings) -> None:
        self.found = found
        self._guards = 0

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._add(alias.name, node.lineno)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level:
            self.found.relative_line = self.found.relative_line or node.lineno
        elif node.module:
            self._add(node.module, node.lineno)
            # The names may be packages of a namespace: from google.cloud import storage.
            for alias in node.names:
                if alias.name != "*":
                    self._add(f"{node.module}.{alias.name}", node.lineno)

    def _add(self, module: str, line: int) -> None:
        self.found.modules.add(module)
        if not self._guards:
            self.found.needed.setdefault(module, line)

    def visit_Try(self, node: ast.Try) -> None:
        self._guarded(node.body, guards=any(map(_catches_import_error, node.handlers)))
        for other in (*node.handlers, *node.orelse, *node.finalbody):
            self.visit(other)

    def _guarded(self, body: list[ast.stmt], *, guards: bool) -> None:
        self._guards += guards
        for each in body:
            self.visit(each)
        self._guards -= guards

    def visit_With(self, node: ast.With) -> None:
        """`with suppress(ImportError):` is like a try."""
        calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
        caught = [each for call in calls if _name(call.func) == "suppress" for each in call.args]
        self._guarded(node.body, guards=any(_name(each) in _WIDE for each in caught))
        for item in node.items:
            self.visit(item)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        key = _text(node.slice)
        if key is not None and isinstance(node.ctx, ast.Load):
            self._read(node.value, key, self.found.variables)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Attribute) and node.func.attr == "respond":
            self.found.responds |= _name(node.func.value) == "pd"
        key = next(map(_text, node.args), None)
        if key is not None:
            got = self.found.defaulted if _has_default(node) else self.found.optional
            if _name(node.func) == "getenv" and _IDENTIFIER.fullmatch(key):
                got.add(key)
            elif isinstance(node.func, ast.Attribute) and node.func.attr == "get":
                self._read(node.func.value, key, got)
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        if _name(node.test) == "TYPE_CHECKING":
            node.body = []
        self.visit(node.test)
        asked = {_name(each) for each in ast.walk(node.test) if isinstance(each, ast.expr)}
        self._guarded([*node.body, *node.orelse], guards=bool(asked & _CONDITIONS))

    def _read(self, of: ast.expr, key: str, variables: set[str]) -> None:
        if _name(of) == "steps":
            self.found.steps.add(key)
        elif _name(of) == "environ" and _IDENTIFIER.fullmatch(key):
            variables.add(key)


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(each is None or _name(each) in _WIDE for each in caught)


def _has_default(call: ast.Call) -> bool:
    """Whether a call of get or getenv has a default other than None."""
    given = [*call.args[1:], *(keyword.value for keyword in call.keywords)]
    return any(not isinstance(each, ast.Constant) or each.value is not None for each in given)


def _name(node: ast.expr) -> str:
    """The last part of a.b.c; empty for any other expression."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    return ""


def _text(node: ast.expr) -> str | None:
    """The value of a text literal; None for any other expression."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return None
    return node.value
