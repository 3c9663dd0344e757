"""`warroom backfill`: the past of a brand's sources, as gently as the platforms want."""

from __future__ import annotations

import time
from datetime import date
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ops.target import brand_file
from shared import wiring
from shared.adapters.platform_http import PlatformHttp
from shared.core.aggregate import PARTS
from shared.core.backfill import Backfill
from shared.core.metric import Source
from shared.errors import BadRequest
from shared.flows.backfill import Pace, backfill, check_days, connection_of
from shared.flows.ingest import FarSide, connected

if TYPE_CHECKING:
    import argparse

_CALLS_PER_HOUR = 200


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    parser = commands.add_parser("backfill", help="read the past of a brand's sources")
    parser.add_argument("--brand", required=True)
    parser.add_argument("--from", dest="first", required=True, help="first local day, such as 2025-10-01")
    parser.add_argument("--to", dest="last", required=True, help="last local day, yesterday at the latest")
    parser.add_argument("--source", action="append", choices=[s.value for s in PARTS], help="all by default")
    parser.add_argument("--calls-per-hour", type=int, default=_CALLS_PER_HOUR, help="of one platform")
    parser.add_argument("--dry-run", action="store_true", help="say what would be read, ask nothing")
    parser.set_defaults(run=run)


def run(asked: argparse.Namespace) -> dict[str, object]:
    """Read the days asked for; the same command again goes on where an earlier one stopped."""
    file = brand_file(asked.brand)
    first, last = _day("from", asked.first), _day("to", asked.last)
    check_days(first, last, wiring.clock().now().astimezone(file.brand.zone).date())
    if asked.calls_per_hour < 1:
        raise BadRequest("calls-per-hour", "1 or more")
    wanted = {Source(name) for name in asked.source or ()} or connected(file)
    sources = [source for source in PARTS if source in wanted]
    for source in sources:
        connection_of(file, source)
    if not sources:
        raise BadRequest("brand", f"{file.brand.id} has no connection to read from")
    days = (last - first).days + 1
    plan: dict[str, object] = {"sources": ",".join(s.value for s in sources), "days": days}
    if asked.dry_run:
        return plan | {"months": _months(Backfill(sources[0], first, last))}
    sent, changed = PlatformHttp.calls.total(), 0
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        for source in sources:
            bar = progress.add_task(f"{source.value}, days", total=days)

            def told(known: Backfill, _changed: int, bar: Any = bar) -> None:  # noqa: ANN401 - rich's task id
                progress.update(bar, completed=known.days_done)

            def wait(seconds: float, why: str, bar: Any = bar, name: str = source.value) -> None:  # noqa: ANN401 - same
                progress.update(bar, description=f"{name}, {why}: {seconds:.0f} s")
                time.sleep(seconds)
                progress.update(bar, description=f"{name}, days")

            changed += backfill(
                file,
                Backfill(source, first, last),
                far=FarSide(wiring.keys(), wiring.breakers(), wiring.platform),
                backfills=wiring.backfills(),
                metrics=wiring.metrics(),
                clock=wiring.clock(),
                pace=Pace(asked.calls_per_hour, PlatformHttp.calls.total, wait, wiring.pause),
                told=told,
            )
    return plan | {"points_changed": changed, "platform_calls": PlatformHttp.calls.total() - sent}


def _months(known: Backfill) -> int:
    count = 0
    while (chunk := known.chunk()) is not None:
        known, count = known.done(chunk[1]), count + 1
    return count


def _day(field: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequest(field, "a day such as 2026-01-29 is required") from None
