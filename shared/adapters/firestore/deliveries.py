"""Who was told what on which channel: the claim that keeps two senders apart."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from google.api_core.exceptions import AlreadyExists
from google.cloud.firestore import DELETE_FIELD, And, FieldFilter

from shared.adapters.firestore import _paths
from shared.adapters.firestore._calls import CALL, firestore, get_all, pages
from shared.errors import Contended
from shared.ports import Delivery

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from google.cloud.firestore import Client

    from shared.core.brand import BrandId

_PAGE = 300
_LEASE = timedelta(seconds=60)
"""Longer than any send may take; after it the sender is taken for dead and another sends again."""


class FirestoreDeliveries:
    def __init__(self, client: Client) -> None:
        self._client = client

    def claim(self, brand_id: BrandId, subject_id: str, channel: str, now: datetime) -> Delivery | None:
        document = _paths.delivery(self._client, brand_id, subject_id, channel)
        claim = {"leaseUntil": now + _LEASE}
        first = {"subjectId": subject_id, "channel": channel, "sentAs": None, "told": None}
        with firestore():
            try:
                written = document.create(first | claim, **CALL)
            except AlreadyExists:
                pass
            else:
                return Delivery(brand_id, subject_id, channel, None, None, written.update_time, first=True)
            known = document.get(**CALL)
        fields = known.to_dict() or {}
        lease = fields.get("leaseUntil")
        if isinstance(lease, datetime) and lease > now:
            return None
        try:
            with firestore():
                unchanged = self._client.write_option(last_update_time=known.update_time)
                written = document.update(claim, option=unchanged, **CALL)
        except Contended:
            return None
        return Delivery(
            brand_id,
            subject_id,
            channel,
            fields.get("sentAs"),
            fields.get("told"),
            written.update_time,
            tuple(fields.get("waiting", ())),
        )

    def known(self, brand_id: BrandId, subjects: Collection[str], channels: Collection[str]) -> set[str]:
        documents = {
            _paths.delivery(self._client, brand_id, subject, channel): subject
            for subject in subjects
            for channel in channels
        }
        read = get_all(self._client, documents)
        return {subject for document, subject in documents.items() if read[document.path].exists}

    def give_back(self, delivery: Delivery) -> None:
        document = _paths.delivery(self._client, delivery.brand_id, delivery.subject_id, delivery.channel)
        unchanged = self._client.write_option(last_update_time=delivery.version)
        with suppress(Contended), firestore():
            document.delete(option=unchanged, **CALL)

    def broken_off(self, start: datetime, end: datetime) -> Iterator[list[tuple[BrandId, str]]]:
        within = FieldFilter("leaseUntil", ">=", start), FieldFilter("leaseUntil", "<", end)
        query = (
            _paths.every_delivery(self._client)
            .where(filter=And([*within]))
            .order_by("leaseUntil")
            .select(["leaseUntil", "subjectId"])
        )
        for page in pages(query, _PAGE):
            yield [
                (owner, str((doc.to_dict() or {}).get("subjectId", "")))
                for doc in page
                if (owner := _paths.owner_of(doc.reference)) is not None
            ]

    def sent(self, delivery: Delivery, *, message_id: str, told: str, waiting: Sequence[str] = ()) -> None:
        document = _paths.delivery(self._client, delivery.brand_id, delivery.subject_id, delivery.channel)
        with firestore():
            document.update(
                {
                    "sentAs": message_id,
                    "told": told,
                    "leaseUntil": None,
                    "waiting": list(waiting) or DELETE_FIELD,
                },
                **CALL,
            )
