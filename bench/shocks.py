"""Made-up shocks in a made-up brand: how many incidents one makes, and two; how exact the explanations are.

A shock moves one driver of one source from an hour on; the metrics, the blend, days and weeks follow
from their arithmetic. What an undisturbed brand raises anyway is not counted.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bench.figures import p95
from shared.core.aggregate import PARTS
from shared.core.backtest import replay, summed
from shared.core.brand import Brand, BrandId
from shared.core.explanation import Driver, explain
from shared.core.ledger import Ledger, keep
from shared.core.metric import MICROS, USABLE, Source, Sums, point_of
from shared.core.mock import hour_of
from shared.core.period import HOUR, Period, buckets_between
from shared.core.sentry.settings import SentrySettings
from shared.core.sides import sides_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared.core.anomaly import Anomaly
    from shared.core.history import Page

ZONE = ZoneInfo("America/Sao_Paulo")
BRAND = Brand(BrandId("simulated"), "owner", "Simulated", ZONE, "BRL", "en", "purchase")
_BEGIN = datetime(2026, 5, 20, 10, tzinfo=ZONE).astimezone(UTC)
_LEARNT, _LASTS = timedelta(days=35), timedelta(hours=24)
_USABLE_AFTER = timedelta(hours=3)

_MOVED_BY = {
    Driver.IMPRESSIONS: ("spend", "impressions", "clicks", "conversions", "revenue"),
    Driver.CTR: ("spend", "clicks", "conversions", "revenue"),
    Driver.CPC: ("spend",),
    Driver.CONVERSION_RATE: ("conversions", "revenue"),
    Driver.ORDER_VALUE: ("revenue",),
}
"""The sums that a driver multiplies."""


@dataclass(frozen=True, slots=True)
class Shock:
    """One driver of one source times a factor, from an hour on."""

    source: Source
    driver: Driver
    factor: float
    after: timedelta = timedelta()

    def of(self, sums: Sums, source: Source, start: datetime) -> Sums:
        begin = _BEGIN + self.after
        if source is not self.source or not begin <= start < begin + _LASTS:
            return sums
        moved = {
            name: _times(getattr(sums, name), self.factor, MICROS if name == "conversions" else 1)
            for name in _MOVED_BY[self.driver]
        }
        return replace(sums, **moved)


SHOCKS = (
    *(
        Shock(source, driver, factor)
        for source in (Source.META, Source.GOOGLE)
        for driver, factor in (
            (Driver.IMPRESSIONS, 0.3),
            (Driver.CTR, 0.4),
            (Driver.CPC, 2.5),
            (Driver.CONVERSION_RATE, 0.2),
            (Driver.ORDER_VALUE, 0.3),
        )
    ),
    Shock(Source.ORGANIC, Driver.CONVERSION_RATE, 0.2),
    Shock(Source.ORGANIC, Driver.ORDER_VALUE, 0.3),
)
PAIRS = tuple(
    (one, replace(other, after=timedelta(hours=4)))
    for one, other in combinations(SHOCKS, 2)
    if one.source is not other.source or one.driver.side != other.driver.side
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What some shocks raised beyond the ordinary."""

    anomalies: Sequence[Anomaly]
    incidents: frozenset[str]
    pages: Mapping[str, Page]


def after(*shocks: Shock) -> Outcome:
    """Live through a day and a half of a brand that meets some shocks."""
    pages = _lived(shocks)
    ordinary = _incidents(_raised(_lived(())))
    raised = _raised(pages)
    return Outcome(raised, frozenset(_incidents(raised) - ordinary), pages)


def figures() -> dict[str, object]:
    """Count the incidents of each single shock and of each pair that has nothing to do with each other."""
    alone = [after(each) for each in SHOCKS]
    pairs = [after(*each) for each in PAIRS[:: max(len(PAIRS) // _MOST_PAIRS, 1)]]
    residual, took = 0.0, list[float]()
    for outcome in alone:
        for one in outcome.anomalies:
            error, seconds = _explained(one, outcome.pages)
            residual = max(residual, error)
            took.append(seconds * 1e3)
    return {
        "one_shock_incidents": _spread([len(each.incidents) for each in alone]),
        "one_shock_anomalies": _spread([len(each.anomalies) for each in alone]),
        "one_shock_cases": len(alone),
        "two_shock_incidents": _spread([len(each.incidents) for each in pairs]),
        "two_shock_cases": len(pairs),
        "explanations": len(took),
        "explanation_max_residual": f"{residual:.1e}",
        "explanation_p95_ms": p95(took),
    }


_MOST_PAIRS = 12


def _spread(counts: Sequence[int]) -> object:
    return counts[0] if len(set(counts)) == 1 else f"{min(counts)}..{max(counts)}"


def _explained(anomaly: Anomaly, pages: Mapping[str, Page]) -> tuple[float, float]:
    """Explain an anomaly once more: how far its parts are off its deviation, and in how many CPU seconds."""
    page = next(p for p in pages.values() if p.source is anomaly.source and _holds(p, anomaly))
    first = page.first(anomaly.bucket)
    if first is None:
        raise LookupError(f"{anomaly.id} has no first numbers")
    change = anomaly.expected, anomaly.value
    began = time.process_time()
    sides = sides_of(first, pages, BRAND, SentrySettings())
    parts = explain(anomaly.metric, anomaly.source, anomaly.size, change, sides)
    took = time.process_time() - began
    whole = anomaly.value - anomaly.expected
    return abs(sum(float(part.amount) for part in parts) - whole) / abs(whole), took


def _holds(page: Page, anomaly: Anomaly) -> bool:
    return page.period is anomaly.bucket.period and page.month == anomaly.bucket.month


def _raised(pages: Mapping[str, Page]) -> list[Anomaly]:
    settings = SentrySettings()
    span = _BEGIN - timedelta(days=8), _BEGIN + timedelta(days=8)
    found = [one for page in pages.values() for one in replay(page, pages, BRAND, settings, span)]
    (own,) = (each for each in summed(found, BRAND) if each.sensitivity is settings.sensitivity)
    return [each for each in own.anomalies if each.bucket.end > _BEGIN]


def _incidents(raised: Sequence[Anomaly]) -> frozenset[str]:
    return frozenset(each.incident for each in raised)


@lru_cache(maxsize=1)
def _ordinary() -> list[tuple[datetime, dict[Source, Sums]]]:
    hours = buckets_between(_BEGIN - _LEARNT, _BEGIN + _LASTS + 12 * HOUR, Period.HOURLY, ZONE)
    return [
        (hour.start, {source: hour_of(BRAND.id, source, hour.start, ZONE) for source in PARTS})
        for hour in hours
    ]


@lru_cache(maxsize=2)
def _lived(shocks: tuple[Shock, ...]) -> Mapping[str, Page]:
    ledger = Ledger(BRAND, {})
    hours = buckets_between(_BEGIN - _LEARNT, _BEGIN + _LASTS + 12 * HOUR, Period.HOURLY, ZONE)
    points = []
    for hour, (_, sums) in zip(hours, _ordinary(), strict=True):
        for source, usual in sums.items():
            told = usual
            for shock in shocks:
                told = shock.of(told, source, hour.start)
            points.append(
                point_of(
                    told,
                    source=source,
                    bucket=hour,
                    currency=BRAND.currency,
                    maturity=USABLE,
                    fetched_at=hour.end + _USABLE_AFTER,
                )
            )
    for at in range(0, len(points), 168 * len(PARTS)):
        keep(ledger, points[at : at + 168 * len(PARTS)], connected=PARTS)
    return {page.id: page for page in ledger.touched()}


def _times(amount: int | None, factor: float, unit: int) -> int | None:
    return None if amount is None else round(amount * factor / unit) * unit
