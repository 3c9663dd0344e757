"""What the Sentry would have raised: the same judgement over the past, as it was known then.

A bucket is judged by its first numbers against the first numbers of those before it, so nothing
that was restated later is looked ahead to, and at a brand's own sensitivity the outcome is what
was raised live. Only what a backfill brought in afterwards was not yet known then, and is now.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import fsum
from typing import TYPE_CHECKING

from shared.core.anomaly import AnomalyStatus, raised
from shared.core.explanation import cause_of, explain
from shared.core.history import PAGES_FOR_BASELINE, page_id
from shared.core.incident import all_placed
from shared.core.period import months_back
from shared.core.sentry.detection import JUDGED_NORMAL, Verdict, judge_windows, stand_now
from shared.core.sentry.history import History
from shared.core.sentry.threshold import Sensitivity
from shared.core.sentry.window import Windows
from shared.core.sides import sides_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from shared.core.anomaly import Anomaly
    from shared.core.brand import Brand
    from shared.core.explanation import Part
    from shared.core.history import Page
    from shared.core.metric import Metric, MetricPoint, Source
    from shared.core.sentry.settings import SentrySettings

_HOUR_S = 3_600
SENSITIVITIES = (Sensitivity.LOW, Sensitivity.MEDIUM, Sensitivity.HIGH)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one sensitivity would have done over the days looked at.

    `incidents` counts those of each cause, `notifications` how often somebody would have been
    told. `at_risk` is in the brand's currency: the money of each window, spread over its hours, and
    of several that tell of one hour the dearest, for they tell of one loss. What is sold in another
    currency is not in it.
    """

    sensitivity: Sensitivity
    anomalies: tuple[Anomaly, ...]
    incidents: int
    notifications: int
    at_risk: float


@dataclass(frozen=True, slots=True)
class Backtest:
    """The days before `until` as each sensitivity would have judged them; `chosen` is the brand's own."""

    brand: Brand
    chosen: Sensitivity
    days: int
    until: datetime
    outcomes: tuple[Outcome, ...]


def replay(
    page: Page,
    pages: Mapping[str, Page],
    brand: Brand,
    settings: SentrySettings,
    span: tuple[datetime, datetime],
) -> Iterator[tuple[Sensitivity, Anomaly]]:
    """Yield what each sensitivity raises on a page's buckets that begin in `span`.

    Args:
        page: the one to judge.
        pages: all that were read, by id; the baseline's months are found in them.
        brand: whose pages these are.
        settings: the brand's; each sensitivity takes the place of the chosen one.
        span: [start, end), aware.
    """
    months = months_back(page.month, PAGES_FOR_BASELINE[page.period])
    names = [page_id(page.source, page.period, month) for month in months]
    past = [pages[name] for name in names if name in pages]
    choices = [replace(settings, enabled=True, sensitivity=each) for each in reversed(SENSITIVITIES)]
    for row in page.rows(*span):
        first = page.first(page.point(row, brand.zone).bucket)
        if first is None or first.is_old or not first.maturity.usable:
            continue
        history = History(past, first.bucket, brand.zone, settings.blind())
        case = _Case(first, page.point(row, brand.zone), history, pages, brand)
        for chosen in choices:
            found = list(case.raised(chosen))
            if not found:
                break  # what the keenest ear does not hear, no other does
            yield from ((chosen.sensitivity, anomaly) for anomaly in found)


def summed(found: Iterable[tuple[Sensitivity, Anomaly]], brand: Brand) -> list[Outcome]:
    """Sum up what was raised, a line for each sensitivity."""
    by: dict[Sensitivity, list[Anomaly]] = {each: [] for each in SENSITIVITIES}
    for sensitivity, anomaly in found:
        by[sensitivity].append(anomaly)
    return [_outcome(sensitivity, anomalies, brand) for sensitivity, anomalies in by.items()]


class _Case:
    """One bucket of the past, as it was first known and as it is now."""

    def __init__(
        self, first: MetricPoint, now: MetricPoint, history: History, pages: Mapping[str, Page], brand: Brand
    ) -> None:
        self._first = first
        self._now = now
        self._history = history
        self._windows = Windows(history, first)
        self._pages = pages
        self._brand = brand
        self._sides: Mapping[Source, Windows] | None = None
        self._origins: dict[tuple[Metric, float, float], tuple[Sequence[Part], str]] = {}

    def raised(self, settings: SentrySettings) -> Iterator[Anomaly]:
        """Yield what is raised; what later numbers took back is resolved by the machine."""
        at_first = judge_windows(self._first, self._windows, settings)
        news = [verdict for verdict in at_first.values() if isinstance(verdict, Verdict)]
        if not news:
            return
        by_now = stand_now(at_first, self._first, self._now, self._history, settings)
        for verdict in news:
            origin = self._origin(verdict, settings)
            anomaly = raised(self._brand.id, self._first, verdict, origin, self._first.fetched_at)
            if by_now[verdict.metric] in JUDGED_NORMAL:
                anomaly = replace(anomaly, status=AnomalyStatus.RESOLVED, resolved_by="machine")
            yield anomaly

    def _origin(self, verdict: Verdict, settings: SentrySettings) -> tuple[Sequence[Part], str]:
        if self._sides is None:
            self._sides = sides_of(self._first, self._pages, self._brand, settings)
        key = verdict.metric, verdict.expected, verdict.value
        if key not in self._origins:
            metric, size, change = verdict.metric, verdict.size, (verdict.expected, verdict.value)
            parts = explain(metric, self._first.source, size, change, self._sides)
            self._origins[key] = parts, cause_of(metric, size, parts, self._sides)
        return self._origins[key]


def _outcome(sensitivity: Sensitivity, anomalies: Sequence[Anomaly], brand: Brand) -> Outcome:
    sorted_out = all_placed(anomalies)
    return Outcome(
        sensitivity=sensitivity,
        anomalies=tuple(sorted(sorted_out, key=lambda each: (each.bucket.start, each.id))),
        incidents=len({each.incident for each in sorted_out}),
        notifications=sum(each.told for each in sorted_out),
        at_risk=_at_risk(each for each in sorted_out if each.currency == brand.currency),
    )


def _at_risk(anomalies: Iterable[Anomaly]) -> float:
    dearest: dict[int, float] = {}
    for each in anomalies:
        first, last = each.bucket.epoch // _HOUR_S, int(each.bucket.end.timestamp()) // _HOUR_S
        hours = range(first + 1 - each.size, last)
        for hour in hours if each.at_risk else ():
            dearest[hour] = max(dearest.get(hour, 0.0), (each.at_risk or 0.0) / len(hours))
    return fsum(dearest.values())
