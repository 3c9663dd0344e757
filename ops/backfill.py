"""`warroom backfill`: the past of a brand's sources, as gently as the platforms want."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from ops.options import add_command
from ops.progress import progress
from ops.result import Result
from ops.target import brand_file
from shared import wiring
from shared.adapters.platform_http import PlatformHttp
from shared.core.aggregate import PARTS
from shared.core.backfill import Backfill
from shared.core.metric import Source
from shared.errors import BadRequest
from shared.flows.backfill import Pace, backfill, check_days, connection_of, planned
from shared.flows.ingest import FarSide, connected

if TYPE_CHECKING:
    import argparse

    from rich.progress import Progress

    from ops.options import Commands
    from shared.core.brand import BrandId

_CALLS_PER_HOUR = 200


def add_to(commands: Commands) -> None:
    parser = add_command(
        commands,
        "backfill",
        run,
        about="read the past of a brand's sources",
        dry_run="say what would be read, ask nothing",
    )
    parser.add_argument("--brand", required=True)
    parser.add_argument("--from", dest="first", required=True, help="first local day, such as 2025-10-01")
    parser.add_argument("--to", dest="last", required=True, help="last local day, yesterday at the latest")
    parser.add_argument("--source", action="append", choices=[s.value for s in PARTS], help="all by default")
    parser.add_argument("--calls-per-hour", type=int, default=_CALLS_PER_HOUR, help="of one platform")


def run(asked: argparse.Namespace) -> Result:
    """Read the days asked for; the same command again goes on where an earlier one stopped."""
    file = brand_file(asked.brand)
    first, last = _day("from", asked.first), _day("to", asked.last)
    if asked.calls_per_hour < 1:
        raise BadRequest("calls-per-hour", "1 or more")
    wanted = {Source(name) for name in asked.source or ()} or connected(file)
    sources = [source for source in PARTS if source in wanted]
    if not sources:
        raise BadRequest("brand", f"{file.brand.id} has no connection to read from")
    accounts = {known.source: known.account for known in wiring.timetable().of(file.brand.id)}
    for source in sources:
        connection_of(file, source)
        account = accounts.get(source)
        zone = ZoneInfo(account.time_zone) if account else file.brand.zone
        check_days(first, last, wiring.clock().now().astimezone(zone).date())
    days = (last - first).days + 1
    plan: dict[str, object] = {"sources": ",".join(s.value for s in sources), "days": days}
    if asked.dry_run:
        return Result(plan | _planned(file.brand.id, [Backfill(source, first, last) for source in sources]))
    sent, changed = PlatformHttp.calls.total(), 0
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with progress(*columns, transient=False) as bars:
        for source in sources:
            bar = _Bar(bars, source, days, file.brand.zone)
            changed += backfill(
                file,
                Backfill(source, first, last),
                account=accounts.get(source),
                far=FarSide(wiring.keys(), wiring.breakers(), wiring.platform),
                backfills=wiring.backfills(),
                metrics=wiring.metrics(),
                pace=Pace(
                    asked.calls_per_hour, PlatformHttp.calls.total, bar.wait, wiring.pause, wiring.clock()
                ),
                told=bar.told,
            )
    return Result(plan | {"points_changed": changed, "platform_calls": PlatformHttp.calls.total() - sent})


class _Bar:
    """A source's days on the screen, and until when it waits for what."""

    def __init__(self, bars: Progress, source: Source, days: int, zone: ZoneInfo) -> None:
        self._bars, self._name, self._zone = bars, f"{source.value}, days", zone
        self._task = bars.add_task(self._name, total=days)

    def told(self, known: Backfill, _changed: int) -> None:
        self._bars.update(self._task, completed=known.days_done)

    def wait(self, seconds: float, why: str) -> None:
        until = wiring.clock().now().astimezone(self._zone) + timedelta(seconds=seconds)
        self._bars.update(self._task, description=f"{self._name}: {why}, until {until:%H:%M:%S}")
        time.sleep(seconds)
        self._bars.update(self._task, description=self._name)


def _planned(brand: BrandId, wanted: list[Backfill]) -> dict[str, object]:
    stored = wiring.backfills()
    plans = [planned(each.resumed(stored.get(brand, each.source))) for each in wanted]
    return {"chunks": sum(chunks for chunks, _ in plans), "calls_planned": sum(calls for _, calls in plans)}


def _day(field: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequest(field, "a day such as 2026-01-29 is required") from None
