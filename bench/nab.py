"""The production detector over labelled series: `python -m bench.nab --data DIR --out DIR`.

One causal pass over every `timestamp,value` file below DIR. Each row is judged as the Sentry judges
a ratio that comes without its sides (a price per click, say), from history pages that hold the rows
before it. Written beside each row: what was expected of it, its deviation in percent, a score in
0..1, and whether people would have been told at each sensitivity.

    score = s / (s + 5),  s = sigmas x min(1, |percent| / 15) / how much wider the gate still is

of the window that stands out most; within the quiet time of a stronger alarm, a fifth of s.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import exp, isfinite, nan
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.console import Console

from bench.series import Labelled, unlabelled
from shared.core.history import PAGES_FOR_BASELINE, Page
from shared.core.metric import USABLE, Metric, MetricPoint, Source
from shared.core.period import Bucket, Period, bucket_at, months_back
from shared.core.sentry.cycle import CYCLES
from shared.core.sentry.detection import Verdict, judge_windows
from shared.core.sentry.gate import GATE_SIGMAS, widened
from shared.core.sentry.history import History
from shared.core.sentry.quiet import Alarm, Quiet
from shared.core.sentry.settings import SentrySettings
from shared.core.sentry.threshold import THRESHOLD_PERCENT, Sensitivity, deviation_percent
from shared.core.sentry.window import Window, Windows

if TYPE_CHECKING:
    from collections.abc import Sequence

METRIC = Metric.CPC
_ZONE = ZoneInfo("UTC")
_OTHERS = frozenset(Metric) - {METRIC}
_HALF = 5.0
_HUSHED = 0.2
_FULL_PERCENT = min(THRESHOLD_PERCENT.values())
_WORTH_TELLING = 3.0
_LONGEST_QUIET = timedelta(days=4)
_SETTINGS = {each: SentrySettings(sensitivity=each) for each in Sensitivity}


@dataclass(frozen=True, slots=True)
class Row:
    """`expected` and `deviation` (percent) are None while nothing can be said; `told` by sensitivity.

    `band` is what the medium sensitivity lets pass, low to high.
    """

    expected: float | None
    deviation: float | None
    score: float
    told: dict[Sensitivity, bool]
    band: tuple[float, float] = (nan, nan)


def detect(stamps: Sequence[datetime], values: Sequence[float], since: int = 0) -> list[Row]:
    """Judge every row in one causal pass; stamps are naive or aware, their spacing tells the period.

    Rows closer than an hour are averaged into hours, and the last of an hour is judged. Rows long
    before the one numbered `since` are learnt from and not judged.
    """
    step = _spacing(stamps)
    period = _period(step)
    shelf = Shelf(period)
    quiet = _Hush(CYCLES[period].quiet)
    rows = []
    waking = stamps[since] - _LONGEST_QUIET if stamps else None
    for stamp, value in zip(stamps, values, strict=True):
        if not isfinite(value):
            rows.append(_NOTHING)
            continue
        at = stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)
        bucket = bucket_at(at, period, _ZONE)
        point = shelf.put(bucket, value)
        last = step >= timedelta(hours=1) or bucket_at(at + step, period, _ZONE) != bucket
        awake = waking is None or stamp >= waking
        rows.append(_judged(point, shelf.history(bucket), quiet) if last and awake else _NOTHING)
    return rows


def scores(stamps: Sequence[datetime], values: Sequence[float], since: int = 0) -> list[float]:
    """Return each row's score in 0..1."""
    return [row.score for row in detect(stamps, values, since)]


_NOTHING = Row(None, None, 0.0, dict.fromkeys(Sensitivity, False))


def _judged(point: MetricPoint, history: History, quiet: _Hush) -> Row:
    windows = Windows(history, point)
    now = windows.get(METRIC, 1)
    if now is None or now.expected <= 0:
        return _NOTHING
    young = widened(now.season.rounds, now.season.cycle.settled)
    rising, loud = now.value > now.expected, 0.0
    for size in CYCLES[point.period].horizons:
        window = windows.get(METRIC, size)
        if window is None:
            continue
        sigmas = window.sigmas
        if abs(sigmas) >= _WORTH_TELLING:
            sigmas = windows.sigmas(METRIC, size)
        if sigmas and (sigmas > 0) is rising:
            percent = 100 * (window.value / window.expected - 1)
            loud = max(loud, abs(sigmas) * min(1.0, abs(percent) / _FULL_PERCENT) / young)
    told = dict.fromkeys(Sensitivity, False)
    for sensitivity in (Sensitivity.HIGH, Sensitivity.MEDIUM, Sensitivity.LOW):
        found = judge_windows(point, windows, _SETTINGS[sensitivity])[METRIC]
        if not isinstance(found, Verdict):
            break  # what the keenest ear does not hear, no other does
        told[sensitivity] = quiet.tells((sensitivity, found.sigmas > 0), point.bucket, found.strength)
    if not (loud >= _WORTH_TELLING and quiet.tells("score", point.bucket, loud)):
        loud *= _HUSHED
    percent = deviation_percent(now.value, now.expected)
    return Row(now.expected, percent, loud / (loud + _HALF), told, _band(now, young))


def _band(now: Window, young: float) -> tuple[float, float]:
    gate = GATE_SIGMAS[Sensitivity.MEDIUM] * young * now.season.sigma(1, now.phase)
    share = THRESHOLD_PERCENT[Sensitivity.MEDIUM] / 100
    return now.expected * min(exp(-gate), 1 - share), now.expected * max(exp(gate), 1 + share)


class _Hush:
    """Who is told, per sensitivity and direction, and for the score."""

    def __init__(self, lasts: int) -> None:
        self._lasts = lasts
        self._series: defaultdict[object, Quiet] = defaultdict(Quiet)

    def tells(self, series: object, bucket: Bucket, strength: float) -> bool:
        end = int(bucket.end.timestamp())
        return self._series[series].add(Alarm(bucket.epoch, end, strength, self._lasts)).told


class Shelf:
    """The history pages of one series, by month."""

    def __init__(self, period: Period) -> None:
        self._period = period
        self._pages: dict[str, Page] = {}
        self._sums: tuple[Bucket | None, float, int] = (None, 0.0, 0)

    def put(self, bucket: Bucket, value: float) -> MetricPoint:
        """Keep the mean of a bucket's rows so far."""
        held, total, count = self._sums if self._sums[0] == bucket else (bucket, 0.0, 0)
        self._sums = held, total + value, count + 1
        point = MetricPoint(
            source=Source.META,
            bucket=bucket,
            values=dict.fromkeys(Metric, 0.0) | {METRIC: (total + value) / (count + 1)},
            unavailable=_OTHERS,
            impressions=None,
            clicks=None,
            currency="USD",
            maturity=USABLE.within(frozenset({METRIC})),
            fetched_at=bucket.end,
        )
        page = self._pages.setdefault(bucket.month, Page(Source.META, self._period, bucket.month, "USD"))
        (page.adopt if count else page.put)(point)
        return point

    def pages(self, month: str) -> list[Page]:
        """Return those that a bucket of a month is judged from."""
        months = months_back(month, PAGES_FOR_BASELINE[self._period])
        return [self._pages[month] for month in months if month in self._pages]

    def history(self, bucket: Bucket) -> History:
        return History(self.pages(bucket.month), bucket, _ZONE)


def _spacing(stamps: Sequence[datetime]) -> timedelta:
    steps = [b - a for a, b in pairwise(stamps) if b > a]
    return timedelta(seconds=median(step.total_seconds() for step in steps)) if steps else timedelta(hours=1)


def _period(step: timedelta) -> Period:
    if step <= timedelta(hours=2):
        return Period.HOURLY
    return Period.DAILY if step < timedelta(days=4) else Period.WEEKLY


def write(series: Labelled, rows: Sequence[Row], out: Path) -> None:
    """Write a series' rows below `out`, under the name it has below its data folder."""
    path = out / series.name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ("timestamp", "value", "expected", "deviation", "anomaly_score", "low", "medium", "high")
        )
        for stamp, value, row in zip(series.stamps, series.values, rows, strict=True):
            said = ("", "") if row.expected is None else (f"{row.expected:.9g}", f"{row.deviation:.4f}")
            flags = (int(row.told[each]) for each in (Sensitivity.LOW, Sensitivity.MEDIUM, Sensitivity.HIGH))
            writer.writerow((stamp, repr(value), *said, f"{row.score:.6f}", *flags))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.nab", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with timestamp,value files")
    parser.add_argument("--out", type=Path, required=True, help="where to write the judged rows")
    asked = parser.parse_args()
    found = unlabelled(asked.data)
    console = Console(stderr=True)
    for series in found:
        write(series, detect(series.stamps, series.values), asked.out)
        console.print(f"{series.name}: {len(series.stamps)} rows")
    if not found:
        console.print(f"{asked.data}: no file with the header timestamp,value")
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
