"""How a command is added: `--json` for all of them, `--dry-run` for those that write."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from ops.result import Result

    Commands: TypeAlias = "argparse._SubParsersAction[Any]"  # noqa: SLF001 - it has no public name
    Run: TypeAlias = Callable[[argparse.Namespace], Result]


def add_command(
    commands: Commands, name: str, run: Run, *, about: str, dry_run: str | None = None
) -> argparse.ArgumentParser:
    """Add a command; `dry_run` is what it does instead of writing, None where it never writes."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=about)
    parser.set_defaults(run=run, dry_run=False)
    add_json(parser, default=argparse.SUPPRESS)  # said before the command, it still counts
    if dry_run is not None:
        parser.add_argument("--dry-run", action="store_true", help=dry_run)
    return parser


def add_json(parser: argparse.ArgumentParser, default: object = False) -> None:
    parser.add_argument(
        "--json", action="store_true", help="print the result as one JSON object", default=default
    )
