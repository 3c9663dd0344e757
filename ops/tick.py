"""`warroom tick`: what Cloud Scheduler does every hour, now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared import wiring
from shared.flows.schedule import schedule

if TYPE_CHECKING:
    import argparse


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    parser = commands.add_parser("tick", help="ask for the ingestion of every connected source")
    parser.set_defaults(run=run)


def run(_asked: argparse.Namespace) -> dict[str, object]:
    slot = wiring.clock().now().replace(minute=0, second=0, microsecond=0)
    return {"sources_asked": schedule(slot, brands=wiring.brands(), queue=wiring.queue())}
