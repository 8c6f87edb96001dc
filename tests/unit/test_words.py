"""How the repository reads, in figures that may only fall: words of our own dialect, and the density of the code.

`make bench ARGS=reading` prints them, with the functions and the files that are meant.
"""

import ast
from pathlib import Path

import pytest

from bench import reading

LIMITS = {
    "dialect words per 1,000 lines of docs": 10,
    "dialect words per 1,000 lines of code": 3.4,
    "participles or pronouns among bound names, %": 10.8,
    "ternaries per 1,000 code lines": 21.3,
    "AST nodes per code line": 6.3,
    "functions over 40 code lines": 4,
    "import circles": 1,
}
"""What was reached last. When a figure falls, lower its limit; never raise one. bench.reading.GOALS has the goals."""


@pytest.fixture(scope="module")
def figures() -> dict[str, float]:
    return reading.figures()


def parse(text: str) -> list[ast.AST]:
    return list(ast.walk(ast.parse(text)))


@pytest.mark.parametrize("name", reading.GOALS)
def test_a_figure_stays_below_its_limit(figures: dict[str, float], name: str):
    """The limit is the goal, or what was reached on the way there."""
    assert figures[name] <= LIMITS[name], f"goal: {reading.GOALS[name]}"


def test_dialect_words_are_counted_whole_and_over_line_breaks():
    """In prose, and neither in fenced nor in indented code."""
    page = "There\nis no limit, so that\n\n    is no limit\n\n```\ntold\n```\n\nunTOLD, Told, toldest\n"

    assert reading.DIALECT_WORDS.findall(reading.prose(page)) == ["is no", "so that", "Told"]
    assert reading.dialect_per_1000_lines(["told\nsays\nsays\nsays\n"]) == 250


def test_a_name_counts_where_it_is_bound():
    """Variables, parameters, functions and classes; not fields, attributes and uses."""
    nodes = parse("class Found:\n    kept: int\n    made = 1\ndef told(each):\n    given = self.lost = used(each)\n")

    assert [*reading.bound_names(nodes)] == ["Found", "told", "each", "given"]


@pytest.mark.parametrize("name", ["found", "_given", "EACH", "Made", "renamed", "naming"])
def test_a_participle_or_pronoun_is_no_name(name: str):
    assert reading.is_participle_or_pronoun(name)


@pytest.mark.parametrize("name", ["found_file", "RunEnded", "seed", "mapping", "run", "read", "__all__"])
def test_other_names_are_names(name: str):
    assert not reading.is_participle_or_pronoun(name)


def test_a_function_is_long_by_its_lines_of_code(tmp_path: Path):
    """Empty lines, comments and docstrings do not count."""
    file = tmp_path / "a.py"
    padding = '    """Says."""\n\n    # why\n'
    line = "    x = 1\n"
    file.write_text(f"def short():\n{padding}{39 * line}\ndef long():\n{padding}{40 * line}")

    assert reading.long_functions([reading.Source(file)]) == [(file, "long")]


def test_an_import_circle_is_found_inside_of_functions_too(tmp_path: Path):
    """But not where only the type checker imports, nor where a module imports its own package."""
    texts = {
        "package/__init__.py": "from package import first",
        "package/first.py": "def go():\n    import package.second",
        "package/second.py": "from package.third import x",
        "package/third.py": "from package import first, other",
        "package/other.py": "if TYPE_CHECKING:\n    from package import first",
    }
    (tmp_path / "package").mkdir()
    for name, text in texts.items():
        (tmp_path / name).write_text(text)

    circles = reading.import_circles([reading.Source(tmp_path / name) for name in texts])

    assert [[file.stem for file in circle] for circle in circles] == [["first", "second", "third"]]
