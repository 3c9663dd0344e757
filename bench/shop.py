"""A second brand of the demo's owner, steady enough that whatever happens to it is somebody's doing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from local.auth import OWNER
from shared import wiring
from shared.core.brand import Brand, brand_id
from shared.core.metric import MICROS, USABLE, MetricPoint, Source, Sums, point_of
from shared.core.period import HOUR, Period, buckets_between
from shared.core.sentry.settings import SentrySettings
from shared.flows.ingest import keep_points

if TYPE_CHECKING:
    from shared.core.period import Bucket

BRAND = Brand(brand_id("cobalt"), OWNER, "Cobalt", ZoneInfo("America/New_York"), "USD", "en", "purchase")
_LIVED = timedelta(days=22)


@dataclass(frozen=True, slots=True)
class Shop:
    """Its history ends an hour before `last`, the newest closed hour."""

    last: Bucket

    def sell(self, *, spend: float = 1.0, revenue: float = 1.0, now: datetime) -> None:
        """Write the newest closed hour, with its usual spend and revenue times so much."""
        keep([_hour(self.last, now, spend=spend, revenue=revenue)])


def open_shop(now: datetime) -> Shop:
    """Create the brand with three weeks of hours; before the Sentry watches, so that none is judged."""
    wiring.brands().create(BRAND, SentrySettings(), now=now)
    end = now.replace(minute=0, second=0, microsecond=0)
    *past, last = buckets_between(end - _LIVED, end, Period.HOURLY, BRAND.zone)
    keep([_hour(hour, hour.end + HOUR) for hour in past])
    return Shop(last)


def keep(points: list[MetricPoint]) -> None:
    keep_points(points, BRAND, connected=(Source.META,), metrics=wiring.metrics(), pause=wiring.pause)


def _hour(bucket: Bucket, at: datetime, *, spend: float = 1.0, revenue: float = 1.0) -> MetricPoint:
    wave = 1 + 0.03 * ((bucket.epoch // 3_600 * 7) % 11 - 5) / 5
    sums = Sums(
        spend=round(300 * wave * spend * 100) * MICROS // 100,
        revenue=round(1_200 * wave * revenue * 100) * MICROS // 100,
        impressions=10_000,
        clicks=200,
        conversions=24 * MICROS,
    )
    return point_of(sums, source=Source.META, bucket=bucket, currency="USD", maturity=USABLE, fetched_at=at)
