"""The demo brand: five weeks of history, three connected platforms, and trouble since this morning.

The history is what hourly ingestion would have left behind, up to the hour before last; the
tick that follows meets the platforms for real.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby

from local.world.story import Shock, Story
from local.world.tenants import DEMO
from shared import wiring
from shared.core.aggregate import is_mature
from shared.core.brand import Brand, brand_id
from shared.core.detection import SentrySettings
from shared.core.integration import Integration, Platform, Status
from shared.core.metric import MetricPoint, Source, point_of, total
from shared.core.period import HOUR, Bucket, Period, bucket_at, buckets_between
from shared.core.secret import Secret
from shared.core.wire.config import CHANNELS, Notifications
from shared.flows.ingest import keep_points

OWNER = "demo-owner"
_WEEKS = 5
_TROUBLE_SINCE = 8 * HOUR
_PLATFORM = {Source.META: Platform.META_ADS, Source.GOOGLE: Platform.GOOGLE_ADS, Source.ORGANIC: Platform.GA4}


@dataclass(frozen=True, slots=True)
class Demo:
    """The brand, the story its platforms tell, and the moment it was last ingested."""

    brand: Brand
    story: Story
    ingested_at: datetime


def demo(now: datetime) -> Demo:
    """Return the demo as of `now`: somebody more than doubled the bids on Meta eight hours ago."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    doubled = Shock(Source.META, hour - _TROUBLE_SINCE, None, spend=2.3)
    story = replace(DEMO.story, shocks=(doubled,))
    brand = Brand(brand_id("aurora"), OWNER, "Aurora", story.zone, story.currency, "en", "purchase")
    return Demo(brand, story, now - HOUR)


def seed(told: Demo) -> int:
    """Write the brand, its sealed keys and its history; return the number of points written."""
    brands, keys, brand = wiring.brands(), wiring.keys(), told.brand
    settings = SentrySettings(channels=CHANNELS)
    brands.create(brand, settings, now=told.ingested_at)
    credentials = {
        Platform.META_ADS: (DEMO.meta_key, DEMO.meta_account),
        Platform.GOOGLE_ADS: (DEMO.google_key, DEMO.google_account),
        Platform.GA4: (DEMO.ga4_key, DEMO.ga4_account),
    }
    for platform, (key, account) in credentials.items():
        sealed = keys.seal(Secret(key), brand_id=brand.id, purpose=platform.value, account_id=account)
        brands.connect(Integration(brand.id, platform, account, sealed, Status.ACTIVE, told.ingested_at))
    token = keys.seal(
        Secret(DEMO.slack_token), brand_id=brand.id, purpose="slack", account_id=DEMO.slack_channel
    )
    brands.tell_at(brand.id, Notifications(DEMO.slack_channel, token, ("team@aurora.example",)))
    by_day = groupby(_hours(told), key=lambda hour: bucket_at(hour.start, Period.DAILY, brand.zone))
    days = [(day, list(hours)) for day, hours in by_day]
    kept = keep_points(
        [point for day, hours in days for source in _PLATFORM for point in _day(told, source, day, hours)],
        brand,
        connected=set(_PLATFORM),
        now=told.ingested_at,
        metrics=wiring.metrics(),
        pause=wiring.pause,
    )
    return len(kept)


def _hours(told: Demo) -> list[Bucket]:
    today = bucket_at(told.ingested_at, Period.DAILY, told.brand.zone)
    begin = bucket_at(today.start - timedelta(weeks=_WEEKS), Period.DAILY, told.brand.zone).start
    open_hour = bucket_at(told.ingested_at, Period.HOURLY, told.brand.zone)
    return buckets_between(begin, open_hour.start, Period.HOURLY, told.brand.zone)


def _day(told: Demo, source: Source, day: Bucket, hours: list[Bucket]) -> list[MetricPoint]:
    """Return a day's closed hours, and for Meta its day-to-date total, as ingestion knew them."""
    parts = {hour: told.story.hour(source, hour.start) for hour in hours}
    points = dict(parts)
    if source is Source.META:
        points[day] = total(parts.values())
    return [
        point_of(
            sums,
            source=source,
            bucket=bucket,
            currency=told.brand.currency,
            complete=is_mature(source, bucket, told.ingested_at),
            fetched_at=told.ingested_at,
        )
        for bucket, sums in points.items()
    ]
