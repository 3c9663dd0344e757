"""What a series usually shows at each phase of its cycle, how it follows its level, how it misses.

    season(phase) = median over the rounds of value(round, phase)
    level         = (median over the last round of value / season) ^ follow
    expected      = season x level
    sigma         = 1.4826 x median |log(value / season) - follow x log(level of the round before)|

Medians are not moved by a round in eight that went wrong; the level accepts a lasting change
within a day. Phases in which nothing is usual (a shop's night) say nothing about level or noise.
1.4826 x the median absolute deviation estimates a normal distribution's standard
deviation: Rousseeuw and Croux, "Alternatives to the Median Absolute Deviation" (1993).
"""

from __future__ import annotations

from functools import cached_property
from itertools import accumulate, chain
from math import exp, log, sqrt
from operator import sub, truediv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shared.core.sentry.cycle import Cycle

SIGMA_FLOOR = 0.02
"""A series is never believed to be steadier than 2 %."""

CLIP = 0.05
"""A fall below 5 % counts as 5 %: logarithms have no end, and one dead hour is one dead hour."""

_TO_SIGMA = 1.4826
_OWN_PHASE = 0.7
"""How much an hour's own noise counts against that of all hours, as a power."""

_LEVEL_RANGE = (0.25, 4.0)
_FEWEST_FOR_LEVEL = 4  # in a round
_YOUNG = 7


def middle(values: Iterable[float]) -> float:
    """Return the median of at least one value.

    >>> middle([3.0, 1.0, 2.0]), middle([1.0, 2.0])
    (2.0, 1.5)
    """
    ranked = sorted(values)
    half = len(ranked) // 2
    return ranked[half] if len(ranked) % 2 else (ranked[half - 1] + ranked[half]) / 2


class Season:
    """Learnt from whole rounds of one series, oldest first, without holes.

    >>> from shared.core.period import Period
    >>> from shared.core.sentry.cycle import CYCLES
    >>> weekly = Season([100.0, 110.0, 90.0, 100.0], CYCLES[Period.WEEKLY])
    >>> weekly.profile[0], round(weekly.sigma(1, 0), 3)
    (100.0, 0.11)
    """

    def __init__(self, values: Sequence[float], cycle: Cycle) -> None:
        length = cycle.length
        rows = [values[start : start + length] for start in range(0, len(values), length)]
        again = [rows[-ago] for ago in cycle.again if ago <= len(rows)]
        self.rounds = len(rows)
        self.cycle = cycle
        self.profile = [middle(phase) for phase in zip(*rows, *again, strict=True)]
        self._values = values
        self._around = self.profile * 3
        self._live = [phase for phase, usual in enumerate(self.profile) if usual > 0]
        self._all_above_zero = len(self._live) == length

    def between(self, phase: int, count: int) -> list[float]:
        """Return the profile of `count` buckets (at most two rounds) from a phase on."""
        return self._around[phase : phase + count]

    def level(self, recent: Sequence[float], phase: int) -> float:
        """Return how the last round stands against the season; 1 where too little of it is sold.

        >>> from shared.core.period import Period
        >>> from shared.core.sentry.cycle import CYCLES
        >>> days = Season([10.0] * 28, CYCLES[Period.DAILY])
        >>> days.level([10.0] * 7, 0), round(days.level([20.0] * 7, 0), 3)
        (1.0, 1.625)
        """
        usual = self._around[phase : phase + len(recent)]
        if self._all_above_zero:
            ratios = list(map(truediv, recent, usual))
        else:
            ratios = [value / season for value, season in zip(recent, usual, strict=True) if season > 0]
        if len(ratios) < min(_FEWEST_FOR_LEVEL, self.cycle.length):
            return 1.0
        low, high = _LEVEL_RANGE
        return float(min(max(middle(ratios), low), high) ** self.cycle.follow)

    def sigma(self, horizon: int, phase: int) -> float:
        """Return the usual miss, as a log ratio, of a window of `horizon` buckets ending in a phase."""
        return self._sigmas[horizon][phase]

    @cached_property
    def _sigmas(self) -> dict[int, list[float]]:
        length, live = self.cycle.length, self._live
        if not live:
            return {horizon: [SIGMA_FLOOR] * length for horizon in self.cycle.horizons}
        misses, levels, before = self._misses(live)
        sizes = [list(map(abs, misses[phase::length])) for phase in range(length)]
        overall = max(
            _TO_SIGMA * middle(chain.from_iterable(sizes[phase] for phase in live)), self._roughness
        )
        found = {1: [self._of_phase(sizes, phase, overall) for phase in range(length)]}
        sums = [0.0, *accumulate(misses)]
        for horizon in self.cycle.horizons[1:]:
            sold = self._live_in_windows(horizon)
            if horizon < length:
                counts = (sold * (self.rounds + 1))[horizon - 1 :]
                totals = zip(map(sub, sums[horizon:], sums), counts, strict=False)
                moved = [abs(total) / count for total, count in totals if count]
            else:
                moved = list(map(abs, map(sub, levels, before)))
            wide = _TO_SIGMA * middle(moved)
            found[horizon] = [max(wide, overall / sqrt(max(count, 1)), SIGMA_FLOOR) for count in sold]
        return found

    def _misses(self, live: Sequence[int]) -> tuple[list[float], list[float], list[float]]:
        """Return each bucket's miss, each round's level and what that of the round before foretold."""
        length, follow = self.cycle.length, self.cycle.follow
        logs = [
            log(max(value / season, CLIP)) if season > 0 else 0.0
            for value, season in zip(self._values, self.profile * self.rounds, strict=True)
        ]
        starts = range(0, len(logs), length)
        if self._all_above_zero:
            levels = [middle(logs[start : start + length]) for start in starts]
        else:
            levels = [middle(logs[start + phase] for phase in live) for start in starts]
        before = [follow * level for level in (levels[0], *levels)]
        if self._all_above_zero:
            return [miss - before[at // length] for at, miss in enumerate(logs)], levels, before
        misses = [0.0] * len(logs)
        for at, start in enumerate(starts):
            for phase in live:
                misses[start + phase] = logs[start + phase] - before[at]
        return misses, levels, before

    def _live_in_windows(self, horizon: int) -> list[int]:
        """Count the phases in which something is usual, in the window that ends in each phase."""
        if self._all_above_zero:
            return [horizon] * self.cycle.length
        alive = [usual > 0 for usual in self.profile] * (1 + -(-horizon // self.cycle.length))
        first = len(alive) - self.cycle.length
        return [sum(alive[at + 1 - horizon : at + 1]) for at in range(first, len(alive))]

    def _of_phase(self, sizes: Sequence[Sequence[float]], phase: int, overall: float) -> float:
        length = self.cycle.length
        near = [each % length for each in (phase - 1, phase, phase + 1)]
        known = [sizes[each] for each in dict.fromkeys(near) if self.profile[each] > 0]
        if not known:
            return SIGMA_FLOOR
        own = _TO_SIGMA * middle(chain.from_iterable(known))
        own = max(own, self._roughness, SIGMA_FLOOR / 10)
        blended = exp((1 - _OWN_PHASE) * log(max(overall, SIGMA_FLOOR / 10)) + _OWN_PHASE * log(own))
        return max(blended, SIGMA_FLOOR)

    @cached_property
    def _roughness(self) -> float:
        """Return the noise of a series of few rounds, which its own median follows too closely.

        From bucket to bucket: the season's slope counts as noise too, which errs on the quiet side.
        """
        if self.rounds >= _YOUNG:
            return 0.0
        known = [log(value) for value in self._values if value > 0]
        steps = list(map(abs, map(sub, known[1:], known)))
        return _TO_SIGMA * middle(steps) / sqrt(2) if steps else 0.0
