"""Metric documents and the history pages written beside them."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from google.cloud.firestore import FieldFilter

from shared.adapters.firestore import _paths
from shared.adapters.firestore._calls import BULK_COMMIT, CALL, firestore, get_all, readable
from shared.adapters.firestore.brands import brand_file
from shared.core.history import Page
from shared.core.period import month_of_key
from shared.core.wire.metric import FETCHED, metric_fields, metric_point
from shared.ports import Sight

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from google.cloud.firestore import Client

    from shared.adapters.firestore._calls import Snapshot
    from shared.core.brand import Brand, BrandId
    from shared.core.metric import MetricPoint, Source


class FirestoreMetrics:
    def __init__(self, client: Client) -> None:
        self._client = client

    def pages(self, brand_id: BrandId, page_ids: Collection[str]) -> dict[str, Page]:
        history = _paths.history(self._client, brand_id)
        read = get_all(self._client, (history.document(name) for name in page_ids))
        return {doc.id: _page(doc) for doc in read.values() if doc.exists}

    def commit(self, brand_id: BrandId, points: Sequence[MetricPoint], pages: Sequence[Page]) -> None:
        """Write documents and pages at once; a page only onto the version it was read at."""
        batch = self._client.batch()
        documents, history = _paths.metrics(self._client, brand_id), _paths.history(self._client, brand_id)
        for point in points:
            batch.set(documents.document(point.id(brand_id)), metric_fields(brand_id, point))
        for page in pages:
            if page.version is None:
                batch.create(history.document(page.id), page.to_fields())
            else:
                unchanged = self._client.write_option(last_update_time=page.version)
                batch.update(history.document(page.id), page.to_fields(), option=unchanged)
        with firestore():
            batch.commit(**BULK_COMMIT)

    def documents(self, brand: Brand, source: Source, months: Collection[str]) -> Iterator[MetricPoint]:
        """Yield stored documents by id, which sort by time, so that no index is needed.

        One that cannot be read is left out: the event of its writing has told of it.
        """
        stem = f"metric_{brand.id}_{source.value}_"
        for first, last in (span for month in sorted(months) for span in _spans(month)):
            found = self._by_id(brand, f"{stem}{first}", f"{stem}{last}~")
            yield from readable(found, lambda doc: _read(doc, brand))

    def months(self, brand: Brand, source: Source) -> list[str]:
        """Step from month to month by the first id of each; only weeks are read one by one."""
        stem = f"metric_{brand.id}_{source.value}_"
        found: set[str] = set()
        following = stem
        while (first := next(iter(self._by_id(brand, following, f"{stem}~", limit=1)), None)) is not None:
            key = first.id.removeprefix(stem)
            following = f"{stem}{key[:6] if key[5:6] == 'W' else key[:7]}~"
            some = self._by_id(brand, first.id, following) if key[5:6] == "W" else [first]
            found |= {month_of_key(doc.id.removeprefix(stem)) for doc in some}
        return sorted(found)

    def _by_id(
        self, brand: Brand, first: str, beyond: str, *, limit: int | None = None
    ) -> Iterator[Snapshot]:
        collection = _paths.metrics(self._client, brand.id)
        query = (
            collection.where(filter=FieldFilter("__name__", ">=", collection.document(first)))
            .where(filter=FieldFilter("__name__", "<", collection.document(beyond)))
            .order_by("__name__")
        )
        with firestore():
            yield from (query.limit(limit) if limit else query).stream(**CALL)


class FirestoreWatch:
    """All that the Sentry needs for one event, in one round trip."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def look(self, brand_id: BrandId, metric_id: str, page_ids: Collection[str]) -> Sight | None:
        brand, config = _paths.brand(self._client, brand_id), _paths.config(self._client, brand_id)
        metric = _paths.metrics(self._client, brand_id).document(metric_id)
        history = _paths.history(self._client, brand_id)
        read = get_all(self._client, (brand, config, metric, *(history.document(name) for name in page_ids)))
        file = brand_file(brand_id, read.pop(brand.path), read.pop(config.path))
        stored = read.pop(metric.path)
        if file is None or not stored.exists:
            return None
        pages = {doc.id: _page(doc) for doc in read.values() if doc.exists}
        return Sight(file, _read(stored, file.brand), pages, dated=FETCHED in (stored.to_dict() or {}))


def _spans(month: str) -> Iterator[tuple[str, str]]:
    """Yield the first and last keys of what is filed under a month: its days and hours, then its weeks.

    A week is filed under its Monday, which may lie in the year before the week's own.
    """
    yield f"{month[:4]}-{month[4:]}", f"{month[:4]}-{month[4:]}"
    begin = date(int(month[:4]), int(month[4:]), 1)
    mondays = (begin + timedelta(days=-begin.weekday() % 7 + 7 * n) for n in range(5))
    weeks = [monday.isocalendar() for monday in mondays if monday.month == begin.month]
    for _, of_year in groupby(weeks, key=lambda week: week.year):
        keys = [f"{week.year}-W{week.week:02d}" for week in of_year]
        yield keys[0], keys[-1]


def _read(stored: Snapshot, brand: Brand) -> MetricPoint:
    return metric_point(stored.to_dict() or {}, stored.id, brand, stored.update_time)


def _page(stored: Snapshot) -> Page:
    page = Page.from_fields(stored.to_dict() or {}, stored.reference.path)
    page.version = stored.update_time
    return page
