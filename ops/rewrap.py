"""`warroom rewrap`: every sealed secret under the primary master key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.options import add_command
from ops.progress import progress
from ops.result import Result
from shared import wiring
from shared.flows.rewrap import Rewrapped, rewrap

if TYPE_CHECKING:
    import argparse

    from ops.options import Commands


def add_to(commands: Commands) -> None:
    add_command(
        commands,
        "rewrap",
        run,
        about="seal every stored secret with the primary master key",
        dry_run="count what another key sealed, write nothing",
    )


def run(asked: argparse.Namespace) -> Result:
    found = Rewrapped()
    with progress() as bars:
        bar = bars.add_task("secrets", total=None)
        for one in rewrap(wiring.strongroom(), wiring.keys(), write=not asked.dry_run):
            found += one
            bars.update(bar, advance=one.total)
    return Result(
        {
            "total": found.total,
            "already": found.already,
            "rewrapped": found.rewrapped,
            "failed": found.failed,
            "remaining": found.remaining,
        }
    )
