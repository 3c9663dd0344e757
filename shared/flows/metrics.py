"""Metrics for the dashboard: a range of points, packed pages read once each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.core.history import page_id
from shared.core.metric import Source
from shared.core.period import buckets_between

if TYPE_CHECKING:
    from shared.core.brand import OwnedBrand
    from shared.core.metric import MetricPoint
    from shared.core.query import MetricsQuery
    from shared.ports import Metrics


def read_metrics(query: MetricsQuery, owned: OwnedBrand, *, metrics: Metrics) -> list[MetricPoint]:
    """Return the stored points of the asked range, by time, then source."""
    zone = owned.brand.zone
    start, end = query.interval(zone)
    months = {bucket.month for bucket in buckets_between(start, end, query.period, zone)}
    names = {page_id(source, query.period, month) for source in query.sources for month in months}
    pages = metrics.pages(owned.brand.id, names) if names else {}
    points = [point for page in pages.values() for point in page.points(start, end, zone)]
    order = list(Source)
    return sorted(points, key=lambda p: (p.bucket.start, order.index(p.source)))
