"""Where a deviation comes from: split over sources and what drives them, so that the parts make up the whole.

A source's numbers are a chain: impressions, times the click rate, give clicks; clicks cost their
price and bring conversions at a rate; a conversion brings its order value.

    spend = impressions x ctr x cpc
    revenue = impressions x ctr x conversion rate x order value

Each metric is a sum of such products over the sources, or the ratio of two. What each factor adds
to the change from expected to measured is its Shapley value (Shapley 1953): the mean, over all
orders in which the factors could change one after the other, of what its own change adds. So a
factor that did not change adds nothing, nor does one that cancels out of a ratio, and the parts
sum to the whole, exactly in rationals. It is bookkeeping, not causality: it says which number
moved, not why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from math import factorial, fsum, isclose, isfinite
from typing import TYPE_CHECKING

from shared.core.aggregate import MEASURED, PARTS
from shared.core.metric import Metric, Source
from shared.core.sentry.window import SIDES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shared.core.sentry.window import Column, Windows

Number = float | Fraction


class Driver(Enum):
    """What moves a number; a count, an amount or a ratio drives itself where nothing behind it is known."""

    IMPRESSIONS = "impressions"
    CLICKS = "clicks"
    CTR = "ctr"
    CPC = "cpc"
    CONVERSION_RATE = "conversionRate"
    ORDER_VALUE = "orderValue"
    SPEND = "spend"
    CONVERSIONS = "conversions"
    REVENUE = "revenue"
    ROAS = "roas"
    CAC = "cac"

    @property
    def side(self) -> str:
        """Return `bought` for impressions, clicks and their price, `sold` for what they bring."""
        return "bought" if self in _BOUGHT else "sold"


_BOUGHT = frozenset({Driver.IMPRESSIONS, Driver.CLICKS, Driver.CTR, Driver.CPC, Driver.SPEND})


@dataclass(frozen=True, slots=True)
class Part:
    """What one driver of one source adds to a deviation, in the metric's unit.

    `before` and `after` are what the driver was expected to be and was: a count, a rate, or money.
    """

    source: Source
    driver: Driver
    amount: Number
    before: Number
    after: Number


Amounts = dict[str, Number]
"""What one source counted, or was expected to, by column; what nobody counts is missing."""

_CHAIN = (
    ("impressions", None, Driver.IMPRESSIONS),
    ("clicks", "impressions", Driver.CTR),
    ("spend", "clicks", Driver.CPC),
    ("conversions", "clicks", Driver.CONVERSION_RATE),
    ("revenue", "conversions", Driver.ORDER_VALUE),
)
"""Each column, what it is a multiple of, and the name of the factor between."""

_COUNTED = frozenset({"impressions", "clicks"})
"""The columns that are no metrics of their own."""

_LEAST_AGREEMENT = 0.5
"""Where the sources foretell less than half of a deviation, or more than twice, they do not explain it."""


@dataclass(frozen=True, slots=True)
class _Factor:
    column: str
    under: str | None
    driver: Driver
    before: Number
    after: Number


def split(metric: Metric, before: Mapping[Source, Amounts], after: Mapping[Source, Amounts]) -> list[Part]:
    """Split a metric's change over all sources and drivers; exact for rationals.

    Returns nothing where either side has no value: nothing is counted, or divided by nothing. A
    source that only one side knows appears or vanishes with all its drivers but the first unchanged.
    """
    over, under = _sides(metric)
    sources = [s for s in PARTS if _counts(metric, before.get(s, {})) or _counts(metric, after.get(s, {}))]
    factors = {s: _factors(before.get(s, {}), after.get(s, {}), (over, under)) for s in sources}
    states: list[tuple[Number, Number]] = [(0, 0)]
    for source in sources:
        own = _states(factors[source], over, under)
        states = [(a + c, b + d) for a, b in states for c, d in own]
    players = [(source, factor) for source in sources for factor in factors[source]]
    whole = [over] if under is None else [over, under]
    if not players or any(not _any_has(column, before, after, sources) for column in whole):
        return []
    if under is None:
        values = [value for value, _ in states]
    elif states[0][1] <= 0 or states[-1][1] <= 0:
        return []
    else:
        stands = states[0][0] / states[0][1]
        values = [a / b if b > 0 else stands for a, b in states]
    return [
        Part(source, factor.driver, amount, factor.before, factor.after)
        for (source, factor), amount in zip(players, shapley(values), strict=True)
    ]


def shapley(values: Sequence[Number]) -> list[Number]:
    """Return each player's Shapley value, from what every coalition is worth.

    Args:
        values: of 2^n coalitions; bit n - 1 - i of an index says whether player i is in it.

    >>> shapley([0.0, 2.0, 3.0, 7.0])  # the second alone brings 2, the first 3, both 7
    [4.0, 3.0]
    """
    count = len(values).bit_length() - 1
    own, all_of = _weights(count, exact=isinstance(values[-1], Fraction))
    weighed = [value * weight for value, weight in zip(values, own, strict=True)]
    without = sum((value * weight for value, weight in zip(values, all_of, strict=True)), start=0 * values[0])
    found: list[Number] = []
    for _ in range(count):
        half = len(weighed) // 2
        found.append(sum(weighed[half:], start=0 * values[0]) - without)
        weighed = [a + b for a, b in zip(weighed[:half], weighed[half:], strict=True)]
    return found


def explain(
    metric: Metric, source: Source, size: int, change: tuple[float, float], sides: Mapping[Source, Windows]
) -> tuple[Part, ...]:
    """Split a judged deviation, the largest part first.

    Args:
        metric: what deviates.
        source: whose it is.
        size: how many buckets were judged together.
        change: what was expected and what was measured, in the metric's unit.
        sides: what is known, up to the judged bucket, of each source that it is made of.

    Each source's own expectations seldom add up to that of the whole to the last unit, so the parts
    are scaled to the judged deviation. Where they do not come near it, or something is not known,
    the deviation has one part: the metric itself.
    """
    before = {each: _amounts(windows.expected, size) for each, windows in sides.items()}
    after = {each: _amounts(windows.total, size) for each, windows in sides.items()}
    expected, value = change
    itself = (Part(source, Driver(metric.value), value - expected, expected, value),)
    if any(_lacks(metric, s, before[s], after[s]) for s in before):
        return itself
    parts = split(metric, before, after)
    foretold = sum(float(part.amount) for part in parts)
    scale = (value - expected) / foretold if foretold else 0.0
    if not _LEAST_AGREEMENT <= scale <= 1 / _LEAST_AGREEMENT:
        return itself
    smallest = abs(value - expected) * 1e-12
    scaled = [replace(part, amount=float(part.amount) * scale) for part in parts]
    moved = [part for part in scaled if abs(float(part.amount)) > smallest]
    if not all(isfinite(number) for part in moved for number in (part.amount, part.before, part.after)):
        return itself
    return tuple(sorted(moved, key=lambda part: abs(float(part.amount)), reverse=True))


def adds_up(parts: Sequence[Part], change: float) -> bool:
    """Say whether parts make up a whole change, to a billionth of it."""
    return isclose(fsum(float(part.amount) for part in parts), change, rel_tol=1e-9)


def cause_of(metric: Metric, size: int, parts: Sequence[Part], sides: Mapping[Source, Windows]) -> str:
    """Name what a deviation comes from most: a source, and what is bought or what is sold there.

    A day after a shock half of it is expected already, and chance moves other sources as much as
    the rest; so what counts is the change from the season's own level, where that is a change of
    the same kind. Else, as when a shock ends, it is the change from what was expected.
    """
    before = {each: _amounts(windows.usual, size) for each, windows in sides.items()}
    after = {each: _amounts(windows.total, size) for each, windows in sides.items()}
    found = _by_cause(parts)
    moved, usual = sum(found.values()), _by_cause(split(metric, before, after))
    if sum(usual.values()) / moved > _LEAST_AGREEMENT:
        found = usual
    return max(found, key=lambda name: found[name] * moved)


def _by_cause(parts: Sequence[Part]) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in parts:
        name = f"{part.source.value}.{part.driver.side}"
        found[name] = found.get(name, 0.0) + float(part.amount)
    return found


def _sides(metric: Metric) -> tuple[str, str | None]:
    over, under = SIDES.get(metric, (metric, None))
    return _name(over), None if under is None else _name(under)


def _name(column: Column) -> str:
    return column.value if isinstance(column, Metric) else column


def _counts(metric: Metric, amounts: Amounts) -> bool:
    """Say whether a source is in a metric: in cpc and ctr only with both sides, as in the blend."""
    over, under = _sides(metric)
    if metric in {Metric.CPC, Metric.CTR}:
        return over in amounts and under in amounts
    return over in amounts or under in amounts


def _any_has(
    column: str, before: Mapping[Source, Amounts], after: Mapping[Source, Amounts], sources: Sequence[Source]
) -> bool:
    return any(column in side.get(source, {}) for side in (before, after) for source in sources)


def _factors(before: Amounts, after: Amounts, needed: Sequence[str | None]) -> list[_Factor]:
    """Return the factors that make the needed columns, each behind the one it multiplies."""
    wanted = set(needed)
    for column, under, _ in reversed(_CHAIN):
        if column in wanted and under is not None and _divides(column, under, before, after):
            wanted.add(under)
    return [
        _factor(column, under, driver, before, after)
        for column, under, driver in _CHAIN
        if column in wanted and (column in before or column in after)
    ]


def _divides(column: str, under: str, before: Amounts, after: Amounts) -> bool:
    """Say whether a column is a multiple of another on both sides: nothing comes of nothing."""
    if (before and under not in before) or (after and under not in after):
        return False
    sides = [side for side in (before, after) if side]
    return any(side[under] for side in sides) and all(side[under] or not side.get(column) for side in sides)


def _factor(column: str, under: str | None, driver: Driver, before: Amounts, after: Amounts) -> _Factor:
    was, now = before.get(column, 0), after.get(column, 0)
    if under is None or not _divides(column, under, before, after):
        return _Factor(column, None, Driver(column), was, now)
    divisors = before.get(under, 0), after.get(under, 0)
    rate_then = was / divisors[0] if divisors[0] else now / divisors[1]
    rate_now = now / divisors[1] if divisors[1] else rate_then
    return _Factor(column, under, driver, rate_then, rate_now)


def _states(factors: Sequence[_Factor], over: str, under: str | None) -> list[tuple[Number, Number]]:
    """Return the two columns for each choice of factors that have changed, the first one's bit highest."""
    made: list[dict[str, Number]] = [{}]
    for factor in factors:
        sides = factor.before, factor.after
        made = [
            {**state, factor.column: side * (state[factor.under] if factor.under else 1)}
            for state in made
            for side in sides
        ]
    return [(state.get(over, 0), state.get(under, 0) if under else 0) for state in made]


@lru_cache(maxsize=32)
def _weights(count: int, *, exact: bool) -> tuple[list[Number], list[Number]]:
    """Weigh the coalitions: those with a player in them, and all as if it were not.

    A player's value is the sum of w(|S|) (v(S + it) - v(S)) over the coalitions S without it, with
    w(k) = k! (n - 1 - k)! / n!. With every S counted as if it held the player, and those that do not
    taken away again, one sum serves all players.
    """

    def weight(size: int) -> Fraction:
        if not 0 <= size < count:
            return Fraction(0)
        return Fraction(factorial(size) * factorial(count - 1 - size), factorial(count))

    made = float if not exact else Fraction
    with_it = [made(weight(size - 1) + weight(size)) for size in range(count + 1)]
    without = [made(weight(size)) for size in range(count + 1)]
    sizes = [mask.bit_count() for mask in range(1 << count)]
    return [with_it[size] for size in sizes], [without[size] for size in sizes]


def _amounts(of: Callable[[Column, int], float | None], size: int) -> Amounts:
    columns = ((name, name if name in _COUNTED else Metric(name)) for name, _, _ in _CHAIN)
    found = ((name, of(column, size)) for name, column in columns)
    return {name: amount for name, amount in found if amount is not None}


def _lacks(metric: Metric, source: Source, before: Amounts, after: Amounts) -> bool:
    """Say whether something is not known of a source that it measures in the ordinary course."""
    own = {metric.value for metric in MEASURED[source]} & set(_sides(metric))
    return any(name not in before or name not in after for name in own)
