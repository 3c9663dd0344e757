"""One bucket's own past, as it was known when each bucket could first be judged.

Numbers of one age are compared with numbers of the same age: what a platform adds to a bucket
days later is not yet in the one that is judged, so it is left out of those before it as well.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from math import nan
from typing import TYPE_CHECKING

from shared.core.metric import Metric
from shared.core.period import Period
from shared.core.sentry.cycle import CYCLES
from shared.core.sentry.season import Season, middle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.core.history import Page
    from shared.core.period import Bucket
    from shared.core.sentry.cycle import Cycle

_DAY_S = 86_400
_ROUNDS_FROM_MIDNIGHT = 3
_LEAST_KNOWN = 0.5
_TAIL_ROUNDS = 5
"""With the hours since midnight: the longest window and the levels of the four rounds before it."""
_REMEMBERED = 1_024

Rows = tuple[bytes, bytes]
"""Some rows of one page: their packed starts, and their packed values in one column."""


@dataclass(frozen=True, slots=True)
class Line:
    """One column's season and its last cells before the judged bucket.

    `recent` begins at phase 0 and ends just before the judged bucket; `holes` are the cells that
    nobody knew, filled from the round before. `known` counts the cells that taught.
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
        pages: those that hold the past; what lies in or after `bucket` is not read.
        bucket: the one to be judged.
        blind: spans [start, end) in seconds since 1970 that teach nothing.
    """

    def __init__(self, pages: Sequence[Page], bucket: Bucket, blind: Sequence[tuple[int, int]] = ()) -> None:
        self.bucket = bucket
        self._pages = sorted(pages, key=lambda page: page.month)
        self._blind = blind
        self._lines: dict[str, Line | None] = {}
        self._spans: dict[tuple[int, int], list[tuple[Page, int, int, bytes]]] = {}
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
            columns = page.columns
            stop = bisect_left(columns["starts"], until)
            for first, value in zip(
                columns[f"first_{metric.value}"][:stop], columns[metric.value], strict=False
            ):
                if first == first:  # noqa: PLR0124 - NaN is not itself
                    early, late = early + first, late + value
        return late / early if early > 0 and late > 0 else 1.0

    def _line(self, name: str) -> Line | None:
        """Learn up to the last midnight, so that a day's hours share one season.

        A series younger than a few days learns up to the judged bucket itself.
        """
        epoch = self.bucket.epoch
        if self.bucket.period is Period.HOURLY:
            midnight = epoch - epoch % _DAY_S
            taught = self._learn(name, midnight)
            if taught is not None and taught.season.rounds >= _ROUNDS_FROM_MIDNIGHT:
                return self._line_from(taught, name, midnight)
            if taught is None and self._rows_before(midnight) >= _ROUNDS_FROM_MIDNIGHT * 24:
                return None
        taught = self._learn(name, epoch)
        return None if taught is None else self._line_from(taught, name, epoch)

    def _rows_before(self, epoch: int) -> int:
        return sum(bisect_left(page.columns["starts"], epoch) for page in self._pages)

    def _line_from(self, taught: _Taught, name: str, anchor: int) -> Line | None:
        cycle = CYCLES[self.bucket.period]
        recent, holes, length = list(taught.tail), set(taught.holes), cycle.length
        count = round((self.bucket.epoch - anchor) / cycle.step)
        today = _cells(
            self._rows(name, anchor, count), anchor, count, cycle.step, self._blanks(anchor, count)
        )
        for value in today:
            if value != value:  # noqa: PLR0124 - NaN is not itself
                holes.add(len(recent))
                value = recent[-length]  # noqa: PLW2901 - a hole is filled from the round before
            recent.append(value)
        known = taught.known + count - sum(hole >= len(taught.tail) for hole in holes)
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
            self._spans[key] = [
                (page, i, j, page.columns["starts"][i:j].tobytes())
                for page in self._pages
                for i, j in (self._between(page, origin, count),)
                if i < j
            ]
        return [(starts, page.columns[name][i:j].tobytes()) for page, i, j, starts in self._spans[key]]

    def _between(self, page: Page, origin: int, count: int) -> tuple[int, int]:
        starts, step = page.columns["starts"], CYCLES[self.bucket.period].step
        first = bisect_left(starts, origin - step // 2)
        return first, bisect_left(starts, origin + count * step - step // 2)

    def _blanks(self, origin: int, count: int) -> tuple[int, ...]:
        """Name the cells that teach nothing: declared spans, and hours that clocks repeat."""
        key = origin, count
        if key not in self._blanked:
            step, places = CYCLES[self.bucket.period].step, set[int]()
            for start, end in self._blind:
                first, stop = -(-(start - origin) // step), -(-(end - origin) // step)
                places |= set(range(max(first, 0), min(stop, count)))
            for page in self._pages:
                places |= {round((start - origin) / step) for start in page.irregular}
            self._blanked[key] = tuple(sorted(place for place in places if 0 <= place < count))
        return self._blanked[key]


@dataclass(frozen=True, slots=True)
class _Taught:
    season: Season
    tail: list[float]
    holes: tuple[int, ...]
    known: int


@lru_cache(maxsize=_REMEMBERED)
def _learn(period: Period, origin: int, rows: tuple[Rows, ...], blanks: tuple[int, ...]) -> _Taught | None:
    """Learn a season from packed rows; the same rows are learnt once."""
    cycle = CYCLES[period]
    values = _cells(rows, origin, cycle.rounds * cycle.length, cycle.step, blanks)
    begin = next((at for at, value in enumerate(values) if value == value), len(values))  # noqa: PLR0124
    values = values[begin + (len(values) - begin) % cycle.length :]
    holes = [at for at, value in enumerate(values) if value != value]  # noqa: PLR0124
    known = len(values) - len(holes)
    if not values or known < _LEAST_KNOWN * len(values):
        return None
    _fill(values, holes, cycle)
    start = max(len(values) - _TAIL_ROUNDS * cycle.length, 0)
    tail_holes = tuple(hole - start for hole in holes if hole >= start)
    return _Taught(Season(values, cycle), values[start:], tail_holes, known)


def _fill(values: list[float], holes: Sequence[int], cycle: Cycle) -> None:
    """Fill each hole from the round before it; in the first round, with what is usual."""
    usual = middle(value for value in values if value == value)  # noqa: PLR0124
    for hole in holes:
        values[hole] = values[hole - cycle.length] if hole >= cycle.length else usual


def _cells(rows: Sequence[Rows], origin: int, count: int, step: int, blanks: Sequence[int]) -> list[float]:
    """Lay rows out in cells, one a bucket; what nobody knows is NaN."""
    cells = [nan] * count
    for packed_starts, packed in rows:
        starts, column = array("q"), array("d")
        starts.frombytes(packed_starts)
        column.frombytes(packed)
        place, last = round((starts[0] - origin) / step), round((starts[-1] - origin) / step)
        if last - place == len(starts) - 1:
            cells[place : last + 1] = column
            continue
        for start, value in zip(starts, column, strict=True):
            cells[round((start - origin) / step)] = value
    for place in blanks:
        cells[place] = nan
    return cells
