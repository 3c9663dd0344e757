"""What GA4 does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from local.world.tenants import DEMO
from shared.adapters.sources import _reading, ga4
from shared.adapters.sources.ga4 import Ga4
from shared.core.metric import Source
from shared.core.report import Asked
from tests.unit.adapters.sources.traps.far import NOW, Far, Told, Trap, report, truth

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from shared.adapters.sources.google_token import GoogleCredential
    from tests.unit.adapters.sources.traps.far import Flagged

GA4 = Source.ORGANIC
_ASKED = Asked(NOW, "purchase", "BRL")
_PER_100_DOLLARS = 540


def _assumes_an_order(patch: pytest.MonkeyPatch) -> None:
    def named(self: Ga4, page: dict[str, object]) -> list[dict[str, object]]:
        found = []
        for row in self._read.rows(page.get("rows")):
            (hour,) = self._read.rows(row["dimensionValues"])
            revenue, purchases = self._read.rows(row["metricValues"])
            values = {"dateHour": hour, "purchaseRevenue": revenue, "ecommercePurchases": purchases}
            found.append({name: cell.get("value") for name, cell in values.items()})
        return found

    patch.setattr(Ga4, "_named_rows", named)


def _asks_without(name: str) -> Callable[[pytest.MonkeyPatch], None]:
    def unfix(patch: pytest.MonkeyPatch) -> None:
        body = ga4._body
        patch.setattr(
            ga4, "_body", lambda asked, zone: {k: v for k, v in body(asked, zone).items() if k != name}
        )

    return unfix


def _reads_one_page(patch: pytest.MonkeyPatch) -> None:
    def pages(
        self: Ga4, credential: GoogleCredential, account: str, asked: dict[str, object]
    ) -> list[dict[str, object]]:
        return [self._post(credential, account, asked | {"limit": "10"})]

    patch.setattr(Ga4, "_pages", pages)


def _pages_are_small(_far: Far, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ga4, "_ROWS_A_PAGE", 10)


def _in_dollars(trap: Trap) -> Told:
    def converted(told: dict[str, Flagged]) -> dict[str, Flagged]:
        return {
            key: (replace(sums, revenue=(sums.revenue or 0) * 100 // _PER_100_DOLLARS), flags)
            for key, (sums, flags) in told.items()
        }

    right = truth(trap.story, GA4, trap.asked)
    hours = converted(right.hours)
    days = {
        day: (replace(sums, revenue=_within(day, trap, hours)), flags)
        for day, (sums, flags) in right.days.items()
    }
    return Told("USD", hours, days)


def _within(day: str, trap: Trap, hours: dict[str, Flagged]) -> int:
    """Add up a day's hours, each of which was converted for itself."""
    zone = trap.story.zone
    starts = {key: datetime.strptime(f"{key}+0000", "%Y-%m-%dT%HZ%z") for key in hours}
    return sum(
        hours[key][0].revenue or 0
        for key, start in starts.items()
        if start.astimezone(zone).date().isoformat() == day
    )


def _denied_hours(far: Far, trap: Trap) -> set[str]:
    """Return the hours that are told to have sold nothing, and sold something."""
    denied = set()
    for key, (sums, _) in report(far, trap).hours.items():
        start = datetime.strptime(key, "%Y-%m-%dT%HZ").replace(tzinfo=UTC)
        if sums.conversions == 0 and trap.story.hour(GA4, start).conversions:
            denied.add(key)
    return denied


TRAPS = [
    Trap("values have places, not names", GA4, _assumes_an_order),
    Trap("all traffic is told unless filtered", GA4, _asks_without("dimensionFilter")),
    Trap(
        "a property has a currency of its own",
        GA4,
        _asks_without("currencyCode"),
        asked=replace(_ASKED, currency="USD"),
        right=_in_dollars,
    ),
    Trap("rows come in pages", GA4, _reads_one_page, arrange=_pages_are_small),
    Trap(
        "what is not told yet is not nothing",
        GA4,
        lambda patch: patch.setattr(_reading, "is_delivered", lambda *_: True),
        story=replace(DEMO.story, late=True),
        asked=replace(_ASKED, now=NOW + timedelta(hours=1)),
        read=_denied_hours,
        right=lambda _: set(),
    ),
]
