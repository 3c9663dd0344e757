"""A brand's history pages as one book: put points in, get what changed, derived points included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.core.aggregate import PARTS, blend, is_mature, roll_up
from shared.core.history import Page, page_id
from shared.core.metric import MetricPoint, Source, Sums, point_of
from shared.core.period import Bucket, Period, bucket_at, buckets_between

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from shared.core.brand import Brand
    from shared.core.report import Report, ReportRow

_SUM_OF_HOURS = frozenset({Source.GOOGLE, Source.ORGANIC})
"""Meta's days hold purchases that its hours do not know; its days come from its day report."""

_PARTIAL = ("partial",)
"""Flags an hour whose purchases came between two looks that were further apart than it is long."""


class Ledger:
    """Pages of one brand, by id; a page that is not stored yet begins empty."""

    def __init__(self, brand: Brand, pages: Mapping[str, Page]) -> None:
        self.brand = brand
        self._pages = dict(pages)
        self._touched: set[str] = set()

    def get(self, source: Source, bucket: Bucket) -> MetricPoint | None:
        return self._page(source, bucket).get(bucket)

    def put(self, point: MetricPoint) -> MetricPoint | None:
        """Keep a point that says something new; return it with its revision, else None."""
        page = self._page(point.source, point.bucket)
        kept = page.put(point)
        if kept is not None:
            self._touched.add(page.id)
        return kept

    def within(self, source: Source, period: Period, wider: Bucket) -> list[MetricPoint]:
        """Return a source's points of `period` that lie in a wider bucket, oldest first."""
        parts = buckets_between(wider.start, wider.end, period, self.brand.zone)
        return [point for part in parts if (point := self.get(source, part)) is not None]

    def touched(self) -> list[Page]:
        return [self._pages[name] for name in sorted(self._touched)]

    def _page(self, source: Source, bucket: Bucket) -> Page:
        name = page_id(source, bucket.period, bucket.month)
        if name not in self._pages:
            self._pages[name] = Page(source, bucket.period, bucket.month, self.brand.currency)
        return self._pages[name]


def pages_needed(points: Iterable[MetricPoint], brand: Brand) -> set[str]:
    """Name every page that keeping these points may read or change."""
    buckets: set[Bucket] = set()
    for point in points:
        for period in _as_wide_as(point.period):
            wider = bucket_at(point.bucket.start, period, brand.zone)
            narrower = {Period.DAILY: Period.HOURLY, Period.WEEKLY: Period.DAILY}.get(period)
            parts = buckets_between(wider.start, wider.end, narrower, brand.zone) if narrower else []
            buckets.update((wider, *parts[:1], *parts[-1:]))
    return {page_id(source, bucket.period, bucket.month) for bucket in buckets for source in Source}


def keep(
    ledger: Ledger, points: Sequence[MetricPoint], *, connected: Collection[Source], now: datetime
) -> list[MetricPoint]:
    """Put source points in, then the days, weeks and blends they change; return all that changed."""
    given = {(p.source, p.bucket) for p in points}
    changed = [kept for p in points if (kept := ledger.put(p)) is not None]
    for narrow, wide in ((Period.HOURLY, Period.DAILY), (Period.DAILY, Period.WEEKLY)):
        changed += _widen(ledger, changed, given, narrow, wide, now)
    for bucket in sorted({p.bucket for p in changed}, key=lambda b: (b.period.value, b.start)):
        parts = [p for source in PARTS if (p := ledger.get(source, bucket)) is not None]
        blended = blend(parts, connected, ledger.brand.currency)
        if blended is not None and (kept := ledger.put(blended)) is not None:
            changed.append(kept)
    return changed


def points_of(report: Report, source: Source, ledger: Ledger) -> list[MetricPoint]:
    """Turn a platform's report into points, hours' purchases included where days alone know them."""
    days = {row.bucket: row for row in report.days}
    sums = {row.bucket: row.sums for row in report.hours}
    flags = {row.bucket: row.flags for row in report.hours}
    for day in days.values():
        for bucket, (known, flag) in _purchases_by_hour(day, report, source, ledger).items():
            sums[bucket] = known
            flags[bucket] += flag
    in_brand_days = report.zone.key == ledger.brand.zone.key
    mismatch = () if in_brand_days else ("tz_mismatch",)
    rows = [(bucket, sums[bucket], flags[bucket]) for bucket in sums]
    if in_brand_days:
        rows += [(row.bucket, row.sums, row.flags) for row in days.values()]
    return [
        point_of(
            part,
            source=source,
            bucket=bucket,
            currency=report.currency,
            complete=is_mature(source, bucket, report.fetched_at),
            fetched_at=report.fetched_at,
            flags=flag + mismatch,
        )
        for bucket, part, flag in rows
    ]


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """What a day-to-date report said when it was last asked."""

    conversions: int
    revenue: int
    at: datetime


def _purchases_by_hour(
    day: ReportRow, report: Report, source: Source, ledger: Ledger
) -> dict[Bucket, tuple[Sums, tuple[str, ...]]]:
    """Give a day's new purchases to the hour in which they came, by differencing day-to-date totals.

    What came since the last look belongs to the hours that closed since. One hour: it is theirs.
    Several: nobody knows which, so they stay unknown and are flagged `partial`. A total that fell
    is a restatement: the hour gets nothing and the day keeps the truth.
    """
    known: dict[Bucket, tuple[Sums, tuple[str, ...]]] = {}
    unknown: list[tuple[Bucket, Sums]] = []
    before = _last_look(day, source, ledger)
    for row in report.hours:
        if not day.bucket.start <= row.bucket.start < day.bucket.end:
            continue
        stored = ledger.get(source, row.bucket)
        kept = stored.sums() if stored else Sums()
        if kept.conversions is not None and kept.revenue is not None:
            known[row.bucket] = (_with_purchases(row.sums, kept.conversions, kept.revenue), ())
        elif row.bucket.end > before.at:
            unknown.append((row.bucket, row.sums))
        else:
            known[row.bucket] = (row.sums, _PARTIAL)
    if len(unknown) == 1 and day.sums.conversions is not None and day.sums.revenue is not None:
        bucket, sums = unknown[0]
        fresh = max(day.sums.conversions - before.conversions, 0), max(day.sums.revenue - before.revenue, 0)
        known[bucket] = (_with_purchases(sums, *fresh), ())
    else:
        known.update({bucket: (sums, _PARTIAL) for bucket, sums in unknown})
    return known


def _last_look(day: ReportRow, source: Source, ledger: Ledger) -> _Snapshot:
    stored = ledger.get(source, day.bucket)
    sums = stored.sums() if stored else Sums()
    if stored is None or sums.conversions is None or sums.revenue is None:
        return _Snapshot(0, 0, day.bucket.start)
    return _Snapshot(sums.conversions, sums.revenue, stored.fetched_at)


def _with_purchases(sums: Sums, conversions: int, revenue: int) -> Sums:
    return Sums(sums.spend, revenue, sums.impressions, sums.clicks, conversions)


def _widen(
    ledger: Ledger,
    changed: Iterable[MetricPoint],
    given: Collection[tuple[Source, Bucket]],
    narrow: Period,
    wide: Period,
    now: datetime,
) -> list[MetricPoint]:
    zone = ledger.brand.zone
    targets = {
        (p.source, bucket_at(p.bucket.start, wide, zone))
        for p in changed
        if p.period is narrow and (narrow is not Period.HOURLY or p.source in _SUM_OF_HOURS)
    }
    widened = []
    for source, bucket in sorted(targets - set(given), key=lambda t: (t[0].value, t[1].start)):
        parts = ledger.within(source, narrow, bucket)
        whole = len(parts) == len(buckets_between(bucket.start, bucket.end, narrow, zone))
        point = roll_up(parts, bucket, complete=whole and is_mature(source, bucket, now))
        if point is not None and (kept := ledger.put(point)) is not None:
            widened.append(kept)
    return widened


def _as_wide_as(period: Period) -> tuple[Period, ...]:
    periods = tuple(Period)
    return periods[periods.index(period) :]
