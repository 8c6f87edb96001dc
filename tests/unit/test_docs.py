"""What the documentation names is there."""

import ast
import re
import tomllib
from hashlib import sha256
from pathlib import Path

import pytest

from interlude import errors

PAGES = [
    *(Path(name) for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted(Path("docs").glob("**/*.md")),
]
RUNTIME = Path("layers/interlude/interlude")
DECISIONS = Path("docs/decisions")
APACHE_2 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
ARCHITECTURE = Path("docs/architecture.md")
ROUTE = re.compile(r"^\| `(ANY|GET|POST) (/\S*)` \|", re.MULTILINE)
EVENT = re.compile(r'Method: (\w+), Path: "?(/[\w/{}+]*[\w+]\}?)"?[,}]')


def test_the_http_page_lists_the_routes_of_the_template() -> None:
    """Every route of the API is documented, and no other."""
    documented = ROUTE.findall(Path("docs/http.md").read_text())
    served = EVENT.findall(Path("template.yaml").read_text())

    assert sorted(documented) == sorted(served)
    assert len(served) == 12


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    """A link to a file or folder of the project leads to one."""
    targets = re.findall(r"\]\((?!http)([^)#]+)", page.read_text())

    assert [target for target in targets if not (page.parent / target).exists()] == []


def headings(page: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_into_a_page_lead_to_a_heading(page: Path) -> None:
    """Headings are reworded, and the links to them with them."""
    links = re.findall(r"\]\((?!http)([^)#]*\.md)?#([^)]+)\)", page.read_text())

    assert [
        (target, anchor) for target, anchor in links if anchor not in headings(page.parent / target if target else page)
    ] == []


def test_the_licence_is_the_published_text() -> None:
    """Of LICENSE-2.0.txt, and the project's metadata names it."""
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]

    assert sha256(Path("LICENSE").read_bytes()).hexdigest() == APACHE_2
    assert (project["name"], project["license"]) == ("interlude-aws", "Apache-2.0")
    assert [file for file in project["license-files"] if not Path(file).exists()] == []


def test_the_readme_leads_to_every_page() -> None:
    """A page that the README does not name is found by chance only."""
    readme = Path("README.md").read_text()

    assert [page for page in sorted(Path("docs").glob("*.md")) if f"]({page})" not in readme] == []


def test_make_has_the_targets_that_the_docs_name() -> None:
    """Every `make something` in the documentation is a target of the Makefile."""
    text = "".join(page.read_text() for page in PAGES)
    named = set(re.findall(r"^ +make ([\w-]+)", text, re.MULTILINE)) | set(re.findall(r"`make ([\w-]+)`", text))
    targets = set(re.findall(r"^([\w-]+):", Path("Makefile").read_text(), re.MULTILINE))

    assert {"local", "test"} <= named <= targets


def test_the_settings_that_the_docs_name_exist() -> None:
    """Parameters and environment variables in the documentation are those of the template and of the local server."""
    template = Path("template.yaml").read_text()
    local = "".join(path.read_text() for path in Path("local").glob("*.py"))
    docs = "".join(page.read_text() for page in PAGES)

    parameters = set(
        re.findall(r"\b(NotifyAddress|RetentionDays|StepMemory|SuspendTimeoutAction|WaitAlarmDays)\b", docs)
    )
    assert all(f"  {name}:\n" in template for name in parameters)
    assert '"PORT"' in local
    assert '"LAMBDA_ENDPOINT_URL"' in local
    assert "/local/outbox" in local


def test_the_alarms_that_the_docs_name_exist() -> None:
    """They are resources of the template."""
    template = Path("template.yaml").read_text()
    named = {name for page in PAGES for name in re.findall(r"`(\w+Alarm)`", page.read_text())}

    assert len(named) >= 8
    assert [name for name in sorted(named) if f"\n  {name}:\n" not in template] == []


def test_the_errors_that_the_troubleshooting_page_names_exist() -> None:
    """Those without a dot in their name are Interlude's own."""
    table = Path("docs/troubleshooting.md").read_text().partition("\n## failed\n")[2].partition("\n## ")[0]
    kinds = {kind for cell in re.findall(r"^\| (.+?) \|", table, re.MULTILINE) for kind in re.findall(r"`(\w+)`", cell)}

    assert len(kinds) > 5
    assert [kind for kind in sorted(kinds) if not hasattr(errors, kind)] == []


def test_every_decision_is_in_the_index() -> None:
    """In the order of their numbers, by the title that its page has, and with a date and a status."""
    row = re.compile(r"^\| (\d+) \| \[(.+)\]\((.+)\) \| (\d{4}-\d\d-\d\d) \| (accepted|superseded)", re.MULTILINE)
    indexed = row.findall((DECISIONS / "README.md").read_text())
    pages = sorted(DECISIONS.glob("0*.md"))

    assert [(int(number), title, file) for number, title, file, _, _ in indexed] == [
        (int(page.name[:4]), page.read_text().partition("\n")[0].partition(". ")[2], page.name) for page in pages
    ]
    dates = [date for _, _, _, date, _ in indexed]
    assert dates == sorted(dates)


def test_the_modules_that_the_architecture_names_exist() -> None:
    """A path begins in the project's folder or in the runtime's."""
    named = set(re.findall(r"`([\w/]+\.py)`", ARCHITECTURE.read_text()))

    assert len(named) > 20
    assert [name for name in sorted(named) if not (Path(name).exists() or (RUNTIME / name).exists())] == []


def test_the_architecture_has_every_kind_of_item() -> None:
    """A prefix that the runtime gives a key has a row in the table of the keys, and a row has its key in the code."""
    trees = [ast.parse(path.read_text()) for path in sorted(RUNTIME.rglob("*.py"))]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    texts = {node.value for node in nodes if isinstance(node.value, str)}
    prefixes = {text for text in texts if re.fullmatch(r"[A-Z]+#", text)}
    rows = re.findall(r"^\| `([A-Z]+#?)\S*`? .*?\| (?:`([A-Z]+#?))?", ARCHITECTURE.read_text(), re.MULTILINE)
    documented = {key for row in rows for key in row if key}

    assert len(documented) > 10
    assert {key for key in documented if key.endswith("#")} == prefixes
    assert documented <= texts


def test_a_word_stands_in_the_glossary_once() -> None:
    """Each has one meaning."""
    words = re.findall(r"^- \*\*(.+?)\*\*", Path("docs/glossary.md").read_text(), re.MULTILINE)

    assert len(words) > 50
    assert len({word.lower() for word in words}) == len(words)
