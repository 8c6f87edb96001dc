"""The commands `interlude import PATH` and `interlude check`: their options and exit codes."""

import argparse
from pathlib import Path

from sync.errors import exit_code


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 1 if an import was refused or a check has findings, after printing the reason."""
    given = _parser().parse_args(arguments)
    if given.command == "check":
        return exit_code(lambda: _check(given.template))
    return exit_code(lambda: _import(given))


def _import(given: argparse.Namespace) -> int:
    # Imported here: it takes a moment, and Ctrl-C must work in it.
    from importer import importing

    importing.run(given.path, given.project, given.workflow, given.report, replace=given.replace)
    return 0


def _check(template: Path) -> int:
    from checker.checking import check
    from importer.report import say

    found = check(template)
    say("\n".join(map(str, found)) or f"No mistakes found in {template} and its steps.")
    return 1 if found else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="interlude", description="Python workflows on your own AWS account.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("import", help="import a Pipedream project")
    command.add_argument("path", help="a GitHub Sync repository, a workflow's folder in it, or an export's ZIP")
    command.add_argument("--project", type=Path, default=Path(), metavar="DIR", help="the folder of template.yaml")
    command.add_argument("--workflow", nargs="+", action="extend", default=[], metavar="NAME", help="only these")
    command.add_argument("--replace", action="store_true", help="overwrite existing workflows")
    report = "the report as Markdown; default: import-report.md"
    command.add_argument("--report", type=Path, metavar="FILE", help=report)
    command = commands.add_parser("check", help="find mistakes in the workflows of template.yaml")
    command.add_argument(
        "--template", type=Path, default=Path("template.yaml"), metavar="FILE", help="the SAM template"
    )
    return parser
