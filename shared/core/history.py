"""History pages: one month of one source and period, packed in columns.

The read model of the Sentry, of `GET metrics` and of ingestion's change detection: a month is
one document of about 50 KB instead of 744. Every row holds exactly what its metric document
holds, so either can be made from the other.
"""

from __future__ import annotations

import math
import sys
from array import array
from bisect import bisect_left
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from shared.core.metric import Metric, MetricPoint, Source
from shared.core.period import Bucket, Period, bucket_at
from shared.errors import InvalidDocument

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from zoneinfo import ZoneInfo

PAGES_FOR_BASELINE = {Period.HOURLY: 2, Period.DAILY: 2, Period.WEEKLY: 3}
"""How many months back the Sentry reads, the bucket's own included."""

_METRICS = tuple(Metric)
_TYPES = {
    "starts": "q",  # seconds since 1970
    "fetched": "q",  # microseconds since 1970
    "revisions": "i",
    "states": "B",  # 1 = complete
    "masks": "B",  # bit n set: the n-th metric is unavailable
    "impressions": "d",  # NaN = not measured
    "clicks": "d",
} | {metric.value: "d" for metric in _METRICS}


class Page:
    """Rows of one (source, period, month), ordered by bucket start."""

    def __init__(self, source: Source, period: Period, month: str, currency: str) -> None:
        self.source = source
        self.period = period
        self.month = month
        self.currency = currency
        self.columns: dict[str, array[Any]] = {k: array(t) for k, t in _TYPES.items()}
        self.version: object = None  # the store's mark of what was read; None = not stored yet
        self._notes: dict[str, dict[str, object]] = {}

    @property
    def id(self) -> str:
        return page_id(self.source, self.period, self.month)

    @property
    def irregular(self) -> frozenset[int]:
        """Starts of the hours that clocks repeat: their label holds two real hours, or none."""
        return frozenset(int(start) for start, note in self._notes.items() if "dst" in _flags(note))

    def __len__(self) -> int:
        return len(self.columns["starts"])

    def get(self, bucket: Bucket) -> MetricPoint | None:
        row = self._row(bucket.epoch)
        return None if row is None else self._point(row, bucket)

    def put(self, point: MetricPoint) -> MetricPoint | None:
        """Keep a point if it says something new; return it with its revision, else None.

        An answer fetched before the one already kept never replaces it.
        """
        epoch = point.bucket.epoch
        row = self._row(epoch)
        if row is None:
            row = bisect_left(self.columns["starts"], epoch)
            for name, column in self.columns.items():
                column.insert(row, (_TYPES[name] == "d" and 0.0) or 0)
            revision = point.revision
        else:
            kept = self._point(row, point.bucket)
            if point.fetched_at < kept.fetched_at or point.says_the_same(kept):
                return None
            revision = kept.revision + 1
        self._write(row, point, revision)
        return self._point(row, point.bucket)

    def points(self, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[MetricPoint]:
        """Yield the points whose bucket starts in [start, end), oldest first."""
        starts = self.columns["starts"]
        for row in range(bisect_left(starts, start.timestamp()), bisect_left(starts, end.timestamp())):
            instant = datetime.fromtimestamp(starts[row], UTC)
            yield self._point(row, bucket_at(instant, self.period, zone))

    def to_fields(self) -> dict[str, object]:
        """Return the document's fields; columns are little-endian bytes."""
        return {
            "source": self.source.value,
            "period": self.period.value,
            "month": self.month,
            "currency": self.currency,
            "count": len(self),
            "notes": self._notes,
        } | {name: _little_endian(column).tobytes() for name, column in self.columns.items()}

    @classmethod
    def from_fields(cls, fields: Mapping[str, object], path: str) -> Page:
        """Read a stored page; InvalidDocument names the column that does not fit."""
        try:
            page = cls(
                Source(fields["source"]),
                Period(fields["period"]),
                str(fields["month"]),
                str(fields["currency"]),
            )
            count, notes = fields["count"], fields["notes"]
        except (KeyError, ValueError) as error:
            raise InvalidDocument(path, "not a history page") from error
        if not isinstance(notes, dict):
            raise InvalidDocument(f"{path}.notes", "a map is required")
        page._notes = notes
        for name, code in _TYPES.items():
            column, raw = array(code), fields.get(name)
            if not isinstance(raw, bytes) or len(raw) % column.itemsize:
                raise InvalidDocument(f"{path}.{name}", "a packed column is required")
            column.frombytes(raw)
            if len(column) != count:
                raise InvalidDocument(f"{path}.{name}", f"{count} rows are required")
            page.columns[name] = _little_endian(column)
        return page

    def _row(self, epoch: int) -> int | None:
        starts = self.columns["starts"]
        row = bisect_left(starts, epoch)
        return row if row < len(starts) and starts[row] == epoch else None

    def _point(self, row: int, bucket: Bucket) -> MetricPoint:
        columns = self.columns
        mask = int(columns["masks"][row])
        note = self._notes.get(str(columns["starts"][row]), {})
        return MetricPoint(
            source=self.source,
            bucket=bucket,
            values={m: columns[m.value][row] for m in _METRICS},
            unavailable=frozenset(m for n, m in enumerate(_METRICS) if mask >> n & 1),
            impressions=_count(columns["impressions"][row]),
            clicks=_count(columns["clicks"][row]),
            currency=str(note.get("currency", self.currency)),
            complete=bool(columns["states"][row]),
            fetched_at=_instant(int(columns["fetched"][row])),
            flags=_flags(note),
            revision=int(columns["revisions"][row]),
        )

    def _write(self, row: int, point: MetricPoint, revision: int) -> None:
        columns = self.columns
        columns["starts"][row] = point.bucket.epoch
        columns["fetched"][row] = _micros(point.fetched_at)
        columns["revisions"][row] = revision
        columns["states"][row] = int(point.complete)
        columns["masks"][row] = sum(1 << n for n, m in enumerate(_METRICS) if m in point.unavailable)
        columns["impressions"][row] = math.nan if point.impressions is None else point.impressions
        columns["clicks"][row] = math.nan if point.clicks is None else point.clicks
        for metric in _METRICS:
            columns[metric.value][row] = point.values[metric]
        note: dict[str, object] = {}
        if point.flags:
            note["flags"] = list(point.flags)
        if point.currency != self.currency:
            note["currency"] = point.currency
        key = str(point.bucket.epoch)
        if note:
            self._notes[key] = note
        else:
            self._notes.pop(key, None)


def page_id(source: Source, period: Period, month: str) -> str:
    return f"{source.value}_{period.value}_{month}"


def _flags(note: Mapping[str, object]) -> tuple[str, ...]:
    flags = note.get("flags", [])
    return tuple(str(flag) for flag in flags) if isinstance(flags, list) else ()


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _micros(instant: datetime) -> int:
    delta = instant - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def _instant(micros: int) -> datetime:
    return datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)


def _count(value: float) -> int | None:
    return None if math.isnan(value) else int(value)


def _little_endian(column: array[Any]) -> array[Any]:
    if sys.byteorder == "big":
        column = array(column.typecode, column)
        column.byteswap()
    return column
