"""A window of buckets that ends with the judged one: what it holds, and what it should hold.

Amounts are added up. A ratio's window is the ratio of its sides' sums, never a mean of ratios; it
is expected to be the mean of the expected ratios, weighted with what the window really divides
by. Where a ratio comes without its sides, each bucket counts alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, log
from operator import mul
from typing import TYPE_CHECKING

from shared.core.metric import Metric
from shared.core.sentry.season import CLIP

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared.core.metric import MetricPoint
    from shared.core.sentry.history import History, Line
    from shared.core.sentry.season import Season

Column = Metric | str
"""A metric, or `impressions` or `clicks`."""

SIDES: dict[Column, tuple[Column, Column]] = {
    Metric.ROAS: (Metric.REVENUE, Metric.SPEND),
    Metric.CAC: (Metric.SPEND, Metric.CONVERSIONS),
    Metric.CTR: ("clicks", "impressions"),
    Metric.CPC: (Metric.SPEND, "clicks"),
}
"""What each ratio divides by what."""

_MOST_HOLES = 0.4
_STILL_NORMAL = 3
"""For so many rounds a former level, if it was nearer the season, is as good as the present one."""

_WEEK_S = 7 * 86_400
_FEWEST_WEEKS = 2

_NOT_YET_BELIEVED = 6
"""The newest buckets do not move the level they are judged by: trouble must not excuse itself."""


@dataclass(frozen=True, slots=True)
class Window:
    """The last `size` buckets; `value` and `expected` in the metric's unit, or a count."""

    size: int
    value: float
    expected: float
    season: Season
    phase: int

    @property
    def sigmas(self) -> float:
        """Return the signed deviation in the window's usual misses, both as log ratios.

        So halved and doubled weigh the same, where in percent a fall can never exceed 100.

        >>> from shared.core.period import Period
        >>> from shared.core.sentry.cycle import CYCLES
        >>> from shared.core.sentry.season import Season
        >>> steady = Season([100.0] * 56, CYCLES[Period.DAILY])
        >>> [round(Window(1, value, 100.0, steady, 0).sigmas, 1) for value in (50.0, 200.0)]
        [-34.7, 34.7]
        """
        return self.sigmas_off(self.expected)

    def sigmas_off(self, expected: float) -> float:
        """Return the same against another expectation; 0 where nothing was expected."""
        if expected <= 0:
            return 0.0
        return log(max(self.value / expected, CLIP)) / self.season.sigma(self.size, self.phase)


class Windows:
    """The windows that end with one point, by column and size."""

    def __init__(self, history: History, point: MetricPoint) -> None:
        self._history = history
        self._point = point
        self._found: dict[tuple[Column, int], Window | None] = {}
        self._levels: dict[tuple[Column, int], float] = {}
        self._knowns: dict[Column, tuple[float, Line] | None] = {}

    def get(self, column: Column, size: int) -> Window | None:
        """Return a window; None where too little is known to say anything."""
        key = column, size
        if key not in self._found:
            self._found[key] = self._window(column, size)
        return self._found[key]

    def sigmas(self, column: Column, size: int) -> float:
        """Return a window's signed sigmas against whatever is normal at the time, the nearest of it.

        Normal is what is expected; for some days after a level has left the season's, that of before
        (the end of an incident is no incident); and what the same weekday held in each of the weeks
        before (a shop that rests on Sundays). 0 between two of these, and where nothing is known.
        """
        window, line = self.get(column, size), self._history.line(column)
        if window is None or line is None:
            return 0.0
        nearest = window.sigmas
        weekday = self._of_weekday(column, size, line, rising=nearest > 0)
        for change in (*self._former_levels(column, size, line), weekday):
            if change == 0.0 and window.value > 0:
                continue  # something is infinitely far from the nothing of a day of rest
            other = window.sigmas_off(window.expected * change)
            if other * nearest <= 0:
                return 0.0
            nearest = min(nearest, other, key=abs)
        return nearest

    def rests(self, column: Column, size: int) -> bool:
        """Say whether the same hours of the same weekday held nothing in each of the weeks before."""
        line = self._history.line(column)
        return line is not None and self._of_weekday(column, size, line, rising=False) == 0.0

    def _former_levels(self, column: Column, size: int, line: Line) -> Iterator[float]:
        until, length = self._until(line, size), line.season.cycle.length
        now = self._level(column, line, until)
        for earlier in range(until - length, max(until - (_STILL_NORMAL + 1) * length, length - 1), -length):
            former = self._level(column, line, earlier)
            if abs(log(former)) < abs(log(now)):
                yield former / now

    def _of_weekday(self, column: Column, size: int, line: Line, *, rising: bool) -> float:
        """Return how far off the same weekday was in each of the last weeks, the least of it.

        1 unless each that is known was off to the same side, and two are known or nothing came in one.
        """
        cycle, every = line.season.cycle, []
        week = _WEEK_S // cycle.step
        if cycle.length >= week:
            return 1.0
        weeks = min(cycle.rounds * cycle.length, len(line.recent) + 1 - size) // week
        for ago in range(1, weeks + 1):
            off = self._was_off(column, size, line, ago * week)
            if off is None:
                continue
            if off == 1 or (off > 1) is not rising:
                return 1.0
            every.append(off)
        least = min(every, default=1.0) if rising else max(every, default=1.0)
        return least if len(every) >= _FEWEST_WEEKS or least == 0.0 else 1.0

    def _was_off(self, column: Column, size: int, line: Line, ago: int) -> float | None:
        """Return what a window that ended some buckets ago held over what was expected.

        None where nothing of it is known, or nothing was expected.
        """
        value, expected = self._of_known(column, size, line, ago)
        expected *= self._level(column, line, len(line.recent) + 1 - ago - size)
        return value / expected if expected > 0 else None

    def _of_known(self, column: Column, size: int, line: Line, ago: int) -> tuple[float, float]:
        """Return what the known cells of a window hold and what they usually would; nothing is made up."""
        count, begin = len(line.recent), len(line.recent) + 1 - ago - size
        cells = line.recent[begin : begin + size] if ago else [*line.recent[begin:], self._now(column) or 0.0]
        usual = line.season.between(begin % line.season.cycle.length, size)
        known = [at for at in range(size) if begin + at not in line.holes]
        weights = self._weights(column, [count - begin - at for at in known])
        value = sum(cells[at] * weight for at, weight in zip(known, weights, strict=True))
        expected = sum(usual[at] * weight for at, weight in zip(known, weights, strict=True))
        return value, expected

    def _weights(self, column: Column, backs: Sequence[int]) -> Sequence[float]:
        """Return how much each of some cells counts, by how many buckets ago they were.

        Amounts are added up; ratios are weighed with what they divide by, where that is known.
        """
        if not isinstance(column, Metric) or column not in SIDES or not backs:
            return [1.0] * len(backs)
        under = self._known(SIDES[column][1])
        cells = [1.0] * len(backs)
        if under is not None and len(under[1].recent) >= max(backs):
            now, line = under
            cells = [line.recent[-back] if back else now for back in backs]
        total = sum(cells)
        return [cell / total for cell in cells] if total > 0 else [1.0 / len(backs)] * len(backs)

    def expected(self, column: Column, size: int) -> float | None:
        window = self.get(column, size)
        return None if window is None else window.expected

    def usual(self, column: Column, size: int) -> float | None:
        """Return what a window would hold at its season's own level, whatever the last day was like."""
        window, line = self.get(column, size), self._history.line(column)
        if window is None or line is None:
            return None
        return window.expected / self._level(column, line, self._until(line, size))

    def total(self, column: Column, size: int) -> float | None:
        """Return what was measured in a window."""
        window = self.get(column, size)
        return None if window is None else window.value

    def _window(self, column: Column, size: int) -> Window | None:
        known = self._known(column)
        if known is None:
            return None
        now, line = known
        begin, length = len(line.recent) + 1 - size, line.season.cycle.length
        if begin < 0 or (line.holes and sum(hole >= begin for hole in line.holes) > _MOST_HOLES * size):
            return None
        usual = line.season.between(begin % length, size)
        level = self._level(column, line, self._until(line, size))
        if line.holes and any(hole >= begin for hole in line.holes):
            value, expected = self._of_known(column, size, line, 0)
        elif size == 1:
            value, expected = now, usual[0]
        else:
            value, expected = self._summed(column, [*line.recent[begin:], now], usual)
        expected *= level
        if not isfinite(value + expected):
            return None
        return Window(size, value, expected, line.season, line.phase)

    def _until(self, line: Line, size: int) -> int:
        """Return before which cell a window's level is taken."""
        return len(line.recent) + 1 - max(size, min(_NOT_YET_BELIEVED, line.season.cycle.length))

    def _level(self, column: Column, line: Line, until: int) -> float:
        key = column, until
        if key not in self._levels:
            length = line.season.cycle.length
            last = line.recent[max(until - length, 0) : until]
            self._levels[key] = line.season.level(last, until % length) if len(last) == length else 1.0
        return self._levels[key]

    def _summed(self, column: Column, cells: list[float], usual: list[float]) -> tuple[float, float]:
        size, sides = len(cells), SIDES.get(column)
        if sides is None:
            return sum(cells), sum(usual)
        over, under = self._cells(sides[0], size), self._cells(sides[1], size)
        if over is None or under is None or (divisor := sum(under)) <= 0:
            return sum(cells) / size, sum(usual) / size
        weights = [weight if ratio > 0 else 0.0 for weight, ratio in zip(under, usual, strict=True)]
        weighed = sum(weights) or 1.0  # what is sold in hours that seldom sell is expected like the rest
        return sum(over) / divisor, sum(map(mul, usual, weights)) / weighed

    def _cells(self, column: Column, size: int) -> list[float] | None:
        known = self._known(column)
        if known is None or len(known[1].recent) + 1 < size:
            return None
        now, line = known
        return [*line.recent[len(line.recent) + 1 - size :], now]

    def _known(self, column: Column) -> tuple[float, Line] | None:
        """Return the judged number and its past; None where either is missing."""
        if column not in self._knowns:
            now = self._now(column)
            line = None if now is None else self._history.line(column)
            self._knowns[column] = None if now is None or line is None else (now, line)
        return self._knowns[column]

    def _now(self, column: Column) -> float | None:
        if isinstance(column, Metric):
            return self._point.value(column)
        return self._point.clicks if column == "clicks" else self._point.impressions
