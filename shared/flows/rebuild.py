"""Rebuild: make history pages from the documents that they stand for, wherever the two differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.core.history import Page, page_id
from shared.core.period import Period
from shared.errors import Contended

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shared.core.brand import Brand
    from shared.core.metric import Source
    from shared.ports import Metrics

_TRIES = 6


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was found of one source's month: pages that have documents, and those that differed."""

    month: str
    pages: int
    different: int


def rebuild(
    brand: Brand, source: Source, *, metrics: Metrics, pause: Callable[[int], None], write: bool
) -> Iterator[Rebuilt]:
    """Compare a source's pages with its documents, month by month; write those that differ.

    Safe beside ingestion: pages are read before the documents are, and written only onto the
    version that was read. Holds one month at a time.
    """
    for month in _without_gaps(metrics.months(brand, source)):
        yield _month(brand, source, month, metrics, pause, write=write)


def _without_gaps(months: list[str]) -> Iterator[str]:
    """Yield every month from the first to the last: one that lost all its documents may have pages."""
    if months:
        first, last = (int(month[:4]) * 12 + int(month[4:]) - 1 for month in (months[0], months[-1]))
        for index in range(first, last + 1):
            yield f"{index // 12:04d}{index % 12 + 1:02d}"


def _month(
    brand: Brand, source: Source, month: str, metrics: Metrics, pause: Callable[[int], None], *, write: bool
) -> Rebuilt:
    for attempt in range(1, _TRIES + 1):
        stored = metrics.pages(brand.id, [page_id(source, period, month) for period in Period])
        points = list(metrics.documents(brand, source, [month]))
        found = []
        for period in Period:
            of_period = [point for point in points if point.period is period]
            empty = Page(source, period, month, brand.currency)
            if of_period or empty.id in stored:
                found.append((stored.get(empty.id), stored.get(empty.id, empty).rebuilt(of_period)))
        different = [new for old, new in found if old is None or old.to_fields() != new.to_fields()]
        try:
            if write and different:
                metrics.commit(brand.id, [], different)
        except Contended:
            if attempt == _TRIES:
                raise
            pause(attempt)
        else:
            return Rebuilt(month, len(found), len(different))
    raise AssertionError  # the last attempt returns or raises
