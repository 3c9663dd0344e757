"""Ingestion: read one source of one brand, and keep what is new."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.core.integration import Status
from shared.core.ledger import Ledger, absorb, keep, pages_needed
from shared.core.period import Period, bucket_at
from shared.core.report import Asked
from shared.errors import Contended, KeyUnreadable, PlatformRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from shared.core.brand import Brand, BrandId
    from shared.core.integration import Integration
    from shared.core.metric import MetricPoint, Source
    from shared.core.period import Bucket
    from shared.core.report import Report, ReportRow
    from shared.ports import BrandFile, Brands, Clock, Keys, Metrics, Platforms

_TRIES = 6
_POINTS_A_COMMIT = 180  # with their blends, days and weeks below 400 documents
_ROWS_A_COMMIT = 150  # the same, where every row comes with its day


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
            Asked(clock.now(), file.brand.conversion_event, file.brand.currency),
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
    """Take a report in, some days at a time; return what changed, derived points too."""
    changed: list[MetricPoint] = []
    for few in _some_days(report):
        buckets = {row.bucket for row in (*few.hours, *few.days)}
        days = {bucket_at(bucket.start, Period.DAILY, few.zone) for bucket in buckets}
        changed += _commit(
            lambda ledger, few=few: absorb(ledger, few, source, connected=connected(file)),  # type: ignore[misc]
            pages_needed(buckets | days, file.brand),
            file.brand,
            metrics,
            pause,
        )
    return changed


def keep_points(
    points: Sequence[MetricPoint],
    brand: Brand,
    *,
    connected: Collection[Source],
    metrics: Metrics,
    pause: Callable[[int], None],
) -> list[MetricPoint]:
    """Write the points that say something new, with all that follows from them; return what changed.

    `points` may be any number, of any sources and periods; a blend waits for the `connected`
    sources; `pause` waits before the n-th new try.
    """
    changed: list[MetricPoint] = []
    ordered = sorted(points, key=lambda p: (p.bucket.start, p.bucket.end, p.source.value))
    for start in range(0, len(ordered), _POINTS_A_COMMIT):
        few = ordered[start : start + _POINTS_A_COMMIT]
        changed += _commit(
            lambda ledger, few=few: keep(ledger, few, connected=connected),  # type: ignore[misc]
            pages_needed((point.bucket for point in few), brand),
            brand,
            metrics,
            pause,
        )
    return changed


def connected(file: BrandFile) -> set[Source]:
    """Return the sources that a brand's blends wait for."""
    return {i.platform.source for i in file.integrations if i.status is not Status.DISCONNECTED}


def _commit(
    change: Callable[[Ledger], list[MetricPoint]],
    page_ids: Collection[str],
    brand: Brand,
    metrics: Metrics,
    pause: Callable[[int], None],
) -> list[MetricPoint]:
    """Read pages, change them, and write them with their documents in one atomic commit.

    When another source of the brand wrote first, everything is read and computed again: nothing
    is lost, nothing half-written.
    """
    for attempt in range(1, _TRIES + 1):
        ledger = Ledger(brand, metrics.pages(brand.id, page_ids))
        changed = change(ledger)
        if not ledger.touched():
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


def _some_days(report: Report) -> Iterator[Report]:
    """Cut a report into pieces whose documents fit one commit: hours weigh with their blends."""
    by_day: dict[Bucket, tuple[list[ReportRow], list[ReportRow]]] = {}
    for kind, rows in enumerate((report.hours, report.days)):
        for row in rows:
            day = bucket_at(row.bucket.start, Period.DAILY, report.zone)
            by_day.setdefault(day, ([], []))[kind].append(row)
    piece: tuple[list[ReportRow], list[ReportRow]] = ([], [])
    for _, (hours, days) in sorted(by_day.items()):
        if len(piece[0]) + len(piece[1]) + len(hours) > _ROWS_A_COMMIT:
            yield replace(report, hours=tuple(piece[0]), days=tuple(piece[1]))
            piece = ([], [])
        piece[0].extend(hours)
        piece[1].extend(days)
    yield replace(report, hours=tuple(piece[0]), days=tuple(piece[1]))


def _connection(file: BrandFile | None, source: Source) -> Integration | None:
    if file is None:
        return None
    for integration in file.integrations:
        if integration.platform.source is source and integration.status is not Status.DISCONNECTED:
            return integration
    return None
