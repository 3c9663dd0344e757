"""What is known, up to one bucket, of each source that its numbers are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.core.aggregate import PARTS
from shared.core.history import PAGES_FOR_BASELINE, page_id
from shared.core.metric import Source
from shared.core.period import months_back
from shared.core.sentry.history import History
from shared.core.sentry.window import Windows

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from shared.core.brand import Brand
    from shared.core.history import Page
    from shared.core.metric import MetricPoint
    from shared.core.sentry.settings import SentrySettings


def pages_for(source: Source, point: MetricPoint) -> list[str]:
    """Name the pages that a source's baseline at a point's bucket lies in, the bucket's own first."""
    months = months_back(point.bucket.month, PAGES_FOR_BASELINE[point.period])
    return [page_id(source, point.period, month) for month in months]


def parts_of(point: MetricPoint) -> Collection[Source]:
    """Return the sources that a point is made of: itself, or those in the blend."""
    if point.source is not Source.AGGREGATED:
        return (point.source,)
    return point.sources or PARTS


def sides_of(
    point: MetricPoint,
    pages: Mapping[str, Page],
    brand: Brand,
    settings: SentrySettings,
    *,
    late: bool = False,
) -> Mapping[Source, Windows]:
    """Return each source's windows; none where one of their numbers is not known.

    Args:
        point: as it was when it could first be judged, or as it is by now.
        pages: by id; see `pages_for`.
        brand: whose these are.
        settings: the brand's.
        late: take the sources' numbers as they are by now, too.
    """
    found = {}
    for source in parts_of(point):
        names = pages_for(source, point)
        own = pages.get(names[0])
        known = None
        if own is not None:
            known = own.get(point.bucket) if late else own.first(point.bucket)
        if known is None and source is point.source:
            known = point  # another writer's, not folded in yet
        if known is None:
            return {}
        past = [pages[name] for name in names if name in pages]
        found[source] = Windows(History(past, point.bucket, brand.zone, settings.blind()), known)
    return found
