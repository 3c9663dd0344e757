"""The product's detector beside others, on the same series in the same run."""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.console import Console

from bench import nab
from bench.injection import catch_rates
from bench.peers import PEERS, timed
from bench.score import Scored, notifications, score
from shared.core.period import Period, bucket_at
from shared.core.sentry.threshold import THRESHOLD_PERCENT, Sensitivity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bench.injection import Detector
    from bench.series import Labelled
    from shared.core.sentry.season import Season

OURS = "the Sentry"
_SLOW = frozenset({"statsforecast"})
"""Peers that are too slow for a thousand injections: a tenth of them is tried."""

_UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Line:
    """One detector: its score by profile, caught share by shape, microseconds of CPU a point."""

    name: str
    scored: Mapping[str, Scored]
    caught: Mapping[str, float]
    trials: int
    us_per_point: float


def noise(stamps: Sequence[datetime], _values: Sequence[float], _since: int = 0) -> list[float]:
    """Draw scores by chance: what the benchmark's score is worth at its least."""
    chance = random.Random(len(stamps))
    return [chance.random() for _ in stamps]


def compare(series: Sequence[Labelled], trials: int, seed: int) -> list[Line]:
    """Judge every detector on all series; `trials` injections are divided among the shapes."""
    detectors: dict[str, Detector] = {OURS: nab.scores, **PEERS, "chance": noise}
    lines = []
    for name, detector in detectors.items():
        Console(stderr=True).print(f"{name} ...")
        scored = score(series, {each.name: detector(each.stamps, each.values) for each in series})
        tried = trials // 10 if name in _SLOW else trials
        caught = catch_rates(detector, series, count=tried, seed=seed)
        lines.append(Line(name, scored, caught, tried, timed(detector, series)))
    return lines


@dataclass(frozen=True, slots=True)
class Heard:
    """One sensitivity on labelled series, per week and series outside windows.

    `literal` are the hours that the contract's percentage alone raises against our expectation,
    `told` those of which people hear from us; of `labelled` windows, `literal_windows` and `windows`
    are those in which either speaks.
    """

    sensitivity: Sensitivity
    literal: float
    told: float
    literal_windows: int
    windows: int
    labelled: int


def heard(series: Sequence[Labelled], rows: Mapping[str, Sequence[nab.Row]]) -> list[Heard]:
    """Count what each sensitivity says, by the contract's rule alone and by ours."""
    found = []
    spans = [(each.name, span) for each in series for span in each.spans()]

    def spoken_in(said: Mapping[str, Sequence[bool]]) -> int:
        return sum(any(said[name][row] for row in span) for name, span in spans)

    for sensitivity, percent in THRESHOLD_PERCENT.items():
        literal = {
            name: [row.deviation is not None and abs(row.deviation) > percent for row in judged]
            for name, judged in rows.items()
        }
        told = {name: [row.told[sensitivity] for row in judged] for name, judged in rows.items()}
        found.append(
            Heard(
                sensitivity,
                notifications(series, literal),
                notifications(series, told),
                spoken_in(literal),
                spoken_in(told),
                len(spans),
            )
        )
    return found


def state_kb(series: Labelled) -> float:
    """Measure what is kept of one series to judge its next point: its columns and its season, in KB.

    Columns are those of the history pages that are read; the season is what is learnt anew each day,
    with every float an object of its own.
    """
    shelf, bucket = (
        nab.Shelf(Period.HOURLY),
        bucket_at(series.stamps[0].replace(tzinfo=UTC), Period.HOURLY, _UTC),
    )
    for stamp, value in zip(series.stamps, series.values, strict=True):
        bucket = bucket_at(stamp.replace(tzinfo=UTC), Period.HOURLY, _UTC)
        shelf.put(bucket, value)
    columns = sum(
        len(page.columns[name]) * page.columns[name].itemsize
        for page in shelf.pages(bucket.month)
        for name in ("starts", f"first_{nab.METRIC.value}", nab.METRIC.value)
    )
    line = shelf.history(bucket).line(nab.METRIC)
    if line is None:
        return columns / 1024
    line.season.sigma(1, 0)
    return (columns + _held(line.season) + _held_list(line.recent)) / 1024


def _held(season: Season) -> int:
    lists = [value for value in vars(season).values() if isinstance(value, list)]
    tables = [value for value in vars(season).values() if isinstance(value, dict)]
    return sum(map(_held_list, lists)) + sum(_held_list(row) for table in tables for row in table.values())


def _held_list(values: list[float]) -> int:
    return sys.getsizeof(values) + sum(sys.getsizeof(value) for value in values)
