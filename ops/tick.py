"""`warroom tick`: what Cloud Scheduler does every minute, or one brand's sources at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ops.target import brand_file
from shared import wiring
from shared.flows.ingest import connected
from shared.flows.schedule import ask, schedule

if TYPE_CHECKING:
    import argparse


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    parser = commands.add_parser("tick", help="ask for the reading of every source that is due")
    parser.add_argument("--brand", help="ask for this brand's sources instead, due or not")
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace) -> dict[str, object]:
    now, timetable, queue = wiring.clock().now(), wiring.timetable(), wiring.queue()
    if asked.brand is None:
        slot = now.replace(second=0, microsecond=0)
        brands = wiring.brands()
        return {"sources_asked": schedule(slot, timetable=timetable, brands=brands, queue=queue, now=now)}
    file = brand_file(asked.brand)
    sources = [(file.brand.id, source) for source in connected(file)]
    timetable.add(sources, now)
    return {"sources_asked": ask(sources, timetable=timetable, queue=queue, now=now)}
