"""What mock mode shows: a made-up brand in each state a page has to draw."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from shared.core.aggregate import PARTS, blend
from shared.core.anomaly import Anomaly, InsightState, raised
from shared.core.backtest import Backtest, replay, summed
from shared.core.brand import Brand, BrandId
from shared.core.expectation import Expectation, Expected
from shared.core.explanation import cause_of, explain
from shared.core.history import Page
from shared.core.incident import all_placed
from shared.core.insight import brief, fallback
from shared.core.metric import USABLE, MetricPoint, Source, Sums, point_of, total
from shared.core.mock import Scenario, dropped, hour_of
from shared.core.notifications import SLACK, Notifications
from shared.core.period import Bucket, Period, bucket_at, buckets_between
from shared.core.refusal import Refusal
from shared.core.sentry.detection import Verdict, judge_windows
from shared.core.sentry.history import History
from shared.core.sentry.settings import SentrySettings
from shared.core.sentry.window import Windows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.core.query import AnomaliesQuery, BacktestQuery, MetricsQuery
    from shared.core.sentry.threshold import Sensitivity

_ZONE = ZoneInfo("America/Sao_Paulo")
_ANCHOR = datetime(2026, 1, 29, 18, tzinfo=UTC)
_DROPPED_FOR = timedelta(hours=6)
_STALE_FOR = timedelta(hours=8)
_DEAD_FOR = timedelta(days=1)
_LEARNED = timedelta(days=3)
_LIVED = timedelta(days=35)
"""How long the made-up brand has existed, for the Sentry."""
_TAUGHT = timedelta(days=22)
"""How much of it hours are judged by."""


def mock_brand(brand_id: BrandId) -> Brand:
    return Brand(brand_id, "mock", "Aurora", _ZONE, "BRL", "pt-BR", "purchase")


def mock_metrics(query: MetricsQuery, scenario: Scenario) -> list[MetricPoint]:
    """Return the asked range as if it ended now; the same question always has the same answer."""
    start, end = query.interval(_ZONE)
    points = []
    for bucket in buckets_between(start, end, query.period, _ZONE):
        parts = [p for source in PARTS if (p := _part(query.brand_id, source, bucket, end, scenario))]
        whole = blend(parts, PARTS, "BRL")
        points += [p for p in (*parts, *([whole] if whole else [])) if p.source in query.sources]
    return points


def mock_anomalies(query: AnomaliesQuery, scenario: Scenario) -> list[Anomaly]:
    """Return what the Sentry really raises on the made-up numbers, explained in our own words."""
    if scenario is not Scenario.DROP:
        return []
    brand = mock_brand(query.brand_id)
    found = []
    for source in PARTS:
        newest, *past = reversed(_hours(query.brand_id, source, scenario))
        windows = Windows(History(_pages(past), newest.bucket, _ZONE), newest)
        for verdict in judge_windows(newest, windows, SentrySettings()).values():
            if isinstance(verdict, Verdict):
                change = verdict.expected, verdict.value
                parts = explain(verdict.metric, source, verdict.size, change, {source: windows})
                origin = parts, cause_of(verdict.metric, verdict.size, parts, {source: windows})
                anomaly = raised(brand.id, newest, verdict, origin, newest.bucket.end)
                words = fallback(brief(anomaly, brand))
                found.append(replace(anomaly, insight=words, insight_state=InsightState.FALLBACK))
    return [a for a in all_placed(found) if query.status in {None, a.status}][: query.limit]


def mock_notifications(scenario: Scenario) -> Notifications:
    """Return where the made-up brand is told: nowhere yet, or on both channels, Slack's dead or not."""
    if scenario is Scenario.EMPTY:
        return Notifications()
    refused = Refusal(SLACK, "", "token_revoked", 3, _ANCHOR - _DEAD_FOR, _ANCHOR, _ANCHOR, announced=True)
    return Notifications(
        slack_hook="T0AURORA01/B0AURORA01",
        slack_sealed_hook="mock",
        email_recipients=("time@aurora.example", "dona@aurora.example"),
        refusals=(refused,) if scenario is Scenario.TOKEN_DEAD else (),
    )


def mock_backtest(query: BacktestQuery, scenario: Scenario) -> Backtest:
    """Return what each sensitivity really raises on the made-up numbers of the last five weeks' hours.

    The numbers are the same for every name, so that nobody can ask for work without end.
    """
    brand, start = mock_brand(query.brand_id), _ANCHOR - timedelta(days=query.days)
    with _ONE_AT_A_TIME:
        found = _replayed(scenario)
    within = [(chosen, anomaly) for chosen, anomaly in found if anomaly.bucket.start >= start]
    return Backtest(brand, SentrySettings().sensitivity, query.days, _ANCHOR, tuple(summed(within, brand)))


def mock_expectations(query: MetricsQuery, scenario: Scenario) -> list[Expectation]:
    """Return what the Sentry really expects on the made-up numbers of the range."""
    start, end = query.interval(_ZONE)
    buckets = buckets_between(start, end, query.period, _ZONE)
    if not buckets:
        return []
    taught = _TAUGHT if query.period is Period.HOURLY else _LIVED
    begin = bucket_at(buckets[0].start - taught, query.period, _ZONE).start
    with _ONE_MORE:
        pages = _lived(query.brand_id, query.period, begin, end, scenario)
    found = Expected(mock_brand(query.brand_id), SentrySettings(), query.sources, buckets, pages)
    return list(found) if pages else []


@lru_cache(maxsize=8)
def _lived(
    brand_id: BrandId, period: Period, begin: datetime, end: datetime, scenario: Scenario
) -> dict[str, Page]:
    points = []
    for bucket in buckets_between(begin, end, period, _ZONE):
        parts = [p for source in PARTS if (p := _part(brand_id, source, bucket, end, scenario))]
        whole = blend(parts, PARTS, "BRL")
        points += [*parts, *([whole] if whole else [])]
    return {page.id: page for source in Source for page in _pages(p for p in points if p.source is source)}


_ONE_AT_A_TIME, _ONE_MORE = Lock(), Lock()


_TOUCHED = {
    Scenario.HEALTHY: (),
    Scenario.DROP: (Source.META,),
    Scenario.STALE: (Source.GOOGLE,),
    Scenario.TOKEN_DEAD: (Source.META,),
    Scenario.LEARNING: PARTS,
    Scenario.EMPTY: PARTS,
}
"""Whose numbers each scenario changes; the others' are judged once for all."""


def _replayed(scenario: Scenario) -> list[tuple[Sensitivity, Anomaly]]:
    shown = [scenario if source in _TOUCHED[scenario] else Scenario.HEALTHY for source in PARTS]
    return [each for source, one in zip(PARTS, shown, strict=True) for each in _replayed_of(source, one)]


@lru_cache(maxsize=len(Scenario) * len(PARTS))
def _replayed_of(source: Source, scenario: Scenario) -> list[tuple[Sensitivity, Anomaly]]:
    brand = mock_brand(BrandId("mock"))
    pages = {page.id: page for page in _pages(_hours(brand.id, source, scenario))}
    span = _ANCHOR - _LIVED, _ANCHOR
    return [each for page in pages.values() for each in replay(page, pages, brand, SentrySettings(), span)]


def _hours(brand_id: BrandId, source: Source, scenario: Scenario) -> list[MetricPoint]:
    hours = buckets_between(_ANCHOR - _LIVED, _ANCHOR, Period.HOURLY, _ZONE)
    return [p for hour in hours if (p := _part(brand_id, source, hour, _ANCHOR, scenario))]


def _pages(points: Iterable[MetricPoint]) -> list[Page]:
    pages: dict[str, Page] = {}
    for point in points:
        month = point.bucket.month
        pages.setdefault(month, Page(point.source, point.period, month, "BRL")).put(point)
    return list(pages.values())


def _part(
    brand_id: BrandId, source: Source, bucket: Bucket, now: datetime, scenario: Scenario
) -> MetricPoint | None:
    if scenario is Scenario.EMPTY:
        return None
    if scenario is Scenario.LEARNING and bucket.start < now - _LEARNED:
        return None
    if scenario is Scenario.STALE and source is Source.GOOGLE and bucket.end > now - _STALE_FOR:
        return None
    if scenario is Scenario.TOKEN_DEAD and source is Source.META and bucket.end > now - _DEAD_FOR:
        return None
    return point_of(
        total(_hour(brand_id, source, hour.start, now, scenario) for hour in _hours_of(bucket)),
        source=source,
        bucket=bucket,
        currency="BRL",
        maturity=USABLE,
        fetched_at=bucket.end,
    )


def _hours_of(bucket: Bucket) -> list[Bucket]:
    if bucket.period is Period.HOURLY:
        return [bucket_at(bucket.start, Period.HOURLY, _ZONE)]
    return buckets_between(bucket.start, bucket.end, Period.HOURLY, _ZONE)


def _hour(brand_id: BrandId, source: Source, start: datetime, now: datetime, scenario: Scenario) -> Sums:
    sums = hour_of(brand_id, source, start, _ZONE)
    broken = scenario is Scenario.DROP and source is Source.META and start >= now - _DROPPED_FOR
    return dropped(sums) if broken else sums
