"""What the sweep looks for: what should have been done by now, while somebody can still act on it."""

from __future__ import annotations

from datetime import datetime, timedelta

PAST = timedelta(days=3)
"""How far back it looks at most: what still fails then fails for good."""

GRACE = timedelta(minutes=10)
"""What is younger is still on its way."""

_RECENT = GRACE + timedelta(hours=1)


def span(slot: datetime, now: datetime) -> tuple[datetime, datetime]:
    """Return the [start, end) that a slot's sweep looks at: the last hour, each full hour all of it.

    So what fails again and again is soon asked for once an hour, and in the end no more.
    """
    return now - (_RECENT if slot.minute else PAST), now - GRACE
