"""One bucket's own past, as it was known when each bucket could first be judged.

Numbers of one age are compared with numbers of the same age: what a platform adds to a bucket
days later is not yet in the one that is judged, so it is left out of those before it as well.
Hours are matched by the brand's own clocks, for people keep their hours when clocks change.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from math import isnan, nan
from typing import TYPE_CHECKING

from shared.core.metric import Metric
from shared.core.period import Period
from shared.core.sentry.cycle import CYCLES
from shared.core.sentry.season import Season, middle

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from shared.core.history import Page
    from shared.core.period import Bucket

_DAY_S = 86_400
_ROUNDS_FROM_MIDNIGHT = 3
_LEAST_KNOWN = 0.5
_SELDOM = 0.25
_REMEMBERED = 1_024

Rows = tuple[int, bytes, bytes]
"""Rows of one page between two changes of clocks: what these are ahead of UTC by, in seconds, the
packed starts, and the packed values in one column."""


@dataclass(frozen=True, slots=True)
class Line:
    """One column's season and its cells before the judged bucket.

    `recent` begins at phase 0 and ends just before the judged bucket; `holes` are the cells that
    nobody knew, filled from the round before. `known` counts the others. A phase that
    hardly ever holds a number (the click rate of a shop's night) is one in which nothing is usual.
    """

    season: Season
    recent: list[float]
    holes: frozenset[int]
    known: int

    @property
    def phase(self) -> int:
        """The judged bucket's."""
        return len(self.recent) % self.season.cycle.length


class History:
    """The past of one source and period before one bucket, by column.

    Args:
        pages: those that hold the past; of what lies in or after `bucket` no number is read.
        bucket: the one to be judged.
        zone: the brand's.
        blind: spans [start, end) in seconds since 1970 that teach nothing.

    Rows that do not compare with the bucket's own teach nothing either: those in another currency,
    and those that blend other sources.
    """

    def __init__(
        self, pages: Sequence[Page], bucket: Bucket, zone: tzinfo, blind: Sequence[tuple[int, int]] = ()
    ) -> None:
        self.bucket = bucket
        self._zone = zone
        self._now = self._shown(bucket.epoch)
        self._pages = sorted(pages, key=lambda page: page.month)
        self._blind = blind
        self._lines: dict[str, Line | None] = {}
        self._spans: dict[tuple[int, int], list[tuple[Page, int, int, int, bytes]]] = {}
        self._blanked: dict[tuple[int, int], tuple[int, ...]] = {}

    def line(self, column: Metric | str) -> Line | None:
        """Return a metric's line, or that of `impressions` or `clicks`; None while there is none."""
        name = column.value if isinstance(column, Metric) else column
        if name not in self._lines:
            self._lines[name] = self._line(f"first_{name}")
        return self._lines[name]

    def grown(self, metric: Metric) -> float:
        """Return how much of a metric comes in after it could first be judged: late over first.

        From buckets at least three days older than the judged one; 1 where none is known.
        """
        early = late = 0.0
        until = self.bucket.epoch - 3 * _DAY_S
        for page in self._pages:
            for first, value in page.restated(metric, until, self._unlike):
                early, late = early + first, late + value
        return late / early if early > 0 and late > 0 else 1.0

    def _line(self, name: str) -> Line | None:
        """Learn up to the last midnight, so that a day's hours share one season.

        A series younger than a few days learns up to the judged bucket itself.
        """
        of_day = self._now % _DAY_S
        if self.bucket.period is not Period.HOURLY:
            anchor = self._now - of_day  # some days begin at one, where clocks change at midnight
        else:
            anchor, step = self._now, CYCLES[Period.HOURLY].step
            midnight = anchor - of_day // step * step
            taught = self._learn(name, midnight)
            if taught is not None and taught.season.rounds >= _ROUNDS_FROM_MIDNIGHT:
                return self._line_from(taught, name, midnight)
            if taught is None and self._rows_before(midnight) >= _ROUNDS_FROM_MIDNIGHT * 24:
                return None
        taught = self._learn(name, anchor)
        return None if taught is None else self._line_from(taught, name, anchor)

    def _rows_before(self, anchor: int) -> int:
        until = anchor - _ahead(self.bucket.epoch, self._zone)
        return sum(bisect_left(page.columns["starts"], until) for page in self._pages)

    def _line_from(self, taught: _Taught, name: str, anchor: int) -> Line | None:
        cycle = CYCLES[self.bucket.period]
        length = cycle.length
        count = (self._now - anchor) // cycle.step
        today = _cells(
            self._rows(name, anchor, count), anchor, count, cycle.step, self._blanks(anchor, count)
        )
        recent, holes = [*taught.values, *today], set(taught.holes)
        if isnan(sum(today)):
            for place in range(len(taught.values), len(recent)):
                if isnan(recent[place]):
                    if taught.season.profile[place % length] > 0:
                        holes.add(place)
                    recent[place] = recent[place - length]  # a hole is filled from the round before
        known = taught.known + len(today) - (len(holes) - len(taught.holes))
        if known < cycle.learning:
            return None
        return Line(taught.season, recent, frozenset(holes), known)

    def _learn(self, name: str, anchor: int) -> _Taught | None:
        cycle = CYCLES[self.bucket.period]
        count = cycle.rounds * cycle.length
        origin = anchor - count * cycle.step
        return _learn(
            self.bucket.period, origin, tuple(self._rows(name, origin, count)), self._blanks(origin, count)
        )

    def _rows(self, name: str, origin: int, count: int) -> list[Rows]:
        key = origin, count
        if key not in self._spans:
            until = origin + count * CYCLES[self.bucket.period].step
            self._spans[key] = [
                (page, first, stop, ahead, starts[first:stop].tobytes())
                for page, i, j, ahead in self._pieces
                for starts in (page.columns["starts"],)
                for first in (bisect_left(starts, origin - ahead, i, j),)
                for stop in (bisect_left(starts, min(until - ahead, self.bucket.epoch), i, j),)
                if first < stop
            ]
        return [
            (ahead, starts, memoryview(page.columns[name])[i:j].tobytes())
            for page, i, j, ahead, starts in self._spans[key]
        ]

    def _blanks(self, origin: int, count: int) -> tuple[int, ...]:
        """Name the cells that teach nothing: those that a blind span touches, and what does not compare."""
        if not self._blind and not self._unlike:
            return ()
        key = origin, count
        if key not in self._blanked:
            step = CYCLES[self.bucket.period].step
            places = {(self._shown(start) - origin) // step for start in self._unlike}
            for start, end in self._blind:
                first, last = ((self._shown(edge) - origin) // step for edge in (start, end - 1))
                places |= set(range(max(first, 0), min(last + 1, count)))
            self._blanked[key] = tuple(sorted(place for place in places if 0 <= place < count))
        return self._blanked[key]

    def _shown(self, epoch: int) -> int:
        """Return what the brand's clocks show, counted like seconds since 1970."""
        return epoch + _ahead(epoch, self._zone)

    @cached_property
    def _pieces(self) -> list[tuple[Page, int, int, int]]:
        """The pages' rows between changes of the brand's clocks, and what these are ahead of UTC by."""
        return [
            (page, *piece)
            for page in self._pages
            for starts in (page.columns["starts"],)
            for piece in _between_changes(starts, 0, len(starts), self._zone)
        ]

    @cached_property
    def _unlike(self) -> frozenset[int]:
        """The starts of rows that do not compare with the judged bucket's own."""
        month = self.bucket.month
        kind = next((page.kind(self.bucket) for page in self._pages if page.month == month), None)
        return frozenset().union(*(page.unlike(kind) for page in self._pages))


@dataclass(frozen=True, slots=True)
class _Taught:
    season: Season
    values: list[float]
    holes: list[int]
    known: int


@lru_cache(maxsize=_REMEMBERED)
def _learn(period: Period, origin: int, rows: tuple[Rows, ...], blanks: tuple[int, ...]) -> _Taught | None:
    """Learn a season from packed rows; the same rows are learnt once."""
    cycle = CYCLES[period]
    values = _cells(rows, origin, cycle.rounds * cycle.length, cycle.step, blanks)
    begin = next((at for at, value in enumerate(values) if value == value), len(values))  # noqa: PLR0124
    values = values[begin + (len(values) - begin) % cycle.length :]
    missing = [at for at, value in enumerate(values) if value != value]  # noqa: PLR0124
    known = len(values) - len(missing)
    holes = _without_empty_phases(values, missing, cycle.length)
    if known < max(_LEAST_KNOWN * (known + len(holes)), 1):
        return None
    for hole in holes:
        earlier = hole - cycle.length
        values[hole] = values[earlier] if earlier >= 0 else _usual(values[hole :: cycle.length])
    return _Taught(Season(values, cycle), values, holes, known)


def _without_empty_phases(values: list[float], holes: list[int], length: int) -> list[int]:
    """Put nothing where a phase hardly ever holds a number; return the holes of the others.

    Of rounds in which nothing is known (a gap, an occasion) none counts: they say nothing of a phase.
    """
    rounds = len(values) // length
    unknown = sum(count == length for count in Counter(hole // length for hole in holes).values())
    missing = Counter(hole % length for hole in holes)
    seldom = _SELDOM * (rounds - unknown)
    empty = {phase for phase, count in missing.items() if rounds - count < seldom}
    for phase in empty:
        values[phase::length] = [0.0] * rounds
    return [hole for hole in holes if hole % length not in empty] if empty else holes


def _usual(phase: Iterable[float]) -> float:
    return middle(value for value in phase if value == value)  # noqa: PLR0124


def _cells(rows: Sequence[Rows], origin: int, count: int, step: int, blanks: Sequence[int]) -> list[float]:
    """Lay rows out in cells, one a bucket; what nobody knows is NaN."""
    cells = [nan] * count
    for ahead, packed_starts, packed in rows:
        starts, column = array("q"), array("d")
        starts.frombytes(packed_starts)
        column.frombytes(packed)
        from_utc = origin - ahead
        place, last = (starts[0] - from_utc) // step, (starts[-1] - from_utc) // step
        if last - place == len(starts) - 1:
            cells[place : last + 1] = column
            continue
        for start, value in zip(starts, column, strict=True):
            cells[(start - from_utc) // step] = value
    for place in blanks:
        cells[place] = nan
    return cells


def _between_changes(starts: Sequence[int], i: int, j: int, zone: tzinfo) -> list[tuple[int, int, int]]:
    """Split rows [i, j) where clocks changed; return each part's rows and what its clocks are ahead by."""
    if i >= j:
        return []
    first, last = _ahead(starts[i], zone), _ahead(starts[j - 1], zone)
    if first == last:
        return [(i, j, first)]
    half = (i + j) // 2
    return [*_between_changes(starts, i, half, zone), *_between_changes(starts, half, j, zone)]


def _ahead(epoch: int, zone: tzinfo) -> int:
    """Return how many seconds a zone's clocks are ahead of UTC at a moment."""
    offset = datetime.fromtimestamp(epoch, zone).utcoffset()
    return 0 if offset is None else offset.days * _DAY_S + offset.seconds
