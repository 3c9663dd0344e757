"""Which way is good, and how grave a deviation is."""

from __future__ import annotations

from enum import Enum

from shared.core.metric import Metric


class Severity(Enum):
    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Direction(Enum):
    ADVERSE = "adverse"
    FAVOURABLE = "favourable"


_UP_IS_GOOD = {
    Metric.REVENUE: True,
    Metric.ROAS: True,
    Metric.CTR: True,
    Metric.CONVERSIONS: True,
    Metric.CAC: False,
    Metric.CPC: False,
}
"""Spend is absent: leaving its track is bad in both directions."""

_CRITICAL_TIMES = 2


def polarity(metric: Metric, *, rising: bool) -> Direction:
    """Return what a move of a metric means.

    >>> polarity(Metric.CPC, rising=True), polarity(Metric.ROAS, rising=True)
    (<Direction.ADVERSE: 'adverse'>, <Direction.FAVOURABLE: 'favourable'>)
    >>> polarity(Metric.SPEND, rising=True) is polarity(Metric.SPEND, rising=False)
    True
    """
    good = _UP_IS_GOOD.get(metric)
    return Direction.FAVOURABLE if good is rising else Direction.ADVERSE


def severity_of(
    deviation_percent: float, threshold_percent: float, direction: Direction, *, stopped: bool = False
) -> Severity:
    """Return how grave: adverse and over twice the threshold is critical, and so is what stopped.

    A fall is never more than 100 %, so at low sensitivity only the latter makes one critical.

    >>> severity_of(60.0, 30, Direction.ADVERSE), severity_of(-60.1, 30, Direction.ADVERSE)
    (<Severity.WARNING: 'warning'>, <Severity.CRITICAL: 'critical'>)
    """
    if direction is Direction.FAVOURABLE:
        return Severity.INFO
    grave = stopped or abs(deviation_percent) > _CRITICAL_TIMES * threshold_percent
    return Severity.CRITICAL if grave else Severity.WARNING
