"""The contract's rule: `|value - expected| / expected` strictly over a percentage."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum


class Sensitivity(Enum):
    __hash__ = object.__hash__  # as of Metric

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


THRESHOLD_PERCENT = {Sensitivity.LOW: 50, Sensitivity.MEDIUM: 30, Sensitivity.HIGH: 15}

_DIGITS = 12
_SURELY = 1e-6


def exceeds(value: float, expected: float, percent: int) -> bool:
    """Say whether the deviation is strictly over `percent`, in exact decimal arithmetic.

    The decimals are those a person reads; binary floats would put 0.7 against 1.0 over 30 %.

    >>> exceeds(0.7, 1.0, 30), exceeds(0.6999, 1.0, 30), exceeds(1.3001, 1.0, 30)
    (False, True, True)
    >>> exceeds(2.3, 2.0, 15), exceeds(2.3000001, 2.0, 15), exceeds(0.15, 0.1, 50)
    (False, True, False)
    """
    v, e = Decimal(repr(value)), Decimal(repr(expected))
    return abs(v - e) * 100 > percent * e


def surely_within(value: float, expected: float, percent: int) -> bool:
    """Say in floats what is so far within the threshold that no rounding matters.

    >>> surely_within(129.9, 100.0, 30), surely_within(130.0, 100.0, 30)
    (True, False)
    """
    return abs(value - expected) * 100 < percent * expected * (1 - _SURELY)


def deviation_percent(value: float, expected: float) -> float:
    """Return the signed deviation in percent of what was expected (which is above 0).

    >>> deviation_percent(0.7, 1.0), deviation_percent(250.0, 100.0)
    (-30.0, 150.0)
    """
    v, e = Decimal(repr(value)), Decimal(repr(expected))
    return float((v - e) * 100 / e)


def shown(value: float) -> float:
    """Round to the digits that are stored and shown, so that anyone can recompute the decision.

    >>> shown(0.1 + 0.2)
    0.3
    """
    return float(f"{value:.{_DIGITS}g}")
