"""History pages: one month of one source and period, packed in columns.

The read model of the Sentry, of `GET metrics` and of ingestion's change detection: a month is
one document of about 60 KB instead of 744. Every row holds exactly what its metric document
holds, so either can be made from the other; beyond that a page remembers when each row was
last confirmed (`seen`), each number as it first could be judged (`first_...`), and the looks at
days whose purchases no hour tells (`looks`).
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from shared.core.looks import Looks
from shared.core.metric import Maturity, Metric, MetricPoint, Source, Sums
from shared.core.packing import instant_of, little_endian, micros
from shared.core.period import Bucket, Period, bucket_at
from shared.errors import InvalidDocument

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet
    from zoneinfo import ZoneInfo

PAGES_FOR_BASELINE = {Period.HOURLY: 2, Period.DAILY: 2, Period.WEEKLY: 3}
"""How many months back the Sentry reads, the bucket's own included."""

_METRICS = tuple(Metric)
_TYPES = {
    "starts": "q",  # seconds since 1970
    "fetched": "q",  # microseconds since 1970
    "seen": "q",  # the same, of the newest answer that said so or something else
    "revisions": "i",
    "usable": "B",  # bit n set: the n-th metric may be judged
    "settled": "B",  # bit n set: the n-th metric no longer moves
    "masks": "B",  # bit n set: the n-th metric is unavailable
    "sources": "B",  # bit n set: the n-th source is in the blend; 0 = no blend, or not known of what
    "impressions": "d",  # NaN = not measured
    "clicks": "d",
} | {metric.value: "d" for metric in _METRICS}

_VOLUMES = ("impressions", "clicks")
_FIRST = {name: f"first_{name}" for name in (*(metric.value for metric in _METRICS), *_VOLUMES)}
_TYPES |= dict.fromkeys(_FIRST.values(), "d")  # NaN = could not be judged yet
_TYPES["first_fetched"] = "q"  # when any number could first be judged; 0 = not yet


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
        self.looks = Looks({})

    @property
    def id(self) -> str:
        return page_id(self.source, self.period, self.month)

    def kind(self, bucket: Bucket) -> tuple[str, int] | None:
        """Return what must be alike for numbers to compare: a row's currency and the sources in it."""
        row = self._row(bucket.epoch)
        return None if row is None else (self._currency(bucket.epoch), self.columns["sources"][row])

    def unlike(self, kind: tuple[str, int] | None) -> set[int]:
        """Return the starts of rows that do not compare with others of a kind.

        Hours that clocks repeat compare with none: their label holds two real hours, or none.
        """
        currency, sources = kind or (self.currency, 0)
        odd, starts, column = set[int](), self.columns["starts"], self.columns["sources"]
        if self._notes and self.period is Period.HOURLY:
            odd |= {int(start) for start, note in self._notes.items() if "dst" in _flags(note)}
        if self._notes or currency != self.currency:
            odd |= {start for start in starts if kind and self._currency(start) != currency}
        if sources and column.count(sources) + column.count(0) < len(starts):
            odd |= {start for start, mask in zip(starts, column, strict=True) if mask not in {0, sources}}
        return odd

    def restated(self, metric: Metric, until: int, unlike: AbstractSet[int]) -> Iterator[tuple[float, float]]:
        """Yield what each number was at first and what it is now, for rows that start before `until`.

        Without the rows that start where `unlike` says.
        """
        stop, bit = bisect_left(self.columns["starts"], until), _BITS[metric]
        columns = (self.columns[name] for name in ("starts", _FIRST[metric.value], metric.value, "masks"))
        for start, first, value, mask in islice(zip(*columns, strict=True), stop):
            if not math.isnan(first) and not mask & bit and start not in unlike:
                yield first, value

    def __len__(self) -> int:
        return len(self.columns["starts"])

    def get(self, bucket: Bucket) -> MetricPoint | None:
        row = self._row(bucket.epoch)
        return None if row is None else self._point(row, bucket)

    def seen(self, bucket: Bucket) -> datetime | None:
        """Return when the platform was last known to have answered about this bucket."""
        row = self._row(bucket.epoch)
        return None if row is None else instant_of(int(self.columns["seen"][row]))

    def put(self, point: MetricPoint) -> MetricPoint | None:
        """Keep a source's own point if it says something new; return it with its revision, else None.

        An answer older than the newest one about this bucket never replaces it, even where that
        one only confirmed what was known.
        """
        row = self._row(point.bucket.epoch)
        if row is None:
            return self._kept(point)
        kept = self._point(row, point.bucket)
        if micros(point.fetched_at) < self.columns["seen"][row]:
            return None
        if point.says_the_same(kept):
            self.columns["seen"][row] = micros(point.fetched_at)
            return None
        return self._kept(replace(point, revision=kept.revision + 1))

    def adopt(self, point: MetricPoint) -> MetricPoint | None:
        """Keep a point that another writer stored: its numbers are the first anybody knows of."""
        kept = self.put(point)
        row = self._row(point.bucket.epoch)
        if kept is not None and row is not None:
            self._forget_first(row)
            self._remember_first(row, point)
        return kept

    def first(self, bucket: Bucket) -> MetricPoint | None:
        """Return a bucket as it was when each of its numbers could first be judged."""
        row = self._row(bucket.epoch)
        if row is None:
            return None
        point = self._point(row, bucket)
        early = {metric: self.columns[_FIRST[metric.value]][row] for metric in _METRICS}
        known = frozenset(metric for metric, value in early.items() if not math.isnan(value))
        return replace(
            point,
            values={metric: value if metric in known else 0.0 for metric, value in early.items()},
            unavailable=frozenset(_METRICS) - known,
            impressions=_count(self.columns[_FIRST["impressions"]][row]),
            clicks=_count(self.columns[_FIRST["clicks"]][row]),
            maturity=Maturity(known),
            fetched_at=instant_of(int(self.columns["first_fetched"][row] or self.columns["fetched"][row])),
        )

    def amend(self, point: MetricPoint) -> MetricPoint | None:
        """Replace what stands in a bucket, if the content differs, without a new answer."""
        row = self._row(point.bucket.epoch)
        if row is None or point.says_the_same(kept := self._point(row, point.bucket)):
            return None
        return self._kept(replace(point, revision=kept.revision + 1))

    def follow(self, point: MetricPoint) -> MetricPoint | None:
        """Keep a derived point if it differs at all: it is what its parts make it, revision and all."""
        row = self._row(point.bucket.epoch)
        if row is not None:
            kept = self._point(row, point.bucket)
            if point == kept and point.revision <= kept.revision:
                return None
            point = replace(point, revision=max(point.revision, kept.revision))
        return self._kept(point)

    def rebuilt(self, points: Iterable[MetricPoint]) -> Page:
        """Return a page that holds just what these stored documents say.

        What no document knows is taken over: looks, when a row was last confirmed, and its first
        numbers.
        """
        page = Page(self.source, self.period, self.month, self.currency)
        page.version, page.looks = self.version, Looks(dict(self.looks.packed))
        for point in points:
            page._kept(point)
            row, former = page._row(point.bucket.epoch), self._row(point.bucket.epoch)
            if row is not None and former is not None:
                seen = self.columns["seen"][former]
                page.columns["seen"][row] = max(page.columns["seen"][row], seen)
                for first in _FIRST.values():
                    if not math.isnan(early := self.columns[first][former]):
                        page.columns[first][row] = early
                page.columns["first_fetched"][row] = self.columns["first_fetched"][former]
        return page

    def points(self, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[MetricPoint]:
        """Yield the points whose bucket starts in [start, end), oldest first."""
        for row in self.rows(start, end):
            yield self.point(row, zone)

    def rows(self, start: datetime, end: datetime) -> range:
        """Return the numbers of the rows whose bucket starts in [start, end)."""
        starts = self.columns["starts"]
        return range(bisect_left(starts, start.timestamp()), bisect_left(starts, end.timestamp()))

    def point(self, row: int, zone: ZoneInfo) -> MetricPoint:
        instant = datetime.fromtimestamp(self.columns["starts"][row], UTC)
        return self._point(row, bucket_at(instant, self.period, zone))

    def remarks(self, rows: range) -> list[str]:
        """Return a text for each row that differs where their flags, currency or adjustment do."""
        if not self._notes:
            return [""] * len(rows)
        starts = self.columns["starts"][rows.start : rows.stop]
        return [repr(self._notes.get(str(start), "")) for start in starts]

    def to_fields(self) -> dict[str, object]:
        """Return the document's fields; columns are little-endian bytes."""
        return {
            "source": self.source.value,
            "period": self.period.value,
            "month": self.month,
            "currency": self.currency,
            "count": len(self),
            "notes": self._notes,
            "looks": self.looks.packed,
        } | {name: little_endian(column).tobytes() for name, column in self.columns.items()}

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
            count, notes, looks = fields["count"], fields["notes"], fields["looks"]
        except (KeyError, ValueError) as error:
            raise InvalidDocument(path, "not a history page") from error
        if not isinstance(notes, dict):
            raise InvalidDocument(f"{path}.notes", "a map is required")
        page._notes = notes
        page.looks = Looks.read(looks, f"{path}.looks")
        for name, code in _TYPES.items():
            column, raw = array(code), fields.get(name)
            if not isinstance(raw, bytes) or len(raw) % column.itemsize:
                raise InvalidDocument(f"{path}.{name}", "a packed column is required")
            column.frombytes(raw)
            if len(column) != count:
                raise InvalidDocument(f"{path}.{name}", f"{count} rows are required")
            page.columns[name] = little_endian(column)
        return page

    def _row(self, epoch: int) -> int | None:
        starts = self.columns["starts"]
        row = bisect_left(starts, epoch)
        return row if row < len(starts) and starts[row] == epoch else None

    def _point(self, row: int, bucket: Bucket) -> MetricPoint:
        columns = self.columns
        note = self._notes.get(str(columns["starts"][row]), {})
        return MetricPoint(
            source=self.source,
            bucket=bucket,
            values={m: columns[m.value][row] for m in _METRICS},
            unavailable=_metrics(columns["masks"][row]),
            impressions=_count(columns["impressions"][row]),
            clicks=_count(columns["clicks"][row]),
            currency=str(note.get("currency", self.currency)),
            maturity=Maturity(_metrics(columns["usable"][row]), _metrics(columns["settled"][row])),
            fetched_at=instant_of(int(columns["fetched"][row])),
            flags=_flags(note),
            adjustment=_adjustment(note),
            sources=_BY_SOURCE_MASK[columns["sources"][row]],
            revision=int(columns["revisions"][row]),
        )

    def _kept(self, point: MetricPoint) -> MetricPoint:
        """Write a row; first numbers in another currency, or of other sources, are none of this one's."""
        columns, epoch = self.columns, point.bucket.epoch
        row = self._row(epoch)
        if row is None:
            row = bisect_left(columns["starts"], epoch)
            for name, column in columns.items():
                column.insert(row, _BLANK[_TYPES[name]])
        elif self.kind(point.bucket) != (point.currency, _source_mask(point.sources)):
            self._forget_first(row)
        columns["starts"][row] = epoch
        columns["fetched"][row] = micros(point.fetched_at)
        columns["seen"][row] = max(columns["seen"][row], columns["fetched"][row])
        columns["revisions"][row] = point.revision
        columns["usable"][row] = _mask(point.maturity.usable)
        columns["settled"][row] = _mask(point.maturity.settled)
        columns["masks"][row] = _mask(point.unavailable)
        columns["sources"][row] = _source_mask(point.sources)
        columns["impressions"][row] = math.nan if point.impressions is None else point.impressions
        columns["clicks"][row] = math.nan if point.clicks is None else point.clicks
        for metric in _METRICS:
            columns[metric.value][row] = point.values[metric]
        self._remember_first(row, point)
        note: dict[str, object] = {}
        if point.flags:
            note["flags"] = list(point.flags)
        if point.currency != self.currency:
            note["currency"] = point.currency
        if point.adjustment is not None:
            note["adjustment"] = list(point.adjustment.parts())
        key = str(epoch)
        if note:
            self._notes[key] = note
        else:
            self._notes.pop(key, None)
        return self._point(row, point.bucket)

    def _currency(self, start: int) -> str:
        return str(self._notes.get(str(start), {}).get("currency", self.currency))

    def _forget_first(self, row: int) -> None:
        for first in _FIRST.values():
            self.columns[first][row] = math.nan
        self.columns["first_fetched"][row] = 0

    def _remember_first(self, row: int, point: MetricPoint) -> None:
        """Keep each number from the moment it may be judged; what comes in later never changes it."""
        for metric in point.maturity.usable:
            column = self.columns[_FIRST[metric.value]]
            if math.isnan(column[row]):
                column[row] = point.values[metric]
        if point.maturity.usable:
            fetched = self.columns["first_fetched"]
            fetched[row] = fetched[row] or micros(point.fetched_at)
            for name in _VOLUMES:
                if math.isnan(self.columns[_FIRST[name]][row]):
                    self.columns[_FIRST[name]][row] = self.columns[name][row]


def page_id(source: Source, period: Period, month: str) -> str:
    return f"{source.value}_{period.value}_{month}"


def _metrics(mask: int) -> frozenset[Metric]:
    return _BY_MASK[mask]


def _source_mask(sources: frozenset[Source]) -> int:
    return sum(_SOURCE_BITS[source] for source in sources)


def _mask(metrics: frozenset[Metric]) -> int:
    return sum(bit for metric, bit in _BITS.items() if metric in metrics)


_BLANK = {"d": math.nan, "q": 0, "i": 0, "B": 0}
_BITS = {metric: 1 << n for n, metric in enumerate(_METRICS)}
_SOURCE_BITS = {source: 1 << n for n, source in enumerate(Source)}
_BY_SOURCE_MASK = [
    frozenset(source for source, bit in _SOURCE_BITS.items() if mask & bit)
    for mask in range(1 << len(_SOURCE_BITS))
]
_BY_MASK = [frozenset(m for m, bit in _BITS.items() if mask & bit) for mask in range(1 << len(_METRICS))]


def _adjustment(note: Mapping[str, object]) -> Sums | None:
    parts = note.get("adjustment")
    return Sums(*parts) if isinstance(parts, list) else None


def _flags(note: Mapping[str, object]) -> tuple[str, ...]:
    flags = note.get("flags", [])
    return tuple(str(flag) for flag in flags) if isinstance(flags, list) else ()


def _count(value: float) -> int | None:
    return None if math.isnan(value) else int(value)
