"""When a platform's numbers may be judged, and when they stop moving.

| source | spend, impressions, clicks usable after | conversions, revenue usable after | settled after |
|---|---|---|---|
| Meta | 1 h | 3 h | 28 d |
| Google | 3 h | 15 h (data-driven attribution) | 30 d |
| organic (GA4 standard) | 6 h | 6 h | 48 h |

Counted from the end of the bucket to the moment the platform was asked. Sources: Meta's Insights
best practices (refreshed every 15 minutes, frozen after 28 days), Google Ads Help 2544985 (data
freshness; conversion windows of 30 days are the rule), Analytics Help 12233314.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared.core.metric import FRESH, Maturity, Metric, Source

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from shared.core.period import Bucket

_DELIVERY = frozenset({Metric.SPEND, Metric.CTR, Metric.CPC})

_USABLE_AFTER = {
    Source.META: (timedelta(hours=1), timedelta(hours=3)),
    Source.GOOGLE: (timedelta(hours=3), timedelta(hours=15)),
    Source.ORGANIC: (timedelta(hours=6), timedelta(hours=6)),
}
"""Delivery first, then what people bought; a ratio is as young as the younger of its sides."""

_SETTLED_AFTER = {
    Source.META: timedelta(days=28),
    Source.GOOGLE: timedelta(days=30),
    Source.ORGANIC: timedelta(hours=48),
}

LOOKBACK_DAYS = {source: -(-after // timedelta(days=1)) + 1 for source, after in _SETTLED_AFTER.items()}
"""How many local days before today are read again every night: each is seen once more when settled."""


def maturity(source: Source, bucket: Bucket, asked_at: datetime) -> Maturity:
    """Return what a bucket's numbers had reached when the platform was asked.

    >>> from datetime import UTC, datetime
    >>> from zoneinfo import ZoneInfo
    >>> from shared.core.period import Period, bucket_at
    >>> noon = bucket_at(datetime(2026, 5, 4, 12, tzinfo=UTC), Period.HOURLY, ZoneInfo("UTC"))
    >>> at = maturity(Source.GOOGLE, noon, datetime(2026, 5, 4, 16, tzinfo=UTC))
    >>> at.of(Metric.SPEND), at.of(Metric.REVENUE)
    ('usable', 'fresh')
    """
    age = asked_at - bucket.end
    delivered, bought = _USABLE_AFTER[source]
    if age < delivered:
        return FRESH
    usable = frozenset(Metric) if age >= bought else _DELIVERY
    return Maturity(usable, usable if age >= _SETTLED_AFTER[source] else frozenset())


def delivered_after(source: Source) -> timedelta:
    """Return the usual delay of what a source delivers first."""
    return _USABLE_AFTER[source][0]


def is_delivered(source: Source, bucket: Bucket, asked_at: datetime) -> bool:
    """Say whether a bucket that the platform leaves out had really nothing in it."""
    return asked_at - bucket.end >= delivered_after(source)


def least(parts: Iterable[Maturity]) -> Maturity:
    """Return what a number made of all these has reached."""
    found = list(parts)
    result = found[0]
    for part in found[1:]:
        result &= part
    return result
