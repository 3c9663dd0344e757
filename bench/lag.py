"""Purchases that come in late by a known curve, judged in several ways: `python -m bench.lag --seed 7`.

Of an hour's orders this share is known `age` hours after the hour's end:

    known(age) = 1 - 0.55 x exp(-age / 5 h), and all of them at 48 h

which is 45 % at once, 70 % at 3 h, 95 % at 12 h; each hour has a speed of its own (5 h, log-normal
by 15 %). True orders are Poisson with a season of hours and weekdays; in each ten days there are
six hours in which they fall by 70 %, and nothing else is wrong. Whoever judges sees the numbers
only as they are known at that moment:

    naive          each hour at 1 h, against what is known by then of the hours before it
    naive_3h       the same at 3 h
    fixed_delay    each hour at 48 h, when nothing comes in any more
    equal_age      each hour at 3 h, against what each hour before it showed at 3 h
    equal_age_15h  the same at 15 h, when Google's purchases are usable

Each is the production detector on production pages at medium sensitivity; only what the pages
remember, and when they are asked, differs. Printed for each way:

    lag_false_alarms_per_week  times people were told outside an incident and the day after it,
                               per brand and week
                               (at most about 4.7: an incident is told once in 36 h unless it worsens)
    lag_caught                 share of the incidents in whose own hours people were told
    lag_hours_to_alarm         hours from the start of a caught incident to its first alarm, mean:
                               end of the judged hour + age - start of the incident
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from statistics import fmean
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bench.figures import show
from shared.core.history import PAGES_FOR_BASELINE, Page
from shared.core.metric import USABLE, Metric, MetricPoint, Source
from shared.core.period import HOUR, Bucket, Period, bucket_at, months_back
from shared.core.sentry.cycle import CYCLES
from shared.core.sentry.detection import Verdict, judge_windows
from shared.core.sentry.history import History
from shared.core.sentry.quiet import Alarm, Quiet
from shared.core.sentry.settings import SentrySettings
from shared.core.sentry.severity import Direction
from shared.core.sentry.window import Windows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SETTLED_H = 48
TAU_H = 5.0
_LATE = 0.55
_SPEED_SCATTER = 0.15

_BEGIN = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
_ZONE = ZoneInfo("UTC")
_WEEK_H = 168
_LEARN_H = 21 * 24
_WEEKDAYS = (1.0, 0.96, 0.98, 1.0, 1.08, 1.2, 1.12)
_DEMAND_NOISE = 0.08
_INCIDENT_EVERY_H, _INCIDENT_H, _INCIDENT_FACTOR = 240, 6, 0.3
_AFTERMATH_H = 24

_KNOWN = frozenset({Metric.SPEND, Metric.REVENUE, Metric.CONVERSIONS})
_RATIOS = frozenset(Metric) - _KNOWN
_OTHERS = frozenset(Metric) - {Metric.CONVERSIONS}
_SETTINGS = SentrySettings()
_QUIET = CYCLES[Period.HOURLY].quiet


@dataclass(frozen=True, slots=True)
class Way:
    """Each hour is judged at `age` hours; `remembers`: those before it stay as they were at that age."""

    name: str
    age: int
    remembers: bool = True


WAYS = (
    Way("naive", 1, remembers=False),
    Way("naive_3h", 3, remembers=False),
    Way("fixed_delay", SETTLED_H),
    Way("equal_age", 3),
    Way("equal_age_15h", 15),
)


@dataclass(frozen=True, slots=True)
class Hour:
    """What truly happened: `spend` and the `value` of an order in currency, an order's delay in hours.

    `delays` ascend; one counts from the hour's end to when its order is known.
    """

    bucket: Bucket
    clicks: int
    spend: float
    value: float
    delays: tuple[float, ...]

    def orders(self, age: int) -> int:
        """Return how many orders are known at an age in hours."""
        return bisect_right(self.delays, age)

    def point(self, age: int) -> MetricPoint:
        """Return what the platform answers at an age in hours."""
        orders = self.orders(age)
        bought = {Metric.CONVERSIONS: float(orders), Metric.REVENUE: orders * self.value}
        return MetricPoint(
            source=Source.GOOGLE,
            bucket=self.bucket,
            values=dict.fromkeys(Metric, 0.0) | {Metric.SPEND: self.spend} | bought,
            unavailable=_RATIOS,
            impressions=None,
            clicks=self.clicks,
            currency="USD",
            maturity=USABLE.within(_KNOWN),
            fetched_at=self.bucket.end + age * HOUR,
        )


@dataclass(frozen=True, slots=True)
class Truth:
    """A brand's hours without gaps, and the rows of each incident."""

    hours: tuple[Hour, ...]
    incidents: tuple[range, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one way told of one brand: false alarms, and the hours to each caught incident's alarm."""

    false: int
    waits: tuple[int, ...]


def known(age: float, tau: float = TAU_H) -> float:
    """Return the expected share of an hour's orders that is known at an age; both in hours.

    >>> round(known(0), 2), round(known(3), 2), known(48)
    (0.45, 0.7, 1.0)
    """
    return 1.0 if age >= SETTLED_H else 1.0 - _LATE * math.exp(-age / tau)


def simulate(chance: random.Random, weeks: int) -> Truth:
    """Draw a brand: three weeks to learn from, then as many weeks to judge."""
    count = _LEARN_H + weeks * _WEEK_H
    last = _INCIDENT_EVERY_H - _INCIDENT_H - _AFTERMATH_H
    starts = [begin + chance.randrange(last + 1) for begin in range(0, count, _INCIDENT_EVERY_H)]
    incidents = tuple(range(at, at + _INCIDENT_H) for at in starts if at + _INCIDENT_H <= count)
    wrong = {row for span in incidents for row in span}
    rate, value = chance.uniform(35, 45), chance.uniform(40, 80)
    hours = []
    for row in range(count):
        bucket = bucket_at(_BEGIN + row * HOUR, Period.HOURLY, _ZONE)
        usual = _season(bucket.start) * chance.lognormvariate(0, _DEMAND_NOISE)
        clicks = round(1_000 * usual * chance.lognormvariate(0, _DEMAND_NOISE))
        spend = round(0.6 * clicks * chance.lognormvariate(0, _DEMAND_NOISE), 2)
        orders = _poisson(chance, rate * usual * (_INCIDENT_FACTOR if row in wrong else 1.0))
        tau = TAU_H * chance.lognormvariate(0, _SPEED_SCATTER)
        delays = tuple(sorted(_delay(chance, tau) for _ in range(orders)))
        hours.append(Hour(bucket, clicks, spend, value, delays))
    return Truth(tuple(hours), incidents)


def judged(truth: Truth) -> list[range]:
    """Return the incidents that begin after the weeks to learn from."""
    return [span for span in truth.incidents if span.start >= _LEARN_H]


def told(truth: Truth, way: Way) -> list[int]:
    """Return the rows of the hours that people are told of, in one pass from the first to the last."""
    pages: dict[str, Page] = {}
    quiet = Quiet()
    found = []
    for row, hour in enumerate(truth.hours):
        for each, age in _read(truth.hours, row, way):
            month = each.bucket.month
            page = pages.setdefault(month, Page(Source.GOOGLE, Period.HOURLY, month, "USD"))
            keep = page.put if way.remembers else page.adopt
            keep(each.point(age))
        if row < _LEARN_H:
            continue
        verdict = _bad_news(pages, hour.bucket)
        if verdict is None:
            continue
        begin, end = hour.bucket.epoch, int(hour.bucket.end.timestamp())
        if quiet.add(Alarm(begin, end, verdict.strength, _QUIET)).told:
            found.append(row)
    return found


def outcome(truth: Truth, way: Way) -> Outcome:
    """Hold what one way tells against what truly happened."""
    rows = told(truth, way)
    excused = {row for span in truth.incidents for row in range(span.start, span.stop + _AFTERMATH_H)}
    firsts = [(span, next((row for row in rows if row in span), None)) for span in judged(truth)]
    return Outcome(
        false=sum(row not in excused for row in rows),
        waits=tuple(row + 1 + way.age - span.start for span, row in firsts if row is not None),
    )


def figures(seed: int, weeks: int, brands: int) -> dict[str, object]:
    """Judge every brand in every way."""
    truths = [simulate(random.Random(f"{seed}/{brand}"), weeks) for brand in range(brands)]
    incidents = sum(len(judged(truth)) for truth in truths)
    found: dict[str, object] = {"lag_incidents": incidents}
    for way in WAYS:
        outcomes = [outcome(truth, way) for truth in truths]
        waits = [wait for each in outcomes for wait in each.waits]
        name = f"{{{way.name}}}"
        found[f"lag_false_alarms_per_week{name}"] = sum(each.false for each in outcomes) / (brands * weeks)
        found[f"lag_caught{name}"] = len(waits) / incidents if incidents else math.nan
        found[f"lag_hours_to_alarm{name}"] = fmean(waits) if waits else math.nan
    return found


def _read(hours: Sequence[Hour], row: int, way: Way) -> Iterator[tuple[Hour, int]]:
    """Yield the hours that are read when the one of `row` can be judged, with their ages.

    Where the past does not stay as it was, each hour that has changed is read again; else each is
    read once more when nothing comes in any more.
    """
    yield hours[row], way.age
    for back in range(1, SETTLED_H + 1) if not way.remembers else (SETTLED_H,):
        if back > row:
            return
        hour, age = hours[row - back], way.age + back
        if way.remembers or hour.orders(age) != hour.orders(age - 1):
            yield hour, age


def _bad_news(pages: dict[str, Page], bucket: Bucket) -> Verdict | None:
    """Judge the purchases of one hour by its remembered numbers; None unless they are bad news."""
    months = months_back(bucket.month, PAGES_FOR_BASELINE[Period.HOURLY])
    first = pages[bucket.month].first(bucket)
    if first is None:
        return None
    history = History([pages[month] for month in months if month in pages], bucket, _ZONE)
    windows = Windows(history, first)
    found = judge_windows(replace(first, unavailable=_OTHERS), windows, _SETTINGS)[Metric.CONVERSIONS]
    return found if isinstance(found, Verdict) and found.direction is Direction.ADVERSE else None


def _season(at: datetime) -> float:
    """Return how much an hour usually sells, around 1: least at 3 o'clock, most at 15."""
    return (1 + 0.4 * math.sin((at.hour - 9) / 24 * math.tau)) * _WEEKDAYS[at.weekday()]


def _poisson(chance: random.Random, rate: float) -> int:
    """Count the arrivals in one unit of time."""
    count, at = 0, chance.expovariate(rate)
    while at < 1:
        count, at = count + 1, at + chance.expovariate(rate)
    return count


def _delay(chance: random.Random, tau: float) -> float:
    """Draw when an order is known, in hours; its distribution is `known`."""
    late = chance.random() < _LATE
    return min(chance.expovariate(1 / tau), SETTLED_H) if late else 0.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.lag", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--weeks", type=int, default=12, help="judged, after three to learn from")
    parser.add_argument("--brands", type=int, default=4)
    asked = parser.parse_args()
    show(figures(asked.seed, asked.weeks, asked.brands))
    return 0


if __name__ == "__main__":
    sys.exit(main())
