"""Which day's digest each brand is told next: one document a brand, found by when it is due."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from google.cloud.firestore import FieldFilter

from shared.adapters.firestore import _paths
from shared.adapters.firestore._calls import CALL, firestore, get_all, pages, readable
from shared.core.brand import BrandId, brand_id
from shared.core.digest import next_day, nine
from shared.core.wire.fields import Fields
from shared.errors import Contended

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from google.cloud.firestore import Client, DocumentReference

    from shared.adapters.firestore._calls import Snapshot
    from shared.core.brand import Brand

_PAGE = 300


class FirestoreMornings:
    def __init__(self, client: Client) -> None:
        self._client = client

    def due(self, now: datetime) -> Iterator[list[tuple[BrandId, date]]]:
        over = _paths.digests(self._client).where(filter=FieldFilter("dueAt", "<=", now)).order_by("dueAt")
        for page in pages(over, _PAGE):
            yield list(readable(page, lambda doc: (brand_id(doc.id), _day(doc))))

    def next(self, brand_id: BrandId) -> date | None:
        with firestore():
            stored = self._document(brand_id).get(**CALL)
        return _day(stored) if stored.exists else None

    def settle(self, brand_id: BrandId, day: date, due_at: datetime) -> None:
        with firestore():
            self._document(brand_id).set(_fields(day, due_at), **CALL)

    def add(self, brands: Sequence[Brand], now: datetime) -> None:
        documents = {self._document(brand.id): brand for brand in brands}
        read = get_all(self._client, documents)
        for document, brand in documents.items():
            if read[document.path].exists:
                continue
            day = next_day(brand, now)
            try:
                with firestore():
                    document.create(_fields(day, nine(day, brand)), **CALL)
            except Contended:
                continue  # another sweep was faster

    def forget(self, brand_id: BrandId) -> None:
        with firestore():
            self._document(brand_id).delete(**CALL)

    def _document(self, known: BrandId) -> DocumentReference:
        return _paths.digests(self._client).document(known)


def _fields(day: date, due_at: datetime) -> dict[str, object]:
    return {"day": day.isoformat(), "dueAt": due_at}


def _day(document: Snapshot) -> date:
    read = Fields(document.to_dict() or {}, document.reference.path)
    try:
        return date.fromisoformat(read.text("day"))
    except ValueError:
        raise read.wrong("day", "a date is required") from None
