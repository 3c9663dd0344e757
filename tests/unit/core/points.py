"""Points, pages and brands for tests of the core."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from shared.core.brand import Brand, BrandId
from shared.core.history import Page
from shared.core.metric import FRESH, MICROS, USABLE, MetricPoint, Source, Sums, point_of
from shared.core.period import HOUR, Bucket, Period, bucket_at

ROME = ZoneInfo("Europe/Rome")
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
BRAND = Brand(BrandId("aurora"), "owner", "Aurora", ROME, "EUR", "en", "purchase")


def hour(n: int = 0, start: datetime = NOW) -> Bucket:
    return bucket_at(start + n * HOUR, Period.HOURLY, ROME)


def sums(
    spend: float | None = None,
    revenue: float | None = None,
    impressions: int | None = None,
    clicks: int | None = None,
    conversions: float | None = None,
) -> Sums:
    """Return sums from plain amounts."""

    def micros(amount: float | None) -> int | None:
        return None if amount is None else round(amount * MICROS)

    return Sums(micros(spend), micros(revenue), impressions, clicks, micros(conversions))


def point(
    what: Sums,
    bucket: Bucket | None = None,
    source: Source = Source.META,
    *,
    currency: str = "EUR",
    complete: bool = True,
    fetched_at: datetime = NOW,
    flags: tuple[str, ...] = (),
) -> MetricPoint:
    return point_of(
        what,
        source=source,
        bucket=bucket or hour(),
        currency=currency,
        maturity=USABLE if complete else FRESH,
        fetched_at=fetched_at,
        flags=flags,
    )


def pages_of(points: list[MetricPoint]) -> list[Page]:
    pages: dict[str, Page] = {}
    for each in points:
        page = Page(each.source, each.period, each.bucket.month, "EUR")
        pages.setdefault(page.id, page).put(each)
    return list(pages.values())
