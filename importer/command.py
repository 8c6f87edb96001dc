"""The command `interlude import PATH`: its options, and the one sentence where it can't be done."""

import argparse
import sys
from pathlib import Path

from importer.errors import Refused, one_line


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 1 when nothing was written, and then one sentence says why."""
    given = _parser().parse_args(arguments)
    try:
        # It takes a moment, in which somebody may press Ctrl-C.
        from importer import importing

        importing.run(given.path, given.project, given.workflow, given.report, replace=given.replace)
    except Refused as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename or 'A file'} can't be read: {error.strerror or one_line(error)}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    return 0


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
    return parser
