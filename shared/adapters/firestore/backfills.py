"""How far each backfill has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.adapters.firestore import _paths
from shared.adapters.firestore._calls import CALL, firestore
from shared.core.wire.backfill import backfill_fields, backfill_of

if TYPE_CHECKING:
    from google.cloud.firestore import Client

    from shared.core.backfill import Backfill
    from shared.core.brand import BrandId
    from shared.core.metric import Source


class FirestoreBackfills:
    def __init__(self, client: Client) -> None:
        self._client = client

    def get(self, brand_id: BrandId, source: Source) -> Backfill | None:
        document = _paths.backfill(self._client, brand_id, source.value)
        with firestore():
            stored = document.get(**CALL)
        return backfill_of(stored.to_dict() or {}, document.path, source) if stored.exists else None

    def save(self, brand_id: BrandId, backfill: Backfill) -> None:
        with firestore():
            _paths.backfill(self._client, brand_id, backfill.source.value).set(
                backfill_fields(backfill), **CALL
            )
