"""How fresh every source is, and when it is read next: asked for, leased and settled by single writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.api_core.exceptions import AlreadyExists
from google.cloud.firestore import FieldFilter

from shared.adapters.firestore import _paths
from shared.adapters.firestore._calls import BULK_COMMIT, CALL, firestore, get_all
from shared.adapters.firestore.brands import brand_file
from shared.core.brand import BrandId, brand_id
from shared.core.freshness import ASK_AGAIN, LEASE, connected
from shared.core.metric import Source
from shared.core.wire.freshness import freshness_fields, freshness_of
from shared.errors import BadRequest, Contended
from shared.ports import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from google.cloud.firestore import Client, DocumentReference

    from shared.core.freshness import Freshness

_PAGE = 300


class FirestoreTimetable:
    def __init__(self, client: Client) -> None:
        self._client = client

    def due(self, now: datetime) -> Iterator[list[tuple[BrandId, Source]]]:
        """Page through what is due, by the one index that spans all brands."""
        first = (
            _paths.every_freshness(self._client)
            .where(filter=FieldFilter("nextAttemptAt", "<=", now))
            .order_by("nextAttemptAt")
            .select(["nextAttemptAt"])
            .limit(_PAGE)
        )
        query = first
        while True:
            with firestore():
                page = list(query.stream(**CALL))
            yield [known for doc in page if (known := _named(doc.reference)) is not None]
            if len(page) < _PAGE:
                return
            query = first.start_after(page[-1])

    def ask(self, sources: Sequence[tuple[BrandId, Source]], now: datetime) -> None:
        for start in range(0, len(sources), _PAGE):
            batch = self._client.batch()
            for known, source in sources[start : start + _PAGE]:
                asked = {"askedAt": now, "nextAttemptAt": now + ASK_AGAIN}
                batch.set(self._document(known, source), asked, merge=True)
            with firestore():
                batch.commit(**BULK_COMMIT)

    def claim(self, brand_id: BrandId, source: Source, now: datetime) -> Claim | None:
        brand, config = _paths.brand(self._client, brand_id), _paths.config(self._client, brand_id)
        document = self._document(brand_id, source)
        read = get_all(self._client, (brand, config, document))
        file = brand_file(brand_id, read[brand.path], read[config.path])
        stored = read[document.path]
        if file is None:
            self.forget(brand_id, source)
            return None
        if not stored.exists:
            return None
        known = freshness_of(stored.to_dict() or {}, brand_id, source)
        if not known.is_wanted(now):
            return None
        unchanged = self._client.write_option(last_update_time=stored.update_time)
        try:
            with firestore():
                written = document.update({"leaseUntil": now + LEASE}, option=unchanged, **CALL)
        except Contended:
            return None
        return Claim(file, known, written.update_time)

    def settle(self, claim: Claim, freshness: Freshness) -> None:
        document = self._document(freshness.brand_id, freshness.source)
        unchanged = self._client.write_option(last_update_time=claim.version)
        with firestore():
            document.update(freshness_fields(freshness), option=unchanged, **CALL)

    def add(self, sources: Sequence[tuple[BrandId, Source]], now: datetime) -> int:
        documents = {self._document(*known): known for known in sources}
        read = get_all(self._client, documents)
        missing = [known for document, known in documents.items() if not read[document.path].exists]
        for known, source in missing:
            try:
                self._document(known, source).create(freshness_fields(connected(known, source, now)), **CALL)
            except AlreadyExists:
                continue
        return len(missing)

    def forget(self, brand_id: BrandId, source: Source) -> None:
        with firestore():
            self._document(brand_id, source).delete(**CALL)

    def of(self, brand_id: BrandId) -> list[Freshness]:
        with firestore():
            stored = list(_paths.freshness(self._client, brand_id).stream(**CALL))
        return [freshness_of(doc.to_dict() or {}, brand_id, Source(doc.id)) for doc in stored]

    def _document(self, known: BrandId, source: Source) -> DocumentReference:
        return _paths.freshness(self._client, known).document(source.value)


def _named(document: DocumentReference) -> tuple[BrandId, Source] | None:
    """Read brand and source off a path; None for a document that is not one of ours."""
    owner = document.parent.parent
    try:
        return (brand_id(owner.id), Source(document.id)) if owner is not None else None
    except (BadRequest, ValueError):
        return None
