"""How much is behind a number: what is too small to say anything, and what is at stake.

    at stake = |value - expected| x what the metric is a price or a rate of

in the currency of the account: spend as it is, revenue as it is, a conversion by what one brings (or
costs, where nobody measures revenue), roas by the spend that would have earned it, cac by the conversions
it is paid for, cpc by the clicks, a click of ctr by its price.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.core.metric import Metric

if TYPE_CHECKING:
    from shared.core.sentry.window import Window, Windows

SMALLEST_SPEND = 5.0
SMALLEST_CLICKS = 30.0
SMALLEST_CONVERSIONS = 5.0
SMALLEST_STAKE = 5.0
"""In the currency of the account."""

ONE_ORDER = 1.0
"""What is counted in orders must differ by one order's worth at least."""

FEWEST_ORDERS = 5.0
"""And by as many where several buckets are looked at together: some hours without a sale are chance."""

FEWEST_IN_A_BUCKET = 1.0
"""Where most hours sell one order or none, the price of an order in an hour is not that in a day."""

_COUNTED_BY_CONVERSIONS = frozenset({Metric.REVENUE, Metric.ROAS, Metric.CAC, Metric.CONVERSIONS})


def too_small(metric: Metric, size: int, windows: Windows) -> bool:
    """Say whether chance alone moves this: too few clicks or conversions, too little money.

    An amount is small where little was expected and little came, for what runs away is never too
    small; a price or rate where little was expected or, by clicks, little came.
    """
    if metric is Metric.SPEND:
        return _both_below(metric, size, windows, SMALLEST_SPEND)
    if metric in {Metric.ROAS, Metric.CAC}:
        expected = windows.expected(Metric.CONVERSIONS, size)
        return expected is not None and expected < max(SMALLEST_CONVERSIONS, FEWEST_IN_A_BUCKET * size)
    if metric in _COUNTED_BY_CONVERSIONS:
        return _both_below(Metric.CONVERSIONS, size, windows, SMALLEST_CONVERSIONS)
    clicks = windows.expected("clicks", size), windows.total("clicks", size)
    return any(count is not None and count < SMALLEST_CLICKS for count in clicks)


def at_stake(metric: Metric, window: Window, windows: Windows) -> float | None:
    """Return the money behind a deviation, never below 0; None where nobody knows its volume."""
    change = abs(window.value - window.expected)
    price = _price(metric, window.size, windows)
    return None if price is None else change * max(price, 0.0)


def trifling(metric: Metric, window: Window, windows: Windows) -> bool:
    """Say whether the deviation itself is too small to bother anybody with."""
    stake = at_stake(metric, window, windows)
    if stake is None:
        return False
    worth = _worth(metric, window.size, windows)
    fewest = ONE_ORDER if window.size == 1 else FEWEST_ORDERS
    return stake < max(SMALLEST_STAKE, fewest * (worth or 0.0))


def _worth(metric: Metric, size: int, windows: Windows) -> float | None:
    """Return what one order weighs in a metric's stake; None where it is not counted in orders."""
    if metric in {Metric.ROAS, Metric.CAC}:
        return windows.expected(Metric.CAC, size)
    return _price(Metric.CONVERSIONS, size, windows) if metric in _COUNTED_BY_CONVERSIONS else None


def _price(metric: Metric, size: int, windows: Windows) -> float | None:
    if metric in {Metric.SPEND, Metric.REVENUE}:
        return 1.0
    if metric is Metric.ROAS:
        spend, usual = windows.total(Metric.SPEND, size), windows.expected(Metric.ROAS, size)
        return spend / usual if spend is not None and usual else None
    if metric is Metric.CAC:
        return windows.total(Metric.CONVERSIONS, size)
    if metric is Metric.CPC:
        return windows.total("clicks", size)
    if metric is Metric.CTR:
        seen, click = windows.total("impressions", size), windows.expected(Metric.CPC, size)
        return None if seen is None or click is None else seen * click
    count = windows.expected(Metric.CONVERSIONS, size)
    worth = windows.expected(Metric.REVENUE, size) or windows.expected(Metric.SPEND, size)
    return worth / count if worth and count else None


def _both_below(metric: Metric, size: int, windows: Windows, smallest: float) -> bool:
    """Say whether little was expected and little came: what runs away is never too small."""
    expected, total = windows.expected(metric, size), windows.total(metric, size)
    return expected is not None and total is not None and max(expected, total) < smallest
