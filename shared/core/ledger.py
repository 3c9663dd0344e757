"""A brand's history pages as one book: put points in, get what changed, derived points included.

Whatever the order in which answers arrive, the book ends the same: a newer answer stands against
an older one, and days' differences, weeks and blends are functions of what stands.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared.core.aggregate import PARTS, SUMMED, blend, emptied, roll_up
from shared.core.history import Page, page_id
from shared.core.maturity import maturity
from shared.core.metric import MetricPoint, Source, Sums, point_of, total
from shared.core.period import Bucket, Period, bucket_at, buckets_between

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from shared.core.brand import Brand
    from shared.core.report import Report, ReportRow

PARTIAL = "partial"
"""Flags an hour whose purchases came between two looks that were further apart than it is long."""


class Ledger:
    """Pages of one brand, by id; a page that is not stored yet begins empty."""

    def __init__(self, brand: Brand, pages: Mapping[str, Page]) -> None:
        self.brand = brand
        self._pages = dict(pages)
        self._touched: set[str] = set()

    def get(self, source: Source, bucket: Bucket) -> MetricPoint | None:
        return self.page(source, bucket).get(bucket)

    def put(self, point: MetricPoint) -> MetricPoint | None:
        """Keep a point that says something new; return it with its revision, else None."""
        page = self.page(point.source, point.bucket)
        return self._noted(page, page.put(point))

    def adopt(self, point: MetricPoint) -> MetricPoint | None:
        """Keep a point that another writer stored past our own ingestion."""
        page = self.page(point.source, point.bucket)
        return self._noted(page, page.adopt(point))

    def follow(self, point: MetricPoint) -> MetricPoint | None:
        """Keep a derived point where it differs from what stands; return it, else None."""
        page = self.page(point.source, point.bucket)
        return self._noted(page, page.follow(point))

    def amend(self, point: MetricPoint) -> MetricPoint | None:
        """Change what stands in a bucket if it differs, whoever was asked last."""
        page = self.page(point.source, point.bucket)
        return self._noted(page, page.amend(point))

    def look(self, source: Source, day: Bucket, at: datetime, bought: Sums) -> None:
        page = self.page(source, day)
        if page.looks.add(day, at, bought):
            self._touched.add(page.id)

    def within(self, source: Source, period: Period, wider: Bucket) -> list[MetricPoint]:
        """Return a source's points of `period` that lie in a wider bucket, oldest first."""
        parts = buckets_between(wider.start, wider.end, period, self.brand.zone)
        return [point for part in parts if (point := self.get(source, part)) is not None]

    def touched(self) -> list[Page]:
        return [self._pages[name] for name in sorted(self._touched)]

    def page(self, source: Source, bucket: Bucket) -> Page:
        name = page_id(source, bucket.period, bucket.month)
        if name not in self._pages:
            self._pages[name] = Page(source, bucket.period, bucket.month, self.brand.currency)
        return self._pages[name]

    def _noted(self, page: Page, kept: MetricPoint | None) -> MetricPoint | None:
        if kept is not None:
            self._touched.add(page.id)
        return kept


def pages_needed(buckets: Iterable[Bucket], brand: Brand) -> set[str]:
    """Name every page that keeping points of these buckets may read or change."""
    needed: set[Bucket] = set()
    for bucket in set(buckets):
        needed.add(bucket)
        for period in _as_wide_as(bucket.period):
            wider = bucket_at(bucket.start, period, brand.zone)
            narrower = {Period.DAILY: Period.HOURLY, Period.WEEKLY: Period.DAILY}.get(period)
            parts = buckets_between(wider.start, wider.end, narrower, brand.zone) if narrower else []
            needed.update((wider, *parts[:1], *parts[-1:]))
    return {page_id(source, bucket.period, bucket.month) for bucket in needed for source in Source}


def keep(
    ledger: Ledger, points: Iterable[MetricPoint], *, connected: Collection[Source]
) -> list[MetricPoint]:
    """Put source points in, then all that follows from them; return what changed, derived points too.

    `connected` are the sources that a blend waits for.
    """
    changed: dict[tuple[Source, Bucket], MetricPoint] = {}

    def note(point: MetricPoint | None) -> None:
        if point is not None:
            changed[point.source, point.bucket] = point

    for given in sorted(points, key=lambda p: (p.bucket.end - p.bucket.start, p.bucket.start)):
        note(ledger.put(given if given.adjustment is None else _adjusted(given, ledger)))
    for source, day in _wider(changed, Period.HOURLY, Period.DAILY, ledger.brand):
        note(_day(source, day, ledger))
    for source, week in _wider(changed, Period.DAILY, Period.WEEKLY, ledger.brand):
        note(_summed(source, week, Period.DAILY, ledger))
    for bucket in sorted({bucket for _, bucket in changed}, key=lambda b: (b.period.value, b.start)):
        parts = [p for source in PARTS if (p := ledger.get(source, bucket)) is not None]
        blended = blend(parts, connected, ledger.brand.currency)
        note(_followed(blended, parts, Source.AGGREGATED, bucket, ledger))
    return list(changed.values())


def absorb(
    ledger: Ledger, report: Report, source: Source, *, connected: Collection[Source]
) -> list[MetricPoint]:
    """Take in what a platform reported; return what changed."""
    return keep(ledger, points_of(report, source, ledger), connected=connected)


def points_of(report: Report, source: Source, ledger: Ledger) -> list[MetricPoint]:
    """Turn a report into points; looks at days whose hours know no purchases are remembered.

    Days of an account that lives in another zone than its brand are not the brand's days: there
    the hours alone are kept, flagged `tz_mismatch`.
    """
    odd = {"tz_mismatch"} if report.zone.key != ledger.brand.zone.key else set()
    odd |= {"currency_mismatch"} if report.currency != ledger.brand.currency else set()

    def point(row: ReportRow) -> MetricPoint:
        return point_of(
            row.sums,
            source=source,
            bucket=row.bucket,
            currency=report.currency,
            maturity=maturity(source, row.bucket, report.fetched_at),
            fetched_at=report.fetched_at,
            flags=tuple(sorted({*row.flags, *odd})),
        )

    hours = {row.bucket: point(row) for row in report.hours}
    if report.snapshots:
        for day in report.days:
            ledger.look(source, day.bucket, report.fetched_at, day.sums)
            hours |= _with_purchases(day.bucket, source, ledger, hours)
    if "tz_mismatch" in odd:
        return list(hours.values())
    return [*hours.values(), *(replace(point(day), adjustment=Sums()) for day in report.days)]


def _with_purchases(
    day: Bucket, source: Source, ledger: Ledger, hours: Mapping[Bucket, MetricPoint]
) -> dict[Bucket, MetricPoint]:
    """Give each hour of a day what was bought between the first looks after its start and its end.

    Without one of these looks nobody knows, and the hour is flagged `partial`. A total that fell
    is a restatement: the hour gets nothing, and the day keeps the truth.
    """
    looks, found = ledger.page(source, day).looks.of(day), {}
    for over, bucket in enumerate(buckets_between(day.start, day.end, Period.HOURLY, ledger.brand.zone)):
        point = _newest(hours.get(bucket), ledger, source, bucket)
        if point is None:
            continue
        before, after = looks.get(over), looks.get(over + 1)
        stands = ledger.get(source, bucket)
        sums, flags = point.sums(), set(point.flags) - {PARTIAL}
        if after is not None and (before is not None or over == 0):
            bought, paid = (before.conversions, before.revenue) if before is not None and over else (0, 0)
            sums = replace(
                sums,
                conversions=max(after.conversions - bought, 0),
                revenue=max(after.revenue - paid, 0),
            )
        elif sums.conversions is None and stands is not None:
            sums = replace(sums, conversions=stands.sums().conversions, revenue=stands.sums().revenue)
        if sums.conversions is None:
            flags.add(PARTIAL)
        found[bucket] = point_of(
            sums,
            source=source,
            bucket=bucket,
            currency=point.currency,
            maturity=maturity(source, bucket, point.fetched_at),
            fetched_at=point.fetched_at,
            flags=tuple(sorted(flags)),
        )
    return found


def _newest(told: MetricPoint | None, ledger: Ledger, source: Source, bucket: Bucket) -> MetricPoint | None:
    """Return what is newest about a bucket: what is told now, or what stands and was confirmed later."""
    page = ledger.page(source, bucket)
    kept, seen = page.get(bucket), page.seen(bucket)
    if kept is None or seen is None or (told is not None and told.fetched_at >= seen):
        return told
    return replace(kept, fetched_at=seen)


def _adjusted(day: MetricPoint, ledger: Ledger) -> MetricPoint:
    """State what a reported day holds beyond its hours, as they stand."""
    hours = ledger.within(day.source, Period.HOURLY, day.bucket)
    return replace(day, adjustment=day.sums() - total(hour.sums() for hour in hours))


def _day(source: Source, day: Bucket, ledger: Ledger) -> MetricPoint | None:
    """Bring a day in line with its hours: a reported one keeps its total, any other is their sum."""
    stands = ledger.get(source, day)
    if stands is not None and stands.adjustment is not None:
        return ledger.amend(_adjusted(stands, ledger))
    return _summed(source, day, Period.HOURLY, ledger)


def _summed(source: Source, bucket: Bucket, narrow: Period, ledger: Ledger) -> MetricPoint | None:
    """Sum a bucket from narrower points, unless somebody stated its total."""
    stands = ledger.get(source, bucket)
    if stands is not None and SUMMED not in stands.flags:
        return None
    parts = ledger.within(source, narrow, bucket)
    whole = len(parts) == len(buckets_between(bucket.start, bucket.end, narrow, ledger.brand.zone))
    return _followed(roll_up(parts, bucket, whole=whole), parts, source, bucket, ledger)


def _followed(
    derived: MetricPoint | None, parts: Sequence[MetricPoint], source: Source, bucket: Bucket, ledger: Ledger
) -> MetricPoint | None:
    """Keep what was derived; where nothing can be, nothing may stand either."""
    if derived is None and (stands := ledger.get(source, bucket)) is not None:
        derived = emptied(stands, parts)
    return None if derived is None else ledger.follow(derived)


def _wider(
    changed: Iterable[tuple[Source, Bucket]], narrow: Period, wide: Period, brand: Brand
) -> list[tuple[Source, Bucket]]:
    """Name the wider buckets in which something narrower changed."""
    found = {
        (source, bucket_at(bucket.start, wide, brand.zone))
        for source, bucket in changed
        if bucket.period is narrow and source is not Source.AGGREGATED
    }
    return sorted(found, key=lambda wider: (wider[0].value, wider[1].start))


def _as_wide_as(period: Period) -> tuple[Period, ...]:
    periods = tuple(Period)
    return periods[periods.index(period) :]
