"""How the repository reads: density of the product's code, names, import circles, and words of our own dialect.

`make bench ARGS=reading` prints the table; tests/unit/test_words.py keeps each figure from rising.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]

PRODUCT = ("layers", "functions", "service", "statemachine", "local", "sync", "importer", "checker", "cli")
"""Folders of the product; those that a tree does not have are passed over."""
NOT_OURS = {".build", ".aws-sam", "__pycache__"}

LONGEST_FUNCTION_LINES = 40

DIALECT = ("told", "whoever", "nobody", "somebody", "is no", "there is none", "by itself", "so that")
DIALECT_WORDS = re.compile(r"\b(" + "|".join(phrase.replace(" ", r"\s+") for phrase in DIALECT) + r")\b", re.IGNORECASE)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PRONOUNS = _words(
    "all another anything both each either every everything few he it its many mine most neither nobody none nothing"
    " one ones others own same several she some somebody something such that theirs them these they this those"
    " what which who whoever whose"
)
IRREGULAR_PARTICIPLES = _words(
    "begun bound broken brought built caught chosen come done drawn driven fallen felt forbidden forgotten found frozen"
    " given gone got grown heard held hidden kept known laid led left lent lost made meant met paid said seen sent"
    " shaken shown sought spent spoken stolen struck stuck sworn taken thought thrown told torn understood undone"
    " withdrawn woken won worn written"
)
NOT_PARTICIPLES = _words(
    "bring encoding ending feed finding heading hundred king listing logging mapping masking need padding ping proceed"
    " reading ring seed setting speed spring string succeed thing timing tracing warning"
)
"""They end in -ed or -ing, and are nouns and verbs."""


class Source:
    """A Python file: its nodes, and the numbers of the lines that hold code."""

    def __init__(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        self.path = path
        self.tree = ast.parse(text, str(path))
        self.nodes = list(ast.walk(self.tree))
        self.code_lines = _token_lines(text) - _docstring_lines(self.nodes)


_NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def _token_lines(text: str) -> set[int]:
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    return lines


def _docstring_lines(nodes: list[ast.AST]) -> set[int]:
    """The lines of docstrings: of modules, classes and functions, and below a constant or a field."""
    lines: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


def product_files(*suffixes: str) -> list[Path]:
    """The product's files whose names end so, in their order."""
    folders = [ROOT / name for name in PRODUCT]
    files = [file for folder in folders for file in folder.rglob("*") if file.suffix in suffixes]
    return sorted(file for file in files if not NOT_OURS & set(file.parts))


def product_sources() -> list[Source]:
    return [Source(path) for path in product_files(".py")]


def docs_pages() -> list[Path]:
    docs = ROOT / "docs"
    return [ROOT / "README.md", *sorted(docs.glob("*.md")), *sorted((docs / "decisions").glob("*.md"))]


# Words


def prose(markdown: str) -> str:
    """The lines of a page that are neither empty nor in a block of code."""
    without_fences = re.sub(r"^```.*?^```$", "", markdown, flags=re.MULTILINE | re.DOTALL)
    lines = without_fences.splitlines()
    return "\n".join(line for line in lines if line.strip() and not line.startswith("    "))


def dialect_per_1000_lines(texts: list[str]) -> float:
    words = sum(len(DIALECT_WORDS.findall(text)) for text in texts)
    lines = sum(len(text.splitlines()) for text in texts)
    return 1000 * words / lines


def dialect_in_docs() -> float:
    return dialect_per_1000_lines([prose(page.read_text(encoding="utf-8")) for page in docs_pages()])


def dialect_in_code() -> float:
    files = [*product_files(".py", ".yaml", ".yml", ".json"), ROOT / "template.yaml"]
    return dialect_per_1000_lines([file.read_text(encoding="utf-8") for file in files])


# Density


def total_code_lines(sources: list[Source]) -> int:
    return sum(len(source.code_lines) for source in sources)


_MARKS = (ast.expr_context, ast.operator, ast.boolop, ast.cmpop, ast.unaryop)
"""Nodes that only say how another node is meant."""


def nodes_per_code_line(sources: list[Source]) -> float:
    nodes = sum(not isinstance(node, _MARKS) for source in sources for node in source.nodes)
    return nodes / total_code_lines(sources)


def ternaries_per_1000_code_lines(sources: list[Source]) -> float:
    ternaries = sum(isinstance(node, ast.IfExp) for source in sources for node in source.nodes)
    return 1000 * ternaries / total_code_lines(sources)


def long_functions(sources: list[Source]) -> list[tuple[Path, str]]:
    """Functions with more lines of code than LONGEST_FUNCTION_LINES: the file and the name of each."""
    functions = []
    for source in sources:
        for node in source.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                own_lines = source.code_lines & set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
                if len(own_lines) > LONGEST_FUNCTION_LINES:
                    functions.append((source.path, node.name))
    return functions


# Names


def _fields(nodes: list[ast.AST]) -> set[int]:
    """The identities of the names that a class's body gives a value."""
    statements = [statement for node in nodes if isinstance(node, ast.ClassDef) for statement in node.body]
    targets = [statement.target for statement in statements if isinstance(statement, ast.AnnAssign)]
    targets += [target for statement in statements if isinstance(statement, ast.Assign) for target in statement.targets]
    return set(map(id, targets))


def bound_names(nodes: list[ast.AST]) -> Iterator[str]:
    """The name at every place that binds one: variables, parameters, functions, classes.

    Neither imports nor fields: a field may describe its object, as `closed` does a response.
    """
    fields = _fields(nodes)
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Store()) if id(node) not in fields:
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
            case ast.arg(arg=name) if name not in ("self", "cls"):
                yield name
            case _:
                pass


def is_participle_or_pronoun(name: str) -> bool:
    """Whether a whole name is one: `found` and `each` are, `found_file` and `RunEnded` are not."""
    word = name.lstrip("_")
    if not (word.islower() or word.isupper() or word.istitle()):
        return False
    word = word.lower()
    if word in PRONOUNS or word in IRREGULAR_PARTICIPLES:
        return True
    return bool(re.fullmatch("[a-z]+(ed|ing)", word)) and word not in NOT_PARTICIPLES


def participles_and_pronouns_percent(sources: list[Source]) -> float:
    names = [name for source in sources for name in bound_names(source.nodes)]
    return 100 * sum(map(is_participle_or_pronoun, names)) / len(names)


# Imports


def _imports(tree: ast.AST) -> Iterator[tuple[str, ...]]:
    """The full names that each import of a file may mean, the likeliest first. Not those for the type checker alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name,) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((f"{node.module}.{alias.name}", node.module) for alias in node.names)
        elif isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield from _imports(node)


def _module_names(file: Path) -> Iterator[str]:
    """What an import may call a file: its path from any folder above it: the root, a layer, its own."""
    for root in file.parents:
        parts = file.relative_to(root).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def import_circles(sources: list[Source]) -> list[list[Path]]:
    """The groups of files that import each other, directly or through others."""
    files: dict[str, list[Path]] = {}
    for source in sources:
        for name in _module_names(source.path):
            files.setdefault(name, []).append(source.path)
    targets: dict[Path, set[Path]] = {source.path: set() for source in sources}
    for source in sources:
        for names in _imports(source.tree):
            candidates = next((files[name] for name in names if name in files), None)
            if candidates:
                targets[source.path].add(_nearest(candidates, source.path))
    reached = {path: _reachable(path, targets) for path in targets}
    circles = {frozenset(other for other in reached[path] if path in reached[other]) for path in targets}
    return sorted(sorted(circle) for circle in circles if circle)


def _nearest(candidates: list[Path], importer: Path) -> Path:
    """Of the files that a name may mean, the one that shares most of its path with the file that imports it."""
    return max(candidates, key=lambda file: len(set(file.parents) & set(importer.parents)))


def _reachable(start: Path, targets: dict[Path, set[Path]]) -> set[Path]:
    reached: set[Path] = set()
    ahead = list(targets[start])
    while ahead:
        file = ahead.pop()
        if file not in reached:
            reached.add(file)
            ahead.extend(targets[file])
    return reached


# The table

GOALS = {
    "dialect words per 1,000 lines of docs": 10,
    "dialect words per 1,000 lines of code": 10,
    "participles or pronouns among bound names, %": 1,
    "ternaries per 1,000 code lines": 15,
    "AST nodes per code line": 5.2,
    f"functions over {LONGEST_FUNCTION_LINES} code lines": 0,
    "import circles": 0,
}


def figures() -> dict[str, float]:
    """Each figure of GOALS, as it is now."""
    sources = product_sources()
    values = (
        dialect_in_docs(),
        dialect_in_code(),
        participles_and_pronouns_percent(sources),
        ternaries_per_1000_code_lines(sources),
        nodes_per_code_line(sources),
        len(long_functions(sources)),
        len(import_circles(sources)),
    )
    return dict(zip(GOALS, values, strict=True))


def run() -> None:
    for name, value in figures().items():
        print(f"reading: {name}: {value:.4g} (goal: at most {GOALS[name]:g})")
    sources = product_sources()
    for path, name in long_functions(sources):
        print(f"reading: long: {name} in {path.relative_to(ROOT)}")
    for circle in import_circles(sources):
        print(f"reading: circle: {', '.join(str(file.relative_to(ROOT)) for file in circle)}")
