"""What the documentation names is there."""

import re
from pathlib import Path

import pytest

PAGES = [Path("README.md"), *sorted(Path("docs").glob("**/*.md"))]
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
