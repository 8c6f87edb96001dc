"""python -m sync: writes the workflows' sections of template.yaml from their workflow.yaml files."""

import argparse
import sys
from pathlib import Path

from sync import syncing
from sync.errors import exit_code


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 1 when nothing was written because of a mistake, or with --check when something differs."""
    options = _parser().parse_args(arguments)
    if options.check:
        return exit_code(lambda: _check(options.project))
    return exit_code(lambda: _sync(options.project, force=options.force))


def _sync(project: Path, *, force: bool) -> int:
    result = syncing.sync(project, force=force)
    for workflow in result.workflows:
        action = "written" if workflow in result.after.sections else "removed"
        print(f"{result.after.name}: section of {workflow} {action}")
    if not result.workflows:
        print(f"{result.after.name} has what each workflow.yaml declares.")
    return 0


def _check(project: Path) -> int:
    result = syncing.compare(project)
    for sentence in syncing.sentences(result):
        print(sentence, file=sys.stderr)
    return min(len(result.workflows), 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sync", description="Writes workflow.yaml files into template.yaml."
    )
    parser.add_argument("--project", type=Path, default=Path(), metavar="DIR", help="where template.yaml is")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="write nothing, and fail if something differs")
    choice.add_argument("--force", action="store_true", help="discard edits by hand")
    return parser


if __name__ == "__main__":
    sys.exit(main())
