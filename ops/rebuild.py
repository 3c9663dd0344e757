"""`warroom rebuild-history`: history pages from the documents that they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import Progress

from ops.target import brand_file
from shared import wiring
from shared.core.metric import Source
from shared.flows.rebuild import rebuild

if TYPE_CHECKING:
    import argparse


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    parser = commands.add_parser("rebuild-history", help="make history pages agree with metric documents")
    parser.add_argument("--brand", required=True)
    parser.add_argument("--source", action="append", choices=[s.value for s in Source], help="all by default")
    parser.add_argument("--dry-run", action="store_true", help="count what differs, write nothing")
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace) -> dict[str, object]:
    brand = brand_file(asked.brand).brand
    sources = [Source(name) for name in asked.source or [s.value for s in Source]]
    pages = different = 0
    with Progress(console=Console(stderr=True), transient=True) as progress:
        for source in sources:
            bar = progress.add_task(source.value, total=None)
            months = rebuild(
                brand, source, metrics=wiring.metrics(), pause=wiring.pause, write=not asked.dry_run
            )
            for month in months:
                progress.update(bar, description=f"{source.value} {month.month}", advance=1)
                pages, different = pages + month.pages, different + month.different
    return {"pages": pages, "different": different, "written": 0 if asked.dry_run else different}
