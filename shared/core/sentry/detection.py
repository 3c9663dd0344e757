"""The Sentry's judgement of one point: is it news, how grave, and if not, why not.

A metric is judged over windows of several lengths that end with the point. A window is news when
the contract's rule says so and, for hours, the noise gate agrees or something stopped altogether;
the one furthest beyond its own noise speaks for the metric. Without the gate the contract's rule
decides alone, by the point itself, and longer windows tell only of what stopped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from math import log
from typing import TYPE_CHECKING

from shared.core.metric import Metric
from shared.core.period import Period
from shared.core.sentry import gate
from shared.core.sentry.cycle import CYCLES
from shared.core.sentry.outage import Rule, outage
from shared.core.sentry.season import CLIP
from shared.core.sentry.severity import Direction, Severity, polarity, severity_of
from shared.core.sentry.threshold import THRESHOLD_PERCENT, deviation_percent, exceeds, shown, surely_within
from shared.core.sentry.volume import at_stake, too_small, trifling
from shared.core.sentry.window import Window, Windows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.core.metric import MetricPoint
    from shared.core.sentry.history import History
    from shared.core.sentry.settings import SentrySettings


_NOTHING = 1e-9
"""Less is expected of no metric in any currency: a millionth is the smallest part of a unit."""


class Silence(Enum):
    """Why there is no verdict: that of the shortest window that could be judged."""

    DISABLED = "disabled"
    IMMATURE = "immature"
    IRREGULAR = "irregular"
    UNAVAILABLE = "unavailable"
    LEARNING = "learning"
    EXPECTED_ZERO = "expected_zero"
    LOW_VOLUME = "low_volume"
    WITHIN_THRESHOLD = "within_threshold"
    WITHIN_NOISE = "within_noise"


JUDGED_NORMAL = frozenset({Silence.WITHIN_THRESHOLD, Silence.WITHIN_NOISE, Silence.LOW_VOLUME})
"""What takes back an anomaly; the other silences say nothing of the number."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A deviation that is news.

    `value` and `expected` are those of the last `size` buckets, `deviation_percent` is signed,
    `sigmas` says how unusual it is, `stake` what it is worth in the account's currency (None: nobody
    knows the volume).
    """

    metric: Metric
    value: float
    expected: float
    deviation_percent: float
    threshold_percent: int
    sigmas: float
    direction: Direction
    severity: Severity
    size: int = 1
    rule: Rule = Rule.PERCENT
    stake: float | None = None

    @property
    def strength(self) -> float:
        """Return how far off it is as a log ratio, whatever the window: halved and doubled alike."""
        return abs(log(max(self.value / self.expected, CLIP)))


def judge(
    point: MetricPoint, history: History, settings: SentrySettings, *, restated: bool = False
) -> Mapping[Metric, Verdict | Silence]:
    """Judge the seven metrics of one point against its own past.

    `restated` says that the point is older than those of its past were when they were judged:
    what usually comes in late is then no deviation.
    """
    found = judge_windows(point, Windows(history, point), settings)
    if not restated:
        return found
    return {metric: _late(metric, verdict, history) for metric, verdict in found.items()}


def judge_windows(
    point: MetricPoint, windows: Windows, settings: SentrySettings
) -> Mapping[Metric, Verdict | Silence]:
    """Judge a point by windows that other settings may have looked through before."""
    silence = _silent_altogether(point, settings)
    if silence is not None:
        return dict.fromkeys(Metric, silence)
    wider = settings.wider(point.bucket)
    return {metric: _judge(metric, point, windows, settings, wider) for metric in Metric}


def stand_now(
    at_first: Mapping[Metric, Verdict | Silence],
    first: MetricPoint,
    point: MetricPoint,
    history: History,
    settings: SentrySettings,
) -> Mapping[Metric, Verdict | Silence]:
    """Return how each number stands by now: one that did not change stands as it did at first.

    Args:
        at_first: what `judge` said of `first`.
        first: the point as it was when it could first be judged.
        point: the same as it is now.
        history: their past.
        settings: the brand's.
    """
    changed = {metric for metric in at_first if first.value(metric) != point.value(metric)}
    if not changed:
        return at_first
    late = judge(point, history, settings, restated=True)
    return {metric: late[metric] if metric in changed else verdict for metric, verdict in at_first.items()}


def _silent_altogether(point: MetricPoint, settings: SentrySettings) -> Silence | None:
    if not settings.enabled:
        return Silence.DISABLED
    if not point.maturity.usable:
        return Silence.IMMATURE
    repeated = point.period is Period.HOURLY and "dst" in point.flags
    return Silence.IRREGULAR if repeated else None


def _judge(
    metric: Metric, point: MetricPoint, windows: Windows, settings: SentrySettings, wider: int
) -> Verdict | Silence:
    if metric in point.unavailable:
        return Silence.UNAVAILABLE
    if metric not in point.maturity.usable:
        return Silence.IMMATURE
    best: Verdict | None = None
    reasons: list[Silence] = []
    for size in CYCLES[point.period].horizons:
        window = windows.get(metric, size)
        if window is None:
            continue
        verdict = _judge_window(metric, window, point, windows, settings, wider)
        if isinstance(verdict, Silence):
            reasons.append(verdict)
        elif best is None or abs(verdict.sigmas) > abs(best.sigmas):
            best = verdict
    return best or (reasons[0] if reasons else Silence.LEARNING)


def _judge_window(
    metric: Metric,
    window: Window,
    point: MetricPoint,
    windows: Windows,
    settings: SentrySettings,
    wider: int,
) -> Verdict | Silence:
    if window.expected < _NOTHING:
        return Silence.EXPECTED_ZERO
    threshold = THRESHOLD_PERCENT[settings.sensitivity] * wider
    if surely_within(window.value, window.expected, threshold):
        return Silence.WITHIN_THRESHOLD
    value, expected = shown(window.value), shown(window.expected)
    if not exceeds(value, expected, threshold):
        return Silence.WITHIN_THRESHOLD
    gated = point.period is Period.HOURLY and settings.noise_gate
    beyond = not gated or _beyond_noise(metric, window, windows, settings, wider)
    if not beyond and window.value != 0:
        return Silence.WITHIN_NOISE
    if too_small(metric, window.size, windows) or trifling(metric, window, windows):
        return Silence.LOW_VOLUME
    stopped = outage(metric, window.size, windows)
    if stopped is None and (not beyond or (window.size > 1 and not settings.noise_gate)):
        return Silence.WITHIN_NOISE
    percent = deviation_percent(value, expected)
    direction = polarity(metric, rising=value > expected)
    return Verdict(
        metric=metric,
        value=value,
        expected=expected,
        deviation_percent=percent,
        threshold_percent=threshold,
        sigmas=window.sigmas,
        direction=direction,
        severity=severity_of(percent, threshold, direction, stopped=stopped is not None),
        size=window.size,
        rule=stopped or Rule.PERCENT,
        stake=at_stake(metric, window, windows),
    )


def _beyond_noise(
    metric: Metric, window: Window, windows: Windows, settings: SentrySettings, wider: int
) -> bool:
    """Ask the gate; a long window's last hour must still go its way, for what is over is no news."""
    season, sensitivity = window.season, settings.sensitivity
    wider_still = wider * gate.widened(season.rounds, season.cycle.settled)
    if not gate.passes(window.sigmas, sensitivity, wider_still):
        return False
    sigmas, last = windows.sigmas(metric, window.size), windows.get(metric, 1)
    if last is not None and last.sigmas * sigmas <= 0:
        return False
    return gate.passes(sigmas, sensitivity, wider_still)


def _late(metric: Metric, verdict: Verdict | Silence, history: History) -> Verdict | Silence:
    """Judge a restated value against all that lies between the early and the late expectation."""
    if isinstance(verdict, Silence):
        return verdict
    early, late = verdict.expected, verdict.expected * history.grown(metric)
    nearest = shown(min(max(verdict.value, min(early, late)), max(early, late)))
    if nearest <= 0 or not exceeds(verdict.value, nearest, verdict.threshold_percent):
        return Silence.WITHIN_THRESHOLD
    percent = deviation_percent(verdict.value, nearest)
    stopped = verdict.rule is not Rule.PERCENT
    severity = severity_of(percent, verdict.threshold_percent, verdict.direction, stopped=stopped)
    return replace(verdict, expected=nearest, deviation_percent=percent, severity=severity)
