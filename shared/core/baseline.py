"""What a metric would have been: a robust, seasonal expectation and how far it usually misses.

Strictly causal: only usable numbers of buckets before the judged one are read, so the order in which
events arrive does not change a verdict.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from shared.core.metric import Metric
from shared.core.period import Bucket, Period

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.core.history import Page

HOUR_S = 3_600
DAY_S = 24 * HOUR_S
WEEK_S = 7 * DAY_S
_DAYS_READ = 14
_WEEKS_READ = 4
_SAMPLES_FOR_WEEKLY_SEASON = 2
_LEVEL_RANGE = (0.5, 2.0)

LEARNING = {Period.HOURLY: 24, Period.DAILY: 7, Period.WEEKLY: 4}
"""Buckets a series needs before it is judged at all."""

SETTLED_HOURS = 14 * 24
"""Hours after which an hourly series is known well enough for the ordinary noise gate."""

SIGMA_FLOOR = 0.02
"""A series is never believed to be steadier than 2 %."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """`value` in the metric's unit; `sigma` is the usual relative miss, as a log ratio."""

    value: float
    sigma: float
    samples: int


class History:
    """The regular rows of one source and period before one bucket, looked up by start."""

    def __init__(self, pages: Sequence[Page], before: Bucket) -> None:
        self._columns = [page.columns for page in pages]
        self._rows: dict[int, tuple[int, int]] = {}
        for number, columns in enumerate(self._columns):
            irregular = pages[number].irregular
            for row, start in enumerate(columns["starts"]):
                if start < before.epoch and start not in irregular:
                    self._rows[int(start)] = (number, row)

    def series(self, metric: Metric) -> Series:
        bit = 1 << tuple(Metric).index(metric)
        values = [columns[metric.value] for columns in self._columns]
        usable = [columns["usable"] for columns in self._columns]
        return Series({s: values[n][row] for s, (n, row) in self._rows.items() if usable[n][row] & bit})


class Series:
    """One metric's known values by bucket start (seconds since 1970)."""

    def __init__(self, values: dict[int, float]) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def at(self, starts: range) -> list[float]:
        values = self.values
        return [values[start] for start in starts if start in values]

    def latest(self, count: int) -> list[float]:
        return [self.values[start] for start in sorted(self.values)[-count:]]


def expect(series: Series, bucket: Bucket) -> Expectation | None:
    """Return what the series should show in `bucket`; None while it is still learning."""
    if len(series) < LEARNING[bucket.period]:
        return None
    if bucket.period is Period.HOURLY:
        return _expect_hour(series, bucket.epoch)
    if bucket.period is Period.DAILY:
        return _expect_day(series, bucket.epoch)
    recent = series.latest(_WEEKS_READ)
    return Expectation(median(recent), _spread(recent, median(recent)), len(series))


def _expect_hour(series: Series, start: int) -> Expectation | None:
    """Median of the same hour over two weeks, blended with the same hour of the week, times the level.

    The level is the last day's median hour against the last two weeks' (bounded to a factor of
    two), so that the expectation follows a lasting change within a day.
    """
    season = _season(series, start)
    if season is None:
        return None
    last_day = series.at(range(start - DAY_S, start, HOUR_S))
    fortnight = series.at(range(start - _DAYS_READ * DAY_S, start, HOUR_S))
    level = 1.0
    if len(last_day) >= DAY_S // HOUR_S // 2 and (usual := median(fortnight)) > 0:
        low, high = _LEVEL_RANGE
        level = min(max(median(last_day) / usual, low), high)
    misses = array("d")
    for neighbour in (start - HOUR_S, start, start + HOUR_S):
        values = series.at(_same_hour(neighbour))
        if values:
            middle = median(values)
            misses.extend(abs(math.log(v / middle)) for v in values if v > 0 and middle > 0)
    return Expectation(season * level, max(_robust(misses), SIGMA_FLOOR), len(series))


def _season(series: Series, start: int) -> float | None:
    daily = series.at(_same_hour(start))
    if not daily:
        return None
    weekly = series.at(range(start - WEEK_S, start - (_WEEKS_READ + 1) * WEEK_S, -WEEK_S))
    if len(weekly) < _SAMPLES_FOR_WEEKLY_SEASON:
        return median(daily)
    return (median(daily) + median(weekly)) / 2


def _same_hour(start: int) -> range:
    return range(start - DAY_S, start - (_DAYS_READ + 1) * DAY_S, -DAY_S)


def _expect_day(series: Series, start: int) -> Expectation | None:
    """Median of the same weekday in recent weeks; of the last seven days while weeks are few.

    Days are 23 to 25 hours long where daylight saving changes, so a weekday is matched within
    an hour and a half of a whole number of weeks.
    """
    same = [
        value
        for at, value in series.values.items()
        if at < start and abs((start - at + WEEK_S // 2) % WEEK_S - WEEK_S // 2) <= HOUR_S * 3 // 2
    ]
    recent = same if len(same) > _SAMPLES_FOR_WEEKLY_SEASON else series.latest(7)
    middle = median(recent)
    return Expectation(middle, _spread(recent, middle), len(series))


def _spread(values: Sequence[float], middle: float) -> float:
    misses = array("d", (abs(math.log(v / middle)) for v in values if v > 0 and middle > 0))
    return max(_robust(misses), SIGMA_FLOOR)


def _robust(misses: array[float]) -> float:
    """Median absolute deviation, scaled to a normal distribution's standard deviation."""
    return 1.4826 * median(misses) if misses else 0.0
