"""What the Sentry expects over a range, bucket by bucket: the band behind a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.core.expectation import Expected
from shared.core.history import PAGES_FOR_BASELINE, page_id
from shared.core.period import bucket_at, buckets_between, months_back
from shared.errors import Forbidden

if TYPE_CHECKING:
    from shared.core.brand import OwnedBrand
    from shared.core.query import MetricsQuery
    from shared.ports import Brands, Clock, Metrics


def read_expectations(
    query: MetricsQuery, owned: OwnedBrand, *, brands: Brands, metrics: Metrics, clock: Clock
) -> Expected:
    """Read an owner's brand, its settings and its pages; nothing is expected of buckets not yet begun."""
    file = brands.get(owned.brand.id)
    if file is None:
        raise Forbidden("the brand is gone")
    brand, now = file.brand, clock.now()
    start, end = query.interval(brand.zone)
    running = bucket_at(now, query.period, brand.zone)
    buckets = buckets_between(start, min(end, running.end), query.period, brand.zone)
    months = {
        month for bucket in buckets for month in months_back(bucket.month, PAGES_FOR_BASELINE[query.period])
    }
    names = {page_id(source, query.period, month) for source in query.sources for month in months}
    pages = metrics.pages(brand.id, names) if names else {}
    return Expected(brand, file.settings, query.sources, buckets, pages)
