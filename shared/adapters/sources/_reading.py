"""Strict reading of what platforms answer: exact numbers, local hours, and nothing guessed."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.core.maturity import is_delivered
from shared.core.metric import MICROS, Source, Sums
from shared.core.period import Bucket, Period, bucket_at, buckets_between, day_bucket
from shared.core.report import ReportRow
from shared.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.core.report import Asked

_MOST_DIGITS = 18
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?", re.ASCII)


class Reader:
    """Reads one platform's answers; whatever does not fit is Unavailable: nonsense, for now."""

    def __init__(self, name: str) -> None:
        self._name = name

    def table(self, value: object) -> dict[str, object]:
        if not isinstance(value, dict):
            raise self.nonsense()
        return value

    def rows(self, value: object) -> list[dict[str, object]]:
        """Read a list of objects; a missing one is empty."""
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.nonsense()
        return [self.table(item) for item in value]

    def text(self, value: object) -> str:
        if not isinstance(value, str) or not value:
            raise self.nonsense()
        return value

    def micros(self, value: object) -> int:
        """Read a number of 0 or more, sent as text or number, as millionths."""
        number = self.signed_micros(value)
        if number < 0:
            raise self.nonsense()
        return number

    def signed_micros(self, value: object) -> int:
        """Read a number that refunds and corrections may take below 0."""
        return int((self._number(value) * MICROS).to_integral_value())

    def count(self, value: object) -> int:
        number = self._number(value)
        if number != number.to_integral_value() or number < 0:
            raise self.nonsense()
        return int(number)

    def day(self, value: object) -> date:
        try:
            return date.fromisoformat(self.text(value))
        except ValueError:
            raise self.nonsense() from None

    def zone(self, value: object) -> ZoneInfo:
        try:
            return ZoneInfo(self.text(value))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise self.nonsense() from None

    def nonsense(self) -> Unavailable:
        return Unavailable(self._name, "answered something unexpected")

    def _number(self, value: object) -> Decimal:
        if value is None or isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.nonsense()
        if not _NUMBER.fullmatch(str(value)):
            raise self.nonsense()
        number = Decimal(str(value))
        if number.adjusted() > _MOST_DIGITS:
            raise self.nonsense()
        return number


def is_aligned(zone: ZoneInfo, day: date) -> bool:
    """Say whether a day's hours are UTC hours; the day as a whole is right in any zone.

    Hours of a zone at :30 or :45 overlap two of ours each, so nobody can say what happened in one.

    >>> half, howe = ZoneInfo("Asia/Kolkata"), ZoneInfo("Australia/Lord_Howe")
    >>> is_aligned(half, date(2026, 7, 1)), is_aligned(howe, date(2026, 7, 1))
    (False, False)
    >>> [is_aligned(howe, date(2026, 10, day)) for day in (3, 4, 5)]  # from +10:30 to +11:00
    [False, False, True]
    """
    bounds = day_bucket(day, zone)
    return bounds.start.minute == bounds.end.minute == 0


def has_hours(asked: Asked, zone: ZoneInfo) -> bool:
    """Say whether any of the days whose hours are asked for has hours of ours."""
    first = asked.first_hours(zone)
    return any(is_aligned(zone, first + timedelta(days=n)) for n in range(asked.days))


def local_hour(day: date, hour: int, zone: ZoneInfo) -> tuple[Bucket, tuple[str, ...]]:
    """Return the bucket of an account-local hour label.

    Where clocks go back one label holds two real hours: the first keeps both, flagged `dst`.
    """
    label = datetime.combine(day, time(hour), zone)
    twice = label.utcoffset() != label.replace(fold=1).utcoffset()
    return bucket_at(label.astimezone(UTC), Period.HOURLY, zone), ("dst",) if twice else ()


def closed_hours(
    found: Mapping[Bucket, ReportRow], source: Source, asked: Asked, zone: ZoneInfo
) -> tuple[ReportRow, ...]:
    """Return the closed hours of the days asked for, oldest first.

    Platforms leave out hours in which nothing happened. One that is older than the source's
    usual delay is a measured zero; a younger one is simply not known yet. Of a repeated local
    hour the second is a flagged zero: what happened in it stands under the first. A day off the
    full hour has none.
    """
    rows: list[ReportRow] = []
    begin, end = day_bucket(asked.first_hours(zone), zone).start, day_bucket(asked.last(zone), zone).end
    for hour in buckets_between(begin, min(end, asked.now), Period.HOURLY, zone):
        if hour.end > asked.now or not is_aligned(zone, hour.start.astimezone(zone).date()):
            continue
        row = found.get(hour)
        if row is None and is_delivered(source, hour, asked.now):
            again = hour.start.astimezone(zone).fold
            row = ReportRow(hour, _ZERO_HOUR[source], ("dst",) if again else ())
        if row is not None:
            rows.append(row)
    return tuple(rows)


def days_of(
    totals: Mapping[date, Sums], source: Source, asked: Asked, zone: ZoneInfo
) -> tuple[ReportRow, ...]:
    """Return the totals of the days asked for, oldest first.

    A day without a row had nothing in it; where a source is late with all it tells, a young one is
    unknown instead. One off the full hour is flagged `hours_unaligned`.
    """
    rows = []
    begin, end = day_bucket(asked.first_days(zone), zone).start, day_bucket(asked.last(zone), zone).end
    for bucket in buckets_between(begin, min(end, asked.now), Period.DAILY, zone):
        day = bucket.start.astimezone(zone).date()
        sums = totals.get(day)
        if sums is None and (source is Source.META or is_delivered(source, bucket, asked.now)):
            sums = _ZERO_DAY[source]
        if sums is not None:
            rows.append(ReportRow(bucket, sums, () if is_aligned(zone, day) else ("hours_unaligned",)))
    return tuple(rows)


_ZERO_DAY = {
    Source.META: Sums(0, 0, 0, 0, 0),
    Source.GOOGLE: Sums(0, 0, 0, 0, 0),
    Source.ORGANIC: Sums(revenue=0, conversions=0),
}

_ZERO_HOUR = {
    Source.META: Sums(spend=0, impressions=0, clicks=0),
    Source.GOOGLE: Sums(0, 0, 0, 0, 0),
    Source.ORGANIC: Sums(revenue=0, conversions=0),
}


def added(found: dict[Bucket, ReportRow], row: ReportRow) -> None:
    """Keep a row; a second one for the same hour adds to the first."""
    known = found.get(row.bucket)
    found[row.bucket] = row if known is None else replace(known, sums=known.sums + row.sums)
