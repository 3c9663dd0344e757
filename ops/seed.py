"""`warroom seed`: the demo brand with its history, as `make run` makes it; in emulators alone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from local.demo import demo, rows, seed, tell
from ops.options import add_command
from ops.progress import watched
from ops.result import Result
from shared import wiring
from shared.config import PRODUCTION_BASES
from shared.errors import BadRequest, ConfigError

if TYPE_CHECKING:
    import argparse

    from ops.options import Commands


def add_to(commands: Commands) -> None:
    add_command(
        commands,
        "seed",
        run,
        about="write the demo brand's history into the emulators",
        dry_run="count what would be written",
    )


def run(asked: argparse.Namespace) -> Result:
    """Seed a Firestore emulator, and let a simulated world beside it tell the same story."""
    config = wiring.config()
    if not (config.local and os.environ.get("FIRESTORE_EMULATOR_HOST")):
        raise ConfigError(
            "FIRESTORE_EMULATOR_HOST is missing: made-up numbers are seeded into emulators only"
        )
    told = demo(wiring.clock().now())
    if wiring.brands().get(told.brand.id) is not None:
        raise BadRequest("brand", f"{told.brand.id} exists already; it is seeded once")
    result: dict[str, object] = {"brand": told.brand.id, "rows": rows(told)}
    if asked.dry_run:
        return Result(result | {"points": 0})
    meta = config.bases["META_GRAPH_BASE"]
    if meta != PRODUCTION_BASES["META_GRAPH_BASE"]:
        tell(told, meta.removesuffix("/meta"))
    return Result(result | {"points": seed(told, lambda sources: watched(sources, "seeding"))})
