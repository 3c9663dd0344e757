"""Metrics for the dashboard: a range of points, packed pages read once each."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING

from shared.core.history import page_id
from shared.core.period import bucket_at, months_back
from shared.core.wire.page import WRITING, pages_json

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from shared.core.brand import Brand, OwnedBrand
    from shared.core.history import Page
    from shared.core.period import Period
    from shared.core.query import MetricsQuery
    from shared.ports import Metrics

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Series:
    """The stored points of a brand whose bucket starts in [start, end), still packed."""

    brand: Brand
    pages: Sequence[Page]
    start: datetime
    end: datetime

    @property
    def version(self) -> str:
        """A text that differs wherever the JSON may."""
        pages = sorted(f"{page.id} {page.version}" for page in self.pages)
        asked = f"{WRITING} {self.brand.id} {self.brand.zone.key} {self.start} {self.end}"
        return blake2b("\n".join((asked, *pages)).encode(), digest_size=16).hexdigest()

    def json(self) -> bytes:
        """Write the points as one array, by time, then source."""
        return pages_json(self.brand.id, self.pages, self.start, self.end, self.brand.zone)


class Written:
    """The JSON this instance wrote last, by version; at most `most` bytes of it.

    It saves writing, never reading or asking whose the brand is; a version names its brand.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._texts: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def json(self, series: Series) -> bytes:
        version = series.version
        with self._lock:
            text = self._texts.pop(version, None)
        if text is None:
            text = series.json()
        with self._lock:
            self._texts[version] = text
            while sum(map(len, self._texts.values())) > self._most:
                self._texts.popitem(last=False)
        return text


def read_metrics(query: MetricsQuery, owned: OwnedBrand, *, metrics: Metrics) -> Series:
    """Read the pages of the asked range: one a source and month."""
    brand = owned.brand
    start, end = query.interval(brand.zone)
    months = _months(start, end, query.period, brand.zone)
    names = {page_id(source, query.period, month) for source in query.sources for month in months}
    pages = metrics.pages(brand.id, names) if names else {}
    return Series(brand, list(pages.values()), start, end)


def _months(start: datetime, end: datetime, period: Period, zone: ZoneInfo) -> Collection[str]:
    """Return the months under which the buckets that begin in [start, end) are filed."""
    first, last = bucket_at(start, period, zone), bucket_at(end - _INSTANT, period, zone)
    if first.start < start:
        first = bucket_at(first.end, period, zone)
    if first.start >= end:
        return ()
    (year, month), (last_year, last_month) = (divmod(int(each.month), 100) for each in (first, last))
    return months_back(last.month, (last_year - year) * 12 + last_month - month + 1)
