"""An anomaly's chart: what came, what was expected, and from where on the Sentry would alarm.

Every bucket's expectation is the Sentry's own for that bucket: the same history, season, level and
noise, read off the same pages, and every number is the one that could first be judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import exp
from typing import TYPE_CHECKING

from shared.core.history import PAGES_FOR_BASELINE, page_id
from shared.core.period import Period, bucket_at, buckets_between, months_back
from shared.core.sentry import gate
from shared.core.sentry.cycle import CYCLES
from shared.core.sentry.history import History
from shared.core.sentry.threshold import THRESHOLD_PERCENT
from shared.core.sentry.window import Windows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import tzinfo

    from shared.core.anomaly import Anomaly
    from shared.core.brand import Brand
    from shared.core.history import Page
    from shared.core.period import Bucket
    from shared.core.sentry.settings import SentrySettings
    from shared.core.sentry.window import Window

BUCKETS = {Period.HOURLY: 72, Period.DAILY: 28, Period.WEEKLY: 12}
"""How many buckets a chart shows: three days, four weeks, or twelve."""

_TREND = {Period.HOURLY: 24, Period.DAILY: 28, Period.WEEKLY: 12}
_TREND_NAMES = {
    "pt-BR": {
        Period.HOURLY: "Últimas 24 h",
        Period.DAILY: "Últimos 28 dias",
        Period.WEEKLY: "Últimas 12 semanas",
    },
    "en": {Period.HOURLY: "Last 24 h", Period.DAILY: "Last 28 days", Period.WEEKLY: "Last 12 weeks"},
}
_BLOCKS = "▁▂▃▄▅▆▇█"
_GAP = "·"
_STEADY = 0.25


@dataclass(frozen=True, slots=True)
class Spot:
    """One bucket, in the metric's unit; None is what nobody knows.

    Between `low` and `high` the Sentry says nothing of this bucket by itself.
    """

    bucket: Bucket
    value: float | None = None
    expected: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """The buckets up to an anomaly's own, oldest first; the last `size` of them are the anomaly's."""

    anomaly: Anomaly
    spots: tuple[Spot, ...]

    @property
    def size(self) -> int:
        return min(self.anomaly.size, len(self.spots))

    def trend(self, locale: str) -> str:
        """Write the last day (or weeks) as a line of blocks behind its name; a gap is a dot."""
        period = self.anomaly.bucket.period
        blocks = sparkline([spot.value for spot in self.spots[-_TREND[period] :]])
        return f"{_TREND_NAMES[locale][period]}  {blocks}"


def pages_of_chart(anomaly: Anomaly, brand: Brand) -> list[str]:
    """Name the history pages that an anomaly's chart is made of."""
    shown = _buckets(anomaly, brand)
    period = anomaly.bucket.period
    newest, oldest = shown[-1].month, shown[0].month
    between = (int(newest[:4]) - int(oldest[:4])) * 12 + int(newest[4:]) - int(oldest[4:])
    months = months_back(newest, between + PAGES_FOR_BASELINE[period])
    return [page_id(anomaly.source, period, month) for month in months]


def chart_of(
    anomaly: Anomaly, pages: Mapping[str, Page], brand: Brand, settings: SentrySettings
) -> Chart | None:
    """Draw an anomaly's chart from history pages, by id; None where these know nothing of the time."""
    spots = [_spot(anomaly, bucket, pages, brand.zone, settings) for bucket in _buckets(anomaly, brand)]
    if all(spot.value is None for spot in spots[:-1]):
        return None
    return Chart(anomaly, tuple(spots))


def sparkline(values: Sequence[float | None]) -> str:
    """Write values as blocks of eight heights; a steady series is not blown up to look like a wild one.

    >>> sparkline([0.0, 1.0, None, 7.0]), sparkline([99.0, 100.0]), sparkline([0.0, None])
    ('▁▂·█', '▁▁', '▁·')
    """
    known = [value for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    span = max(high - low, _STEADY * high)
    steps = (len(_BLOCKS) - 1) / span if span > 0 else 0.0
    return "".join(_GAP if value is None else _BLOCKS[round((value - low) * steps)] for value in values)


def _buckets(anomaly: Anomaly, brand: Brand) -> list[Bucket]:
    last, step = anomaly.bucket, CYCLES[anomaly.bucket.period].step
    some_time_in_the_first = last.epoch - (BUCKETS[last.period] - 1) * step + step // 2
    first = bucket_at(datetime.fromtimestamp(some_time_in_the_first, UTC), last.period, brand.zone)
    return buckets_between(first.start, last.end, last.period, brand.zone)


def _spot(
    anomaly: Anomaly, bucket: Bucket, pages: Mapping[str, Page], zone: tzinfo, settings: SentrySettings
) -> Spot:
    period = bucket.period
    names = [
        page_id(anomaly.source, period, month)
        for month in months_back(bucket.month, PAGES_FOR_BASELINE[period])
    ]
    page = pages.get(names[0])
    point = None if page is None else page.first(bucket)
    its_own = bucket == anomaly.bucket and anomaly.size == 1
    value = anomaly.value if its_own else None if point is None else point.value(anomaly.metric)
    if point is None or value is None:
        return Spot(bucket, value)
    history = History([pages[name] for name in names if name in pages], bucket, zone, settings.blind())
    window = Windows(history, point).get(anomaly.metric, 1)
    if window is None or window.expected <= 0:
        return Spot(bucket, value)
    expected = anomaly.expected if its_own else window.expected
    low, high = _band(window, bucket, settings)
    return Spot(bucket, value, expected, expected * low, expected * high)


def _band(window: Window, bucket: Bucket, settings: SentrySettings) -> tuple[float, float]:
    """Return where news begins, as shares of what is expected: beyond both the percentage and the noise."""
    wider, season = settings.wider(bucket), window.season
    share = THRESHOLD_PERCENT[settings.sensitivity] * wider / 100
    low, high = 1 - share, 1 + share
    if bucket.period is Period.HOURLY and settings.noise_gate:
        widened = wider * gate.widened(season.rounds, season.cycle.settled)
        noise = gate.GATE_SIGMAS[settings.sensitivity] * widened * season.sigma(1, window.phase)
        low, high = min(low, exp(-noise)), max(high, exp(noise))
    return max(low, 0.0), high
