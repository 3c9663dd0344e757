"""What stands beside a chart's axes, in the brand's language and zone."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10
from typing import TYPE_CHECKING

from shared.core.period import Period
from shared.core.wording import axis_figure, day_and_month, hour_of_day

if TYPE_CHECKING:
    from shared.core.brand import Brand
    from shared.core.chart import Chart, Spot

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_FEWEST_TICKS = 3
_NEAR_ZERO = 0.5
_MARGIN = 0.12
_NOON = 12
_EVERY = {Period.DAILY: 9, Period.WEEKLY: 3}
_WORDS = {
    "pt-BR": {"value": "valor", "expected": "esperado", "band": "faixa normal", "alarm": "anomalia"},
    "en": {"value": "value", "expected": "expected", "band": "normal range", "alarm": "anomaly"},
}


@dataclass(frozen=True, slots=True)
class Labels:
    """`bottom` and `top` bound the value axis; ticks are (place, label): a value, or a spot's number.

    Where moments have no room beside each other, the earlier in the list is the more important.

    `value`, `expected`, `band` and `alarm` are the legend's words.
    """

    bottom: float
    top: float
    heights: tuple[tuple[float, str], ...]
    moments: tuple[tuple[int, str], ...]
    value: str
    expected: str
    band: str
    alarm: str


def labels_of(chart: Chart, brand: Brand) -> Labels:
    known = [
        height
        for spot in chart.spots
        for height in (spot.value, spot.low, spot.high, spot.expected)
        if height is not None
    ]
    bottom, top = _range(min(known), max(known))
    step = _step(top - bottom)
    first = -(-bottom // step)
    count = int((top - first * step) / step + 1e-9) + 1
    heights = [(first + n) * step for n in range(count)]
    anomaly, locale = chart.anomaly, brand.locale
    return Labels(
        bottom,
        top,
        tuple(
            (height, axis_figure(anomaly.metric, height, step, currency=anomaly.currency, locale=locale))
            for height in heights
        ),
        tuple(_moments(chart, brand)),
        **_WORDS[locale],
    )


def _range(low: float, high: float) -> tuple[float, float]:
    """Begin at nothing, unless all of it is far above."""
    if low < _NEAR_ZERO * high or high <= low:
        return 0.0, high * (1 + _MARGIN) or 1.0
    margin = _MARGIN * (high - low)
    return low - margin, high + margin


def _step(span: float) -> float:
    """Return the largest round step that leaves some ticks.

    >>> _step(10.0), _step(0.35), _step(4_100.0)
    (2.5, 0.1, 1000.0)
    """
    power = 10.0 ** floor(log10(span / _FEWEST_TICKS))
    return max(step * power for step in _STEPS if span / (step * power) >= _FEWEST_TICKS)


def _moments(chart: Chart, brand: Brand) -> list[tuple[int, str]]:
    """Name days at their midnight, then noons where there is room; weeks of days; some of many weeks."""
    period = chart.anomaly.bucket.period
    if period is not Period.HOURLY:
        last = len(chart.spots) - 1
        places = range(last % _EVERY[period], len(chart.spots), _EVERY[period])
        return [(place, day_and_month(chart.spots[place].bucket.start, brand)) for place in reversed(places)]
    hours = [(place, spot.bucket.start, _local_hour(spot, brand)) for place, spot in enumerate(chart.spots)]
    days = [(place, day_and_month(start, brand)) for place, start, hour in hours if hour == 0]
    noons = [(place, hour_of_day(start, brand)) for place, start, hour in hours if hour == _NOON]
    return days + noons


def _local_hour(spot: Spot, brand: Brand) -> int:
    return spot.bucket.start.astimezone(brand.zone).hour
