"""What a detector's scores are worth by the rule of the Numenta Anomaly Benchmark.

The rule (Lavin and Ahmad, "Evaluating real-time anomaly detection algorithms", 2015): alerts early
in a labelled window earn most, alerts outside cost, the more the farther they follow a window. 0 is
a detector that never alerts, 100 one that alerts at the first row of each window and nowhere else.

    python -m bench.score --data DIR [--windows FILE] --results DIR
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console
from rich.table import Table

from bench.series import Labelled, column, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_FAR = 3.0  # window widths after which an alert has nothing to do with the window before it
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Weights:
    """What a window hit at its first row earns, a missed one costs, a false row costs at most."""

    hit: float
    miss: float
    false: float


PROFILES: Mapping[str, Weights] = {
    "standard": Weights(1.0, 1.0, 0.11),
    "low_false_alarms": Weights(1.0, 1.0, 0.22),
    "low_misses": Weights(1.0, 2.0, 0.11),
}


@dataclass(frozen=True, slots=True)
class Scored:
    """A detector by one profile.

    `score` is at most 100, 0 for silence; `threshold` is the score from which rows alert, infinite
    for silence; `false_rows` are alerts outside windows and `false_per_week` how many of them a week
    of one series has. Only rows after the probation count.
    """

    score: float
    threshold: float
    hit: int
    windows: int
    false_rows: int
    false_per_week: float


class _Row(NamedTuple):
    """A judged row: its score, the window it is in, if any, and the worth of an alert, -1 to 1."""

    score: float
    window: tuple[str, int] | None
    worth: float


def score(
    series: Sequence[Labelled], scores: Mapping[str, Sequence[float]], threshold: float | None = None
) -> dict[str, Scored]:
    """Judge scores by each of `PROFILES`.

    Args:
        series: what was scored.
        scores: by series name a score per row, higher is stranger; NaN never alerts.
        threshold: the alerting score for all series; without it the one that earns most by each profile.
    """
    rows = [row for each in series for row in _judged(each, scores[each.name])]
    windows = sum(len(each.windows) for each in series)
    missable = sum(span.stop > each.probation for each in series for span in each.spans())
    weeks = sum(each.weeks for each in series)
    found = {}
    for name, weights in PROFILES.items():
        silence = -weights.miss * missable
        level = _best(rows, weights, silence) if threshold is None else threshold
        alerts = [row for row in rows if row.score >= level]
        total = silence + _earned(alerts, weights, {})
        false = sum(row.window is None for row in alerts)
        found[name] = Scored(
            score=100 * (total - silence) / (weights.hit * windows - silence) if windows else math.nan,
            threshold=level,
            hit=len({row.window for row in alerts if row.window}),
            windows=windows,
            false_rows=false,
            false_per_week=false / weeks if weeks else 0.0,
        )
    return found


def notifications(series: Sequence[Labelled], flags: Mapping[str, Sequence[float]]) -> float:
    """Count the flagged rows outside windows and after the probation, per week and series.

    `flags` has by series name a number per row, 0 where nothing is said.
    """
    false = sum(bool(flags[each.name][row]) for each in series for row in each.outside())
    return false / sum(each.weeks for each in series)


def _judged(series: Labelled, scores: Sequence[float]) -> Iterator[_Row]:
    """Yield the rows after the probation.

    In a window of n rows, an alert k rows before the row after its end is worth s(-k/n) / s(-1); k
    rows after its last row -|s(k/(n-1))|; before any window -1.
    """
    if len(scores) != len(series.stamps):
        raise ValueError(f"{series.name}: {len(scores)} scores for {len(series.stamps)} rows")
    spans = series.spans()
    starts = {span.start: number for number, span in enumerate(spans)}
    number: int | None = None
    for row, value in enumerate(scores):
        number = starts.get(row, number)
        if row < series.probation or math.isnan(value):
            continue
        level = min(value, sys.float_info.max)  # even an infinite score is below silence's threshold
        if number is None:
            yield _Row(level, None, -1.0)
        elif row in spans[number]:
            place = (row - spans[number].stop) / len(spans[number])
            yield _Row(level, (series.name, number), _sigmoid(place) / _sigmoid(-1.0))
        else:
            width = max(len(spans[number]) - 1, 1)
            yield _Row(level, None, _sigmoid((row - spans[number].stop + 1) / width))


def _sigmoid(place: float) -> float:
    return -1.0 if place > _FAR else 2.0 / (1.0 + math.exp(5.0 * place)) - 1.0


def _best(rows: Sequence[_Row], weights: Weights, silence: float) -> float:
    """Return the threshold that earns most; of equal ones the highest."""
    best, threshold, total = silence, math.inf, silence
    paid: dict[tuple[str, int], float] = {}
    falling = sorted(rows, key=lambda row: -row.score)
    for level, tied in groupby(falling, key=lambda row: row.score):
        total += _earned(tied, weights, paid)
        if total > best + _ROUNDING:
            best, threshold = total, level
    return threshold


def _earned(alerts: Iterable[_Row], weights: Weights, paid: dict[tuple[str, int], float]) -> float:
    """Add up alerts; of a window only the best one counts, over what `paid` has for it already."""
    total = 0.0
    for row in alerts:
        if row.window is None:
            total += weights.false * row.worth
        else:
            before = paid.get(row.window, -weights.miss)
            paid[row.window] = max(before, weights.hit * row.worth)
            total += paid[row.window] - before
    return total


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.score")
    parser.add_argument("--data", type=Path, required=True, help="folder of the series")
    parser.add_argument("--windows", type=Path, help="file of the labels")
    parser.add_argument("--results", type=Path, required=True, help="CSVs as in --data with anomaly_score")
    parser.add_argument("--threshold", type=float, help="alert from this score on")
    asked = parser.parse_args()
    series = read(asked.data, asked.windows)
    found = score(series, {each.name: _result(asked.results, each) for each in series}, asked.threshold)
    table = Table(f"{len(series)} series", "score", "windows", "false rows", "per week", "threshold")
    for name, each in found.items():
        table.add_row(
            name,
            f"{each.score:.2f}",
            f"{each.hit}/{each.windows}",
            str(each.false_rows),
            f"{each.false_per_week:.2f}",
            f"{each.threshold:.6g}",
        )
    Console().print(table)
    return 0


def _result(folder: Path, series: Labelled) -> tuple[float, ...]:
    file = folder / series.name
    stamps, scores = column(file, "anomaly_score")
    if len(stamps) != len(series.stamps):
        raise ValueError(f"{file}: {len(stamps)} rows, its series has {len(series.stamps)}")
    for row, (told, known) in enumerate(zip(stamps, series.stamps, strict=True)):
        if told != known:
            raise ValueError(f"{file}, line {row + 2}: {told} is {known} in the series")
    return scores


if __name__ == "__main__":
    sys.exit(main())
