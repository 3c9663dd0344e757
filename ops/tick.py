"""`warroom tick`: what Cloud Scheduler does every minute, or one brand's sources at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.options import add_command
from ops.result import Result
from ops.target import brand_file
from shared import wiring
from shared.flows.ingest import connected
from shared.flows.schedule import ask, schedule

if TYPE_CHECKING:
    import argparse

    from ops.options import Commands


def add_to(commands: Commands) -> None:
    parser = add_command(
        commands,
        "tick",
        run,
        about="ask for the reading of every source that is due",
        dry_run="count the sources, ask for nothing",
    )
    parser.add_argument("--brand", help="ask for this brand's sources instead, due or not")


def run(asked: argparse.Namespace) -> Result:
    return Result({"sources_asked": _due(asked) if asked.brand is None else _of_brand(asked)})


def _due(asked: argparse.Namespace) -> int:
    now, timetable = wiring.clock().now(), wiring.timetable()
    if asked.dry_run:
        return sum(len(some) for some in timetable.due(now))
    slot = now.replace(second=0, microsecond=0)
    return schedule(slot, timetable=timetable, brands=wiring.brands(), queue=wiring.queue(), now=now)


def _of_brand(asked: argparse.Namespace) -> int:
    file = brand_file(asked.brand)
    sources = [(file.brand.id, source) for source in connected(file)]
    if asked.dry_run:
        return len(sources)
    now, timetable = wiring.clock().now(), wiring.timetable()
    timetable.add(sources, now)
    return ask(sources, timetable=timetable, queue=wiring.queue(), now=now)
