"""The commands `interlude import PATH` and `interlude check`: their options, and what ends them."""

import argparse
import sys
from pathlib import Path

from importer.errors import Refused, one_line


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 1 when an import has written nothing or a check has found something, and then it says why."""
    given = _parser().parse_args(arguments)
    try:
        return _check(given.template) if given.command == "check" else _import(given)
    except Refused as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename or 'A file'} can't be read: {error.strerror or one_line(error)}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


def _import(given: argparse.Namespace) -> int:
    # Here, as it takes a moment in which Ctrl-C may come.
    from importer import importing

    importing.run(given.path, given.project, given.workflow, given.report, replace=given.replace)
    return 0


def _check(template: Path) -> int:
    from checker.checking import check
    from importer.report import say

    found = check(template)
    say("\n".join(map(str, found)) or f"{template} and its steps have no mistakes that can be found here.")
    return 1 if found else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="interlude", description="Python workflows on your own AWS account.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("import", help="bring a Pipedream project over")
    command.add_argument("path", help="a GitHub Sync repository, a workflow's folder in it, or an export's ZIP")
    command.add_argument("--project", type=Path, default=Path(), metavar="DIR", help="where template.yaml is")
    command.add_argument("--workflow", nargs="+", action="extend", default=[], metavar="NAME", help="only these")
    command.add_argument("--replace", action="store_true", help="overwrite workflows that are there already")
    report = "the report as Markdown; default: import-report.md"
    command.add_argument("--report", type=Path, metavar="FILE", help=report)
    command = commands.add_parser("check", help="find mistakes in the workflows of template.yaml")
    command.add_argument(
        "--template", type=Path, default=Path("template.yaml"), metavar="FILE", help="the SAM template"
    )
    return parser
