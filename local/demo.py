"""The demo brand: five weeks of history, three connected platforms, and trouble since this morning.

The history is what hourly ingestion would have left behind, up to the hour before last; the
tick that follows meets the platforms for real.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import requests

from local.world.story import Shock, Story
from local.world.tenants import DEMO
from shared import wiring
from shared.core.aggregate import PARTS
from shared.core.brand import Brand, brand_id
from shared.core.freshness import succeeded
from shared.core.integration import Integration, Platform, Status
from shared.core.metric import Source, Sums
from shared.core.notifications import Notifications
from shared.core.period import HOUR, Bucket, Period, bucket_at, buckets_between
from shared.core.report import Asked, Report, ReportRow
from shared.core.secret import Secret
from shared.core.sentry.settings import SentrySettings
from shared.core.wire.config import CHANNELS
from shared.flows.ingest import keep_report

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

OWNER = "demo-owner"
_WEEKS = 5
_TROUBLE_SINCE = 8 * HOUR


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


def tell(told: Demo, world: str) -> None:
    """Let the simulated platforms tell the demo's story."""
    story = {"tenant": "demo", "story": told.story.to_json()}
    requests.post(f"{world}/_world/story", json=story, timeout=5).raise_for_status()


def rows(told: Demo) -> int:
    """Count what the platforms had reported by then."""
    reports = [_report(told, source) for source in PARTS]
    return sum(len(report.hours) + len(report.days) for report in reports)


def seed(told: Demo, watched: Callable[[Collection[Source]], Iterable[Source]] = iter) -> int:
    """Write the brand, its sealed keys and its history; return the number of points written.

    `watched` may show the sources going by.
    """
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
        connection = Integration(brand.id, platform, account, sealed, Status.ACTIVE, told.ingested_at)
        brands.connect(connection, told.ingested_at)
    token = keys.seal(
        Secret(DEMO.slack_token), brand_id=brand.id, purpose="slack", account_id=DEMO.slack_channel
    )
    brands.tell_at(brand.id, Notifications(DEMO.slack_channel, token, ("team@aurora.example",)))
    return len({place for source in watched(PARTS) for place in _ingested(told, source)})


def _ingested(told: Demo, source: Source) -> set[tuple[Source, Bucket]]:
    """Leave behind what hourly readings would have, the last of them an hour ago."""
    timetable, then = wiring.timetable(), told.ingested_at
    timetable.ask([(told.brand.id, source)], then)
    claim = timetable.claim(told.brand.id, source, then)
    if claim is None:
        raise LookupError(f"{told.brand.id} was not stored")
    report = _report(told, source)
    kept = keep_report(report, source, claim.file, metrics=wiring.metrics(), pause=wiring.pause)
    asked = Asked(then, told.brand.conversion_event, told.brand.currency, lookback=_WEEKS * 7)
    timetable.settle(claim, succeeded(claim.freshness, report, asked))
    return {(point.source, point.bucket) for point in kept}


def _hours(told: Demo) -> list[Bucket]:
    today = bucket_at(told.ingested_at, Period.DAILY, told.brand.zone)
    begin = bucket_at(today.start - timedelta(weeks=_WEEKS), Period.DAILY, told.brand.zone).start
    open_hour = bucket_at(told.ingested_at, Period.HOURLY, told.brand.zone)
    return buckets_between(begin, open_hour.start, Period.HOURLY, told.brand.zone)


def _report(told: Demo, source: Source) -> Report:
    """Return what a source had reported by then: closed hours with their purchases, and their days."""
    hours = tuple(ReportRow(hour, told.story.hour(source, hour.start)) for hour in _hours(told))
    days: dict[Bucket, Sums] = {}
    for row in hours:
        day = bucket_at(row.bucket.start, Period.DAILY, told.brand.zone)
        days[day] = days.get(day, Sums()) + row.sums
    return Report(
        currency=told.brand.currency,
        zone=told.brand.zone,
        fetched_at=told.ingested_at,
        hours=hours,
        days=tuple(ReportRow(day, sums) for day, sums in days.items()),
        snapshots=source is Source.META,
    )
