"""The noise gate: on hourly numbers a percentage alone shouts all day.

The deviation, as a log ratio, must exceed so many of the series' own robust sigmas. Of a normal
distribution 4.5 sigmas are one hour in 17 years; real ad prices have far heavier tails, and at
these gates people hear of one series about twice in three weeks at the highest sensitivity and
once in three at the lowest (docs/detection.md).
"""

from __future__ import annotations

from shared.core.sentry.threshold import Sensitivity

GATE_SIGMAS = {Sensitivity.LOW: 6.0, Sensitivity.MEDIUM: 5.25, Sensitivity.HIGH: 4.5}

_WIDER_WHILE_YOUNG = 0.5


def widened(rounds: int, settled: int) -> float:
    """Return how much wider the gate is while a series is young: by half on its first day.

    >>> widened(0, 14), widened(7, 14), widened(21, 14)
    (1.5, 1.25, 1.0)
    """
    return 1.0 + _WIDER_WHILE_YOUNG * max(settled - rounds, 0) / settled


def passes(sigmas: float, sensitivity: Sensitivity, wider: float = 1.0) -> bool:
    """Say whether a deviation is beyond its series' noise; `wider` multiplies the gate.

    >>> passes(-4.6, Sensitivity.HIGH), passes(4.6, Sensitivity.MEDIUM), passes(6.0, Sensitivity.HIGH, 1.5)
    (True, False, False)
    """
    return abs(sigmas) > GATE_SIGMAS[sensitivity] * wider
