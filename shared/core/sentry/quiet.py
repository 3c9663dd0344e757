"""Who is told how often: once per incident, and again when it gets worse or does not end.

Alarms that one cause raises belong together while they go on, with gaps of no more than a third of
the margin, and when one comes within the margin (a day and a half, three days, two weeks) of what
was told last. That is the hysteresis: flapping around a threshold is one incident. Told again is
what is off by a quarter more than the same series was when it was told last, and what goes on for
longer than the margin.
"""

from __future__ import annotations

from dataclasses import dataclass

WORSE = 1.25
_GAP = 3


@dataclass(frozen=True, slots=True)
class Alarm:
    """One raised bucket: its [start, end) in seconds since 1970, and how far off it is.

    `lasts` is for how many seconds what was told is not told again; `series` what may get worse.
    """

    start: int
    end: int
    strength: float
    lasts: int
    series: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an alarm belongs: `head` begins its incident, `told` says whether people hear of it."""

    head: Alarm
    told: bool


class Quiet:
    """One cause's incidents, as its alarms come in order of their ends.

    >>> quiet, hour, lasts = Quiet(), 3600, 36 * 3600
    >>> alarms = [
    ...     Alarm(hour * at, hour * (at + 1), strength, lasts)
    ...     for at, strength in ((0, 5), (1, 5.5), (2, 7), (90, 5))
    ... ]
    >>> [quiet.add(alarm).told for alarm in alarms]
    [True, False, True, True]
    """

    def __init__(self) -> None:
        self._head: Alarm | None = None
        self._told: Alarm | None = None
        self._until = 0

    def add(self, alarm: Alarm, *, stands: bool = True) -> Placed:
        """Place the next alarm; what does not stand any more silences none that follow."""
        head, told = self._head, self._told
        if head is None or told is None:
            place = Placed(alarm, told=True)
        elif alarm.end - told.end < min(alarm.lasts, told.lasts):
            worse = alarm.series == told.series and alarm.strength > WORSE * told.strength
            place = Placed(head, told=worse)
        elif alarm.start - self._until <= min(alarm.lasts, told.lasts) // _GAP:
            place = Placed(head, told=alarm.end - told.end >= alarm.lasts)
        else:
            place = Placed(alarm, told=True)
        if stands:
            self._head, self._until = place.head, max(self._until, alarm.end)
            self._told = alarm if place.told else told
        return place

    def end(self) -> None:
        """Let the next alarm begin an incident of its own."""
        self._head = self._told = None
