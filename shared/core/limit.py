"""How often one person, and one brand, may ask.

Counted in fixed windows. A question is counted where every instance sees it; cheap ones are counted
in blocks, so that most of them cost nothing: an instance that has taken a block answers that many
without asking again. With n instances the limit is overrun by at most n blocks.

A key that its platform refuses counts twice, so that nobody finds out cheaply which keys work.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` in each window of `window_s` seconds."""

    window_s: int
    most: int


class Ask(Enum):
    """What is asked: numbers are cheap, trying a key asks a platform, a test writes to people."""

    READ = "read"
    TRY_KEY = "try_key"
    SAVE_CHANNELS = "save_channels"
    TEST_CHANNELS = "test_channels"


LIMITS = {
    Ask.READ: (Limit(60, 120),),
    Ask.TRY_KEY: (Limit(60, 5), Limit(3_600, 30)),
    Ask.SAVE_CHANNELS: (Limit(60, 5), Limit(3_600, 30)),
    Ask.TEST_CHANNELS: (Limit(60, 2), Limit(3_600, 6)),
}
BLOCK = {Ask.READ: 20, Ask.TRY_KEY: 1, Ask.SAVE_CHANNELS: 1, Ask.TEST_CHANNELS: 1}


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted: by length of window, which window it was and how many."""

    counts: Mapping[int, tuple[int, int]]

    def take(self, ask: Ask, now_s: float, wanted: int) -> tuple[Tally, int, float]:
        """Count up to `wanted` more; return the new tally, how many were granted, and the wait if none.

        >>> tally, granted, wait = Tally({}).take(Ask.TRY_KEY, 3600.0, 5)
        >>> granted, wait, tally.take(Ask.TRY_KEY, 3610.0, 1)[1:]
        (5, 0.0, (0, 50.0))
        """
        current = self._current(ask, now_s)
        left, wait = wanted, 0.0
        for limit in LIMITS[ask]:
            window, count = current[limit.window_s]
            free = limit.most - count
            if free <= 0:
                wait = max(wait, (window + 1) * limit.window_s - now_s)
            left = min(left, free)
        granted = max(left, 0)
        return self.add(ask, now_s, granted), granted, wait

    def add(self, ask: Ask, now_s: float, more: int) -> Tally:
        """Count some more, over the limit too: what is over now is missing later, in the longer window.

        >>> Tally({}).add(Ask.TRY_KEY, 3600.0, 7).counts
        {60: (60, 7), 3600: (1, 7)}
        """
        current = self._current(ask, now_s)
        return Tally({length: (window, count + more) for length, (window, count) in current.items()})

    def _current(self, ask: Ask, now_s: float) -> dict[int, tuple[int, int]]:
        """Return what was counted in the windows of this moment."""
        current = {}
        for limit in LIMITS[ask]:
            window = int(now_s // limit.window_s)
            known, count = self.counts.get(limit.window_s, (window, 0))
            current[limit.window_s] = (window, count if known == window else 0)
        return current
