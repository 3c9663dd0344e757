"""What repeats in a series, and how much of the past speaks for the present."""

from __future__ import annotations

from dataclasses import dataclass

from shared.core.period import Period


@dataclass(frozen=True, slots=True)
class Cycle:
    """How a period's buckets repeat.

    `step` is a bucket's length in seconds, `length` how many make one round, `rounds` how many
    rounds teach, `again` the rounds ago that count twice (the same weekday), `follow` how much of
    a shift in level is believed at once, `horizons` the windows (in buckets) that are judged,
    `learning` how many buckets must be known, `settled` the rounds after which a series is known
    well, `quiet` for how many seconds what was told is not told again.
    """

    step: int
    length: int
    rounds: int
    again: tuple[int, ...]
    follow: float
    horizons: tuple[int, ...]
    learning: int
    settled: int
    quiet: int


CYCLES = {
    Period.HOURLY: Cycle(
        3_600, 24, 21, (7, 14, 21), 0.7, (1, 3, 6, 24), learning=24, settled=14, quiet=36 * 3_600
    ),
    Period.DAILY: Cycle(86_400, 7, 4, (), 0.7, (1,), learning=7, settled=4, quiet=3 * 86_400),
    Period.WEEKLY: Cycle(604_800, 1, 8, (), 0.0, (1,), learning=4, settled=8, quiet=14 * 86_400),
}
"""Three weeks of hours hold every weekday three times and lie, with the hours since midnight, within
any two calendar months."""
