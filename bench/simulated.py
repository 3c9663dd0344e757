"""The simulated brand: how often the Sentry speaks on three ordinary months, and how fast it replays them."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import track

from shared.core.aggregate import PARTS
from shared.core.backtest import SENSITIVITIES, replay, summed
from shared.core.brand import Brand, BrandId
from shared.core.ledger import Ledger, keep
from shared.core.metric import USABLE, MetricPoint, Source, point_of
from shared.core.mock import hour_of
from shared.core.period import Period, buckets_between
from shared.core.sentry.detection import judge
from shared.core.sentry.history import History
from shared.core.sentry.settings import SentrySettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.core.history import Page

DAYS = 90
_LEARNT = timedelta(days=35)
_UNTIL = datetime(2026, 5, 20, 12, tzinfo=UTC)
_USABLE_AFTER = timedelta(hours=3)
_JUDGED = 200


@dataclass(frozen=True, slots=True)
class Lived:
    """The pages of a made-up brand to which nothing happened."""

    brand: Brand
    pages: Mapping[str, Page]


def lived() -> Lived:
    """Make all sources' hours, and what follows from them."""
    zone = ZoneInfo("America/Sao_Paulo")
    brand = Brand(BrandId("simulated"), "owner", "Simulated", zone, "BRL", "pt-BR", "purchase")
    ledger = Ledger(brand, {})
    hours = buckets_between(_UNTIL - timedelta(days=DAYS) - _LEARNT, _UNTIL, Period.HOURLY, zone)
    weeks = [hours[at : at + 168] for at in range(0, len(hours), 168)]
    for week in track(weeks, "a brand's past", console=Console(stderr=True), transient=True):
        points = [
            point_of(
                hour_of(brand.id, source, hour.start, zone),
                source=source,
                bucket=hour,
                currency="BRL",
                maturity=USABLE,
                fetched_at=hour.end + _USABLE_AFTER,
            )
            for hour in week
            for source in PARTS
        ]
        keep(ledger, points, connected=PARTS)
    return Lived(brand, {page.id: page for page in ledger.touched()})


def alarms(scene: Lived) -> dict[str, object]:
    """Count what an ordinary brand-week hears: by the contract's rule alone, and by ours."""
    span, weeks = (_UNTIL - timedelta(days=DAYS), _UNTIL), DAYS / 7
    counts: dict[str, object] = {}
    for name, settings in (("literal", SentrySettings(noise_gate=False)), ("ours", SentrySettings())):
        pages = list(track(scene.pages.values(), name, console=Console(stderr=True), transient=True))
        hourly = [page for page in pages if page.period is Period.HOURLY]
        found = [one for page in hourly for one in replay(page, scene.pages, scene.brand, settings, span)]
        for outcome in summed(found, scene.brand):
            sensitivity = outcome.sensitivity.value
            counts[f"simulated_hours_raised_per_week{{{name},{sensitivity}}}"] = (
                len({(a.source, a.bucket, a.metric) for a in outcome.anomalies}) / weeks
            )
            if name == "ours":
                counts[f"simulated_told_per_week{{{sensitivity}}}"] = outcome.notifications / weeks
    return counts


def replay_s(scene: Lived) -> float:
    """Time the backtest of all sources and periods on pages that are read: CPU seconds."""
    span = _UNTIL - timedelta(days=DAYS), _UNTIL
    began = time.process_time()
    for page in scene.pages.values():
        summed(list(replay(page, scene.pages, scene.brand, SentrySettings(), span)), scene.brand)
    return time.process_time() - began


def judgement_us(scene: Lived) -> dict[str, float]:
    """Time one event's judgement, all seven metrics: median CPU microseconds by sensitivity."""
    page = scene.pages["meta_hourly_202605"]
    pages = [page, scene.pages["meta_hourly_202604"]]
    points: list[MetricPoint] = [
        point
        for row in range(len(page))
        if (point := page.point(row, scene.brand.zone)).source is Source.META
    ][-_JUDGED:]
    found = {}
    for sensitivity in SENSITIVITIES:
        settings, took = replace(SentrySettings(), sensitivity=sensitivity), []
        for point in points * 2:
            began = time.process_time()
            judge(point, History(pages, point.bucket, scene.brand.zone), settings)
            took.append(time.process_time() - began)
        found[sensitivity.value] = 1e6 * median(took[len(points) :])
    return found
