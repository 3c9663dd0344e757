"""Named rules: what stopped altogether is told at every sensitivity, whatever the noise.

A count that should be n and is 0 happens by chance with probability e^-n (Poisson): at 12 that is
once in 160,000 windows.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from shared.core.metric import Metric
from shared.core.sentry.volume import SMALLEST_CLICKS, SMALLEST_SPEND

if TYPE_CHECKING:
    from shared.core.sentry.window import Windows

_SURE_COUNT = 12.0


class Rule(Enum):
    """By what rule an anomaly was raised."""

    PERCENT = "percent"
    SPEND_WITHOUT_CONVERSIONS = "spend_without_conversions"
    SPEND_STOPPED = "spend_stopped"
    DELIVERY_STOPPED = "delivery_stopped"
    NOTHING_SOLD = "nothing_sold"


def outage(metric: Metric, size: int, windows: Windows) -> Rule | None:
    """Return the rule by which a window of nothing is no accident; None where it may be one.

    Spend: some was expected, and none came; `delivery_stopped` where nobody was shown anything
    either. Conversions: at least a dozen were expected, and none came; with money spent it is
    `spend_without_conversions`. A shop that rests on this weekday has not stopped.
    """
    window = windows.get(metric, size)
    if window is None or window.value != 0 or windows.rests(metric, size):
        return None
    if metric is Metric.SPEND:
        clicks = windows.expected("clicks", size)
        if window.expected < SMALLEST_SPEND or (clicks is not None and clicks < SMALLEST_CLICKS):
            return None
        unseen = windows.total("impressions", size) == 0
        return Rule.DELIVERY_STOPPED if unseen else Rule.SPEND_STOPPED
    if metric is Metric.CONVERSIONS and window.expected >= _SURE_COUNT:
        spent = windows.total(Metric.SPEND, size)
        return Rule.SPEND_WITHOUT_CONVERSIONS if spent else Rule.NOTHING_SOLD
    return None
