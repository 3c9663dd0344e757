"""The backtest: a brand's past days through the Sentry at all three sensitivities."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared.core.backtest import Backtest, replay, summed
from shared.core.history import PAGES_FOR_BASELINE, page_id
from shared.core.metric import Source
from shared.core.period import Period, bucket_at, months_back
from shared.errors import Forbidden

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from shared.core.brand import Brand, OwnedBrand
    from shared.core.history import Page
    from shared.core.query import BacktestQuery
    from shared.ports import BrandFile, Brands, Clock, Metrics


def read_backtest(
    query: BacktestQuery, owned: OwnedBrand, *, brands: Brands, metrics: Metrics, clock: Clock
) -> Backtest:
    """Replay an owner's brand; up to the last whole hour, so that an hour has one answer."""
    file = brands.get(owned.brand.id)
    if file is None:
        raise Forbidden("the brand is gone")
    until = clock.now().replace(minute=0, second=0, microsecond=0)
    return run_backtest(file, query.days, until, metrics=metrics)


def run_backtest(
    file: BrandFile,
    days: int,
    until: datetime,
    *,
    metrics: Metrics,
    watched: Callable[[list[Page]], Iterable[Page]] = iter,
) -> Backtest:
    """Replay the last days of all sources and periods; `watched` may show the pages going by."""
    brand, span = file.brand, (until - timedelta(days=days), until)
    names = {
        page_id(source, period, month)
        for source in Source
        for period in Period
        for month in _months(span, period, brand)
    }
    pages = metrics.pages(brand.id, names)
    ordered = [pages[name] for name in sorted(pages)]
    found = [
        raised for page in watched(ordered) for raised in replay(page, pages, brand, file.settings, span)
    ]
    return Backtest(brand, file.settings.sensitivity, days, until, tuple(summed(found, brand)))


def _months(span: tuple[datetime, datetime], period: Period, brand: Brand) -> list[str]:
    """Return the months of the days asked for, and those that they are judged against."""
    first, last = (bucket_at(edge, period, brand.zone).month for edge in span)
    between = (int(last[:4]) - int(first[:4])) * 12 + int(last[4:]) - int(first[4:])
    return months_back(last, between + PAGES_FOR_BASELINE[period])
