"""`warroom occasion`: declare a promotion or a holiday, which teaches nothing and alarms late."""

from __future__ import annotations

from datetime import UTC, date
from typing import TYPE_CHECKING

from ops.options import add_command
from ops.result import Result
from ops.target import brand_file
from shared import wiring
from shared.core.period import day_bucket
from shared.core.sentry.settings import MOST_OCCASIONS, Occasion
from shared.errors import BadRequest

if TYPE_CHECKING:
    import argparse
    from zoneinfo import ZoneInfo

    from ops.options import Commands


def add_to(commands: Commands) -> None:
    parser = add_command(
        commands,
        "occasion",
        run,
        about="declare a promotion or holiday of a brand",
        dry_run="check what is declared, store nothing",
    )
    parser.add_argument("--brand", required=True)
    parser.add_argument("--name", required=True, help="a known name is replaced")
    days = parser.add_argument_group("local days, both included")
    days.add_argument("--from", dest="first", type=_day, metavar="DATE")
    days.add_argument("--to", dest="last", type=_day, metavar="DATE", help="the first day by default")
    parser.add_argument("--remove", action="store_true", help="forget the one of this name")


def run(asked: argparse.Namespace) -> Result:
    file = brand_file(asked.brand)
    others = [each for each in file.settings.occasions if each.name != asked.name]
    if asked.remove:
        if len(others) == len(file.settings.occasions):
            raise BadRequest("name", f"no occasion is called {asked.name}")
        kept = others
    else:
        kept = sorted([*others, _occasion(asked, file.brand.zone)], key=lambda each: each.start)
    if len(kept) > MOST_OCCASIONS:
        raise BadRequest(
            "name", f"a brand has at most {MOST_OCCASIONS} occasions; remove one that is long over"
        )
    if not asked.dry_run:
        wiring.brands().declare(file.brand.id, kept, wiring.clock().now())
    return Result({"brand": file.brand.id, "occasions": len(kept)})


def _occasion(asked: argparse.Namespace, zone: ZoneInfo) -> Occasion:
    if asked.first is None:
        raise BadRequest("from", "is required")
    last = asked.last or asked.first
    if last < asked.first:
        raise BadRequest("to", "must not be before --from")
    start, end = day_bucket(asked.first, zone).start, day_bucket(last, zone).end
    return Occasion(asked.name, start.astimezone(UTC), end.astimezone(UTC))


def _day(text: str) -> date:
    return date.fromisoformat(text)
