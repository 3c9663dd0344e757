"""Buckets of time: where an hour, a day and a week begin and end, and what they are called.

Hours are UTC hours. Days and ISO weeks are those of the brand's zone, so a day has 23 or 25
hours when daylight saving changes. A bucket's key is the timestamp part of a metric's id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)


class Period(Enum):
    __hash__ = object.__hash__  # as of Metric

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True, order=True)
class Bucket:
    """One period's interval [start, end), both aware UTC."""

    start: datetime
    end: datetime
    period: Period
    key: str

    @property
    def epoch(self) -> int:
        """Start in whole seconds since 1970."""
        return int(self.start.timestamp())

    @property
    def month(self) -> str:
        """The `yyyymm` of its history page."""
        return month_of_key(self.key)


def bucket_at(instant: datetime, period: Period, zone: ZoneInfo) -> Bucket:
    """Return the bucket of `period` that holds an aware instant.

    >>> from zoneinfo import ZoneInfo
    >>> rome = ZoneInfo("Europe/Rome")
    >>> day = bucket_at(datetime(2026, 10, 25, 12, tzinfo=UTC), Period.DAILY, rome)
    >>> day.key, (day.end - day.start) // HOUR
    ('2026-10-25', 25)
    >>> bucket_at(datetime(2026, 1, 29, 13, 30, tzinfo=UTC), Period.HOURLY, rome).key
    '2026-01-29T13Z'
    """
    if period is Period.HOURLY:
        start = instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return Bucket(start, start + HOUR, period, f"{start:%Y-%m-%dT%HZ}")
    day = instant.astimezone(zone).date()
    return day_bucket(day, zone) if period is Period.DAILY else week_bucket(day, zone)


def day_bucket(day: date, zone: ZoneInfo) -> Bucket:
    return Bucket(
        _midnight(day, zone), _midnight(day + timedelta(days=1), zone), Period.DAILY, day.isoformat()
    )


def week_bucket(day: date, zone: ZoneInfo) -> Bucket:
    """Return the ISO week (Monday to Sunday) that holds a day.

    >>> from zoneinfo import ZoneInfo
    >>> week_bucket(date(2026, 1, 29), ZoneInfo("UTC")).key
    '2026-W05'
    """
    monday = day - timedelta(days=day.weekday())
    year, week, _ = monday.isocalendar()
    return Bucket(
        _midnight(monday, zone),
        _midnight(monday + timedelta(days=7), zone),
        Period.WEEKLY,
        f"{year}-W{week:02d}",
    )


_HOUR_KEY = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d)Z", re.ASCII)
_DAY_KEY = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_WEEK_KEY = re.compile(r"(\d{4})-W(\d\d)", re.ASCII)


def bucket_of_key(key: str, zone: ZoneInfo) -> Bucket:
    """Read a bucket's key back; ValueError when it is none.

    >>> from zoneinfo import ZoneInfo
    >>> sao_paulo = ZoneInfo("America/Sao_Paulo")
    >>> bucket_of_key("2026-W05", sao_paulo).start.isoformat()
    '2026-01-26T03:00:00+00:00'
    """
    if match := _HOUR_KEY.fullmatch(key):
        year, month, day, hour = map(int, match.groups())
        return bucket_at(datetime(year, month, day, hour, tzinfo=UTC), Period.HOURLY, zone)
    if match := _DAY_KEY.fullmatch(key):
        return day_bucket(date(*map(int, match.groups())), zone)
    if match := _WEEK_KEY.fullmatch(key):
        year, week = map(int, match.groups())
        return week_bucket(date.fromisocalendar(year, week, 1), zone)
    raise ValueError(f"not a bucket key: {key!r}")


def buckets_between(start: datetime, end: datetime, period: Period, zone: ZoneInfo) -> list[Bucket]:
    """Return the buckets of `period` that begin in [start, end), oldest first."""
    bucket = bucket_at(start, period, zone)
    if bucket.start < start:
        bucket = bucket_at(bucket.end, period, zone)
    found = []
    while bucket.start < end:
        found.append(bucket)
        bucket = bucket_at(bucket.end, period, zone)
    return found


def month_of_key(key: str) -> str:
    """Return the `yyyymm` a bucket is filed under: read off its name, so no zone is needed.

    >>> month_of_key("2026-01-29T13Z"), month_of_key("2026-W05")
    ('202601', '202601')
    """
    if match := _WEEK_KEY.fullmatch(key):
        return f"{date.fromisocalendar(int(match[1]), int(match[2]), 1):%Y%m}"
    return key[:4] + key[5:7]


def months_back(month: str, count: int) -> list[str]:
    """Return `count` months ending with `month`, newest first.

    >>> months_back("202601", 3)
    ['202601', '202512', '202511']
    """
    index = int(month[:4]) * 12 + int(month[4:]) - 1
    return [f"{n // 12:04d}{n % 12 + 1:02d}" for n in range(index, index - count, -1)]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
