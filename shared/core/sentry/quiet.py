"""Who is told how often: once per incident, and again when it gets worse.

What a series raises in one direction within a day and a half (three days, two weeks) of what was
told last belongs to the same incident. The margin is the hysteresis: flapping around a threshold
is one incident, and only what is off by a quarter more than what was told last is told again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

WORSE = 1.25


@dataclass(frozen=True, slots=True)
class Alarm:
    """One raised bucket of a series: its start in seconds since 1970, and its strength."""

    at: int
    strength: float


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an alarm belongs: `head` is when its incident began, `told` whether people hear of it."""

    head: int
    told: bool


class Quiet:
    """One series' incidents, as its alarms come in order of time; `lasts` is in seconds.

    >>> quiet = Quiet(lasts=36 * 3600)
    >>> alarms = [Alarm(3600 * hour, strength) for hour, strength in ((0, 5), (1, 5.5), (2, 7), (90, 5))]
    >>> [quiet.add(alarm).told for alarm in alarms]
    [True, False, True, True]
    """

    def __init__(self, lasts: int) -> None:
        self._lasts = lasts
        self._head: int | None = None
        self._told = Alarm(0, 0.0)

    def add(self, alarm: Alarm) -> Placed:
        if self._head is None or alarm.at - self._told.at >= self._lasts:
            self._head = alarm.at
        elif alarm.strength <= WORSE * self._told.strength:
            return Placed(self._head, told=False)
        self._told = alarm
        return Placed(self._head, told=True)


def place(alarms: Iterable[Alarm], lasts: int) -> dict[int, Placed]:
    """Sort one series' alarms, in whatever order they come, into incidents by their starts."""
    quiet = Quiet(lasts)
    return {alarm.at: quiet.add(alarm) for alarm in sorted(alarms, key=lambda alarm: alarm.at)}
