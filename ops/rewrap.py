"""`warroom rewrap`: every sealed secret under the primary master key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import Progress

from shared import wiring
from shared.flows.rewrap import Rewrapped, rewrap

if TYPE_CHECKING:
    import argparse


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    parser = commands.add_parser("rewrap", help="seal every stored secret with the primary master key")
    parser.add_argument("--dry-run", action="store_true", help="count what another key sealed, write nothing")
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace) -> dict[str, object]:
    found = Rewrapped()
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("secrets", total=None)
        for one in rewrap(wiring.strongroom(), wiring.keys(), write=not asked.dry_run):
            found += one
            progress.update(bar, advance=one.total)
    return {
        "total": found.total,
        "already": found.already,
        "rewrapped": found.rewrapped,
        "failed": found.failed,
        "remaining": found.remaining,
    }
