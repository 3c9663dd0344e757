"""How often a detector catches anomalies that were put into real series, at one rate of false alarms.

python -m bench.injection --data DIR --trials 1000 --seed 7 [--hours H --factor F]
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from bisect import bisect_left, insort
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.progress import Progress

from bench.figures import show
from bench.series import Labelled, read


class Detector(Protocol):
    """Scores each row, higher is stranger, from that row and those before it."""

    def __call__(
        self, stamps: Sequence[datetime], values: Sequence[float], since: int = 0, /
    ) -> Sequence[float]:
        """Return a score a row; those before row `since` need not be judged, only learnt from."""
        ...


if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_LEARN = timedelta(days=15)  # of data before the first injection
_SEEN = timedelta(days=45)  # of data a detector is given before an injection
_AFTERMATH = timedelta(hours=24)  # after a labelled window nothing is injected
_SAME_ALARM_ROWS = 3


@dataclass(frozen=True, slots=True)
class Shape:
    """For so many hours each value is multiplied by `factor`."""

    name: str
    hours: float
    factor: float


SHAPES = (
    Shape("six_hours_at_zero", 6, 0.0),
    Shape("day_halved", 24, 0.5),
    Shape("three_hours_down_70", 3, 0.3),
    Shape("day_doubled", 24, 2.0),
    Shape("hour_tripled", 1, 3.0),
)


@dataclass(frozen=True, slots=True)
class Trial:
    """A shape put into the rows `start` to `stop`, exclusive, of a series."""

    shape: Shape
    series: Labelled
    start: int
    stop: int


def trials(series: Sequence[Labelled], shapes: Sequence[Shape], count: int, seed: int) -> list[Trial]:
    """Draw `count` trials, the shapes in turn, each from all places in all series where it fits.

    It fits after the probation and 15 days of data, wholly inside the series, where it changes a
    value and touches neither a labelled window nor the 24 hours after one.
    """
    places = {shape: [trial for each in series for trial in _places(shape, each)] for shape in shapes}
    for shape, found in places.items():
        if not found:
            raise ValueError(f"{shape.name}: no place for it in any series")
    chance = random.Random(seed)
    return [chance.choice(places[shapes[number % len(shapes)]]) for number in range(count)]


def threshold(detector: Detector, series: Sequence[Labelled], rate: float) -> float:
    """Find the lowest score from which a detector raises at most `rate` false alarms per week and series.

    Counted after the probation and outside labelled windows; a row within 3 rows of an alarm's last
    row belongs to it. Minus infinity when even all rows are not too many.
    """
    rows = []
    for number, each in enumerate(series):
        scores = detector(each.stamps, each.values)
        rows += [(scores[row], number, row) for row in each.outside() if not math.isnan(scores[row])]
    allowed = rate * sum(each.weeks for each in series)
    alarms = 0
    alerting: list[list[int]] = [[] for _ in series]
    for score, tied in groupby(sorted(rows, reverse=True), key=lambda row: row[0]):
        for _, number, row in tied:
            alarms += _more(alerting[number], row)
        if alarms > allowed:
            return math.nextafter(score, math.inf)
    return -math.inf


def catch_rates(
    detector: Detector,
    series: Sequence[Labelled],
    shapes: Sequence[Shape] = SHAPES,
    count: int = 1000,
    seed: int = 7,
    rate: float = 1.0,
) -> dict[str, float]:
    """Return by shape the share of its trials that a detector catches, 0 to 1.

    A trial is caught when a row of it scores at least the `threshold` of `rate` and more than it
    does untouched. A detector sees 45 days before the trial, both times.
    """
    limit = threshold(detector, series, rate)
    tried: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    with Progress(console=Console(stderr=True), transient=True) as progress:
        for trial in progress.track(trials(series, shapes, count, seed), description="injections"):
            tried[trial.shape.name] += 1
            caught[trial.shape.name] += _catches(detector, trial, limit)
    return {name: caught[name] / number for name, number in tried.items()}


def _places(shape: Shape, series: Labelled) -> list[Trial]:
    stamps, length = series.stamps, timedelta(hours=shape.hours)
    found = []
    for start in range(series.probation, len(stamps)):
        begin, end = stamps[start], stamps[start] + length
        if begin - stamps[0] < _LEARN or stamps[-1] + timedelta(hours=1) < end:
            continue
        if any(begin <= last + _AFTERMATH and first < end for first, last in series.windows):
            continue
        stop = start + 1
        while stop < len(stamps) and stamps[stop] < end:
            stop += 1
        if shape.factor != 1 and any(series.values[start:stop]):
            found.append(Trial(shape, series, start, stop))
    return found


def _catches(detector: Detector, trial: Trial, limit: float) -> bool:
    series, factor = trial.series, trial.shape.factor
    since = bisect_left(series.stamps, series.stamps[trial.start] - _SEEN)
    stamps, values = series.stamps[since : trial.stop], series.values[since : trial.stop]
    first = trial.start - since
    touched = detector(stamps, (*values[:first], *(value * factor for value in values[first:])), first)[
        first:
    ]
    if not any(score >= limit for score in touched):
        return False
    untouched = detector(stamps, values, first)[first:]
    return any(limit <= score > before for score, before in zip(touched, untouched, strict=True))


def _more(alerting: list[int], row: int) -> int:
    """Add a row to a series' alerting ones; return how many alarms that makes more, -1 to 1."""
    place = bisect_left(alerting, row)
    before = row - alerting[place - 1] if place else math.inf
    after = alerting[place] - row if place < len(alerting) else math.inf
    insort(alerting, row)
    joined, together = (before <= _SAME_ALARM_ROWS) + (after <= _SAME_ALARM_ROWS), before + after
    return 1 - joined + (together <= _SAME_ALARM_ROWS)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.injection")
    parser.add_argument("--data", type=Path, required=True, help="folder of the series")
    parser.add_argument("--windows", type=Path, help="file of the labels")
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--hours", type=float, help="inject one shape of your own, for so long")
    parser.add_argument("--factor", type=float, help="and times so much")
    asked = parser.parse_args()
    if (asked.hours is None) != (asked.factor is None):
        parser.error("--hours and --factor go together")
    from bench.nab import scores  # noqa: PLC0415 - the detector of the product, loaded when it is judged

    own = (
        ()
        if asked.hours is None
        else (Shape(f"{asked.hours:g}h_x{asked.factor:g}", asked.hours, asked.factor),)
    )
    rates = catch_rates(
        scores, read(asked.data, asked.windows), own or SHAPES, count=asked.trials, seed=asked.seed
    )
    show({f"caught{{{name}}}": rate for name, rate in rates.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
