"""The Sentry's judgement of one point: is it news, how grave, and if not, why not.

The contract's rule is `|value - expected| / expected` strictly over the brand's threshold. On
hourly points a noise gate must agree; on days and weeks the rule decides alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING

from shared.core.baseline import SETTLED_HOURS, Expectation, History, expect
from shared.core.metric import Metric, MetricPoint
from shared.core.period import Period

if TYPE_CHECKING:
    from collections.abc import Mapping


class Sensitivity(Enum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


THRESHOLD_PERCENT = {Sensitivity.LOW: 50, Sensitivity.MEDIUM: 30, Sensitivity.HIGH: 15}

GATE_SIGMAS = {Sensitivity.LOW: 4.0, Sensitivity.MEDIUM: 3.5, Sensitivity.HIGH: 3.0}
_GATE_WHILE_YOUNG = 1.5

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

_SMALLEST_SPEND = 5.0
_SMALLEST_CLICKS = 30
_SMALLEST_CONVERSIONS = 5.0
_COUNTED_BY_CONVERSIONS = frozenset({Metric.REVENUE, Metric.ROAS, Metric.CAC, Metric.CONVERSIONS})
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class SentrySettings:
    """A brand's choices. `channels` is a subset of dashboard, email, slack."""

    enabled: bool = True
    sensitivity: Sensitivity = Sensitivity.MEDIUM
    channels: tuple[str, ...] = ("dashboard",)
    noise_gate: bool = True


class Severity(Enum):
    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Direction(Enum):
    ADVERSE = "adverse"
    FAVOURABLE = "favourable"


class Silence(Enum):
    """Why there is no verdict."""

    DISABLED = "disabled"
    IMMATURE = "immature"
    IRREGULAR = "irregular"
    UNAVAILABLE = "unavailable"
    LEARNING = "learning"
    LOW_VOLUME = "low_volume"
    EXPECTED_ZERO = "expected_zero"
    WITHIN_THRESHOLD = "within_threshold"
    WITHIN_NOISE = "within_noise"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A deviation that is news. `deviation_percent` is signed; `sigmas` says how unusual it is."""

    metric: Metric
    value: float
    expected: float
    deviation_percent: float
    threshold_percent: int
    sigmas: float
    direction: Direction
    severity: Severity


def judge(
    point: MetricPoint, history: History, settings: SentrySettings
) -> Mapping[Metric, Verdict | Silence]:
    """Judge the seven metrics of one point against its own past."""
    expectations = {metric: expect(history.series(metric), point.bucket) for metric in Metric}
    return {metric: _judge_one(metric, point, expectations, settings) for metric in Metric}


def exceeds(value: float, expected: float, percent: int) -> bool:
    """Say whether the deviation is strictly over `percent`, in exact decimal arithmetic.

    The decimals are those a person reads; binary floats would put 0.7 against 1.0 over 30 %.

    >>> exceeds(0.7, 1.0, 30), exceeds(0.6999, 1.0, 30), exceeds(1.3001, 1.0, 30)
    (False, True, True)
    """
    v, e = Decimal(repr(value)), Decimal(repr(expected))
    return abs(v - e) * 100 > percent * e


def polarity(metric: Metric, *, rising: bool) -> Direction:
    good = _UP_IS_GOOD.get(metric)
    return Direction.FAVOURABLE if good is rising else Direction.ADVERSE


def severity_of(deviation_percent: float, threshold_percent: int, direction: Direction) -> Severity:
    if direction is Direction.FAVOURABLE:
        return Severity.INFO
    grave = abs(deviation_percent) > _CRITICAL_TIMES * threshold_percent
    return Severity.CRITICAL if grave else Severity.WARNING


def _judge_one(
    metric: Metric,
    point: MetricPoint,
    expectations: Mapping[Metric, Expectation | None],
    settings: SentrySettings,
) -> Verdict | Silence:
    silence = _before_looking(metric, point, settings)
    if silence is not None:
        return silence
    expectation = expectations[metric]
    if expectation is None:
        return Silence.LEARNING
    if _too_small(metric, point, expectations):
        return Silence.LOW_VOLUME
    value, expected = _shown(point.values[metric]), _shown(expectation.value)
    if expected <= 0:
        return Silence.EXPECTED_ZERO
    threshold = THRESHOLD_PERCENT[settings.sensitivity]
    if not exceeds(value, expected, threshold):
        return Silence.WITHIN_THRESHOLD
    sigmas = _sigmas(value, expected, expectation)
    if point.period is Period.HOURLY and settings.noise_gate and sigmas <= _gate(settings, expectation):
        return Silence.WITHIN_NOISE
    percent = float((Decimal(repr(value)) - Decimal(repr(expected))) * 100 / Decimal(repr(expected)))
    direction = polarity(metric, rising=value > expected)
    return Verdict(
        metric,
        value,
        expected,
        percent,
        threshold,
        sigmas,
        direction,
        severity_of(percent, threshold, direction),
    )


def _before_looking(metric: Metric, point: MetricPoint, settings: SentrySettings) -> Silence | None:
    if not settings.enabled:
        return Silence.DISABLED
    if not point.maturity.usable:
        return Silence.IMMATURE
    if "dst" in point.flags:
        return Silence.IRREGULAR
    if metric in point.unavailable:
        return Silence.UNAVAILABLE
    return None if metric in point.maturity.usable else Silence.IMMATURE


def _too_small(metric: Metric, point: MetricPoint, expectations: Mapping[Metric, Expectation | None]) -> bool:
    """Say whether chance alone moves this metric: too few clicks, conversions or money are expected."""
    if metric is Metric.SPEND:
        spend = expectations[Metric.SPEND]
        return spend is not None and spend.value < _SMALLEST_SPEND
    if metric in _COUNTED_BY_CONVERSIONS:
        conversions = expectations[Metric.CONVERSIONS]
        return conversions is not None and conversions.value < _SMALLEST_CONVERSIONS
    return point.clicks is not None and point.clicks < _SMALLEST_CLICKS


def _sigmas(value: float, expected: float, expectation: Expectation) -> float:
    """Measure in log ratio, where a fall to nothing has no end."""
    return math.inf if value <= 0 else abs(math.log(value / expected)) / expectation.sigma


def _gate(settings: SentrySettings, expectation: Expectation) -> float:
    young = expectation.samples < SETTLED_HOURS
    return GATE_SIGMAS[settings.sensitivity] * (_GATE_WHILE_YOUNG if young else 1.0)


def _shown(value: float) -> float:
    """Round to the digits that are stored and shown, so that anyone can recompute the decision."""
    return float(f"{value:.{_DIGITS}g}")
