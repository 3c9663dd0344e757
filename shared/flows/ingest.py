"""Ingestion: read one source of one brand, and keep what is new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.core.history import page_id
from shared.core.integration import Status
from shared.core.ledger import Ledger, keep, pages_needed, points_of
from shared.core.period import Period, bucket_at, buckets_between
from shared.errors import Contended, KeyUnreadable, PlatformRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from shared.core.brand import Brand, BrandId
    from shared.core.integration import Integration
    from shared.core.metric import MetricPoint, Source
    from shared.core.report import Report
    from shared.ports import BrandFile, Brands, Clock, Keys, Metrics, Platforms

DAYS_READ = 2
_TRIES = 6
_POINTS_A_COMMIT = 180  # with their blends, days and weeks below 400 documents


def ingest(
    brand_id: BrandId,
    source: Source,
    *,
    brands: Brands,
    keys: Keys,
    platforms: Platforms,
    metrics: Metrics,
    clock: Clock,
    pause: Callable[[int], None],
) -> list[MetricPoint]:
    """Read a brand's source and keep what changed; return the changed points.

    A refusal that a person has to mend marks the integration and is raised as it is; the next
    success clears the mark.
    """
    file = brands.get(brand_id)
    integration = _connection(file, source)
    if file is None or integration is None:
        return []
    try:
        key = keys.open(
            integration.sealed_key,
            brand_id=brand_id,
            purpose=integration.platform.value,
            account_id=integration.account_id,
        )
        report = platforms(integration.platform).report(
            key,
            integration.account_id,
            now=clock.now(),
            days=DAYS_READ,
            event=file.brand.conversion_event,
        )
    except (PlatformRefused, KeyUnreadable) as error:
        brands.report_health(integration, problem=error.reason)
        raise
    changed = keep_report(report, source, file, metrics=metrics, pause=pause)
    if integration.status is Status.ERROR:
        brands.report_health(integration, problem=None)
    return changed


def keep_report(
    report: Report, source: Source, file: BrandFile, *, metrics: Metrics, pause: Callable[[int], None]
) -> list[MetricPoint]:
    """Turn a report into points against what is stored, and keep them."""
    buckets = [row.bucket for row in (*report.hours, *report.days)]
    days = {bucket_at(b.start, Period.DAILY, file.brand.zone) for b in buckets}
    hours = {h for day in days for h in buckets_between(day.start, day.end, Period.HOURLY, file.brand.zone)}
    names = {page_id(source, b.period, b.month) for b in (*days, *hours)}
    known = Ledger(file.brand, metrics.pages(file.brand.id, names))
    return keep_points(
        points_of(report, source, known),
        file.brand,
        connected={i.platform.source for i in file.integrations if i.status is not Status.DISCONNECTED},
        now=report.fetched_at,
        metrics=metrics,
        pause=pause,
    )


def keep_points(
    points: Sequence[MetricPoint],
    brand: Brand,
    *,
    connected: Collection[Source],
    now: datetime,
    metrics: Metrics,
    pause: Callable[[int], None],
) -> list[MetricPoint]:
    """Write the points that say something new, with all that follows from them; return what changed.

    Documents and pages go in one atomic write, some hundred at a time. When another source of the brand
    wrote first, everything is read and computed again: nothing is lost, nothing half-written.

    `points` may be any number, of any sources and periods; a blend waits for the `connected`
    sources; `now` decides what is mature; `pause` waits before the n-th new try.
    """
    changed: list[MetricPoint] = []
    ordered = sorted(points, key=lambda p: (p.bucket.start, p.bucket.end, p.source.value))
    for start in range(0, len(ordered), _POINTS_A_COMMIT):
        few = ordered[start : start + _POINTS_A_COMMIT]
        changed += _keep_few(few, brand, connected, now, metrics, pause)
    return changed


def _keep_few(
    points: list[MetricPoint],
    brand: Brand,
    connected: Collection[Source],
    now: datetime,
    metrics: Metrics,
    pause: Callable[[int], None],
) -> list[MetricPoint]:
    names = pages_needed(points, brand)
    for attempt in range(1, _TRIES + 1):
        ledger = Ledger(brand, metrics.pages(brand.id, names))
        changed = keep(ledger, points, connected=connected, now=now)
        if not changed:
            return []
        try:
            metrics.commit(brand.id, changed, ledger.touched())
        except Contended:
            if attempt == _TRIES:
                raise
            pause(attempt)
        else:
            return changed
    raise AssertionError  # the last attempt returns or raises


def _connection(file: BrandFile | None, source: Source) -> Integration | None:
    if file is None:
        return None
    for integration in file.integrations:
        if integration.platform.source is source and integration.status is not Status.DISCONNECTED:
            return integration
    return None
