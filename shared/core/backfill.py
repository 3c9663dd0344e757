"""How far the reading of a source's past has come, so that it can stop anywhere and go on there."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.core.metric import Source

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Backfill:
    """Local days `first` to `last`, both inclusive, of one source.

    Attributes:
        done_through: the last day that is kept.
        order: what names a report that the platform prepares, '' where it prepares none.
        order_last: the last day of that report; None when nothing is ordered.
    """

    source: Source
    first: date
    last: date
    done_through: date | None = None
    order: str = ""
    order_last: date | None = None

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def days_done(self) -> int:
        return 0 if self.done_through is None else (self.done_through - self.first).days + 1

    def chunk(self) -> tuple[date, date] | None:
        """Return the next days to read, within one month; None when all is done.

        >>> from shared.core.metric import Source
        >>> Backfill(Source.META, date(2026, 1, 20), date(2026, 3, 5), date(2026, 1, 31)).chunk()
        (datetime.date(2026, 2, 1), datetime.date(2026, 2, 28))
        """
        first = self.first if self.done_through is None else self.done_through + _DAY
        if first > self.last:
            return None
        if self.order_last is not None:
            return first, self.order_last
        return first, min(first.replace(day=monthrange(first.year, first.month)[1]), self.last)

    def resumed(self, stored: Backfill | None) -> Backfill:
        """Return what an earlier run left of the very same days; all of them where it read others."""
        if stored is None or (stored.first, stored.last) != (self.first, self.last):
            return self
        return stored

    def chunks(self) -> Iterator[tuple[date, date]]:
        """Yield all that is left to read, as it is read where no platform finds it too much."""
        left = self
        while (chunk := left.chunk()) is not None:
            yield chunk
            left = left.done(chunk[1])

    def ordered(self, order: str, last: date) -> Backfill:
        return replace(self, order=order, order_last=last)

    def done(self, through: date) -> Backfill:
        return replace(self, done_through=through, order="", order_last=None)

    def halved(self) -> Backfill | None:
        """Return it with half as many days to read next; None when that was a single day."""
        chunk = self.chunk()
        if chunk is None or chunk[0] == chunk[1]:
            return None
        first, last = chunk
        return replace(self, order="", order_last=first + (last - first) // 2)
