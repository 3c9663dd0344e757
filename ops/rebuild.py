"""`warroom rebuild-history`: history pages from the documents that they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.options import add_command
from ops.progress import progress
from ops.result import Result
from ops.target import brand_file
from shared import wiring
from shared.core.metric import Source
from shared.flows.rebuild import rebuild

if TYPE_CHECKING:
    import argparse

    from ops.options import Commands


def add_to(commands: Commands) -> None:
    parser = add_command(
        commands,
        "rebuild-history",
        run,
        about="make history pages agree with metric documents",
        dry_run="count what differs, write nothing",
    )
    parser.add_argument("--brand", required=True)
    parser.add_argument("--source", action="append", choices=[s.value for s in Source], help="all by default")


def run(asked: argparse.Namespace) -> Result:
    brand = brand_file(asked.brand).brand
    sources = [Source(name) for name in asked.source or [s.value for s in Source]]
    pages = different = 0
    with progress() as bars:
        for source in sources:
            bar = bars.add_task(source.value, total=None)
            months = rebuild(
                brand, source, metrics=wiring.metrics(), pause=wiring.pause, write=not asked.dry_run
            )
            for month in months:
                bars.update(bar, description=f"{source.value} {month.month}", advance=1)
                pages, different = pages + month.pages, different + month.different
    written = 0 if asked.dry_run else different
    return Result({"pages": pages, "different": different, "written": written})
