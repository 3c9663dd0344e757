"""Events that will never work as things stand, kept by id: names only, no payload."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

from google.api_core.exceptions import NotFound
from google.cloud.firestore import FieldFilter

from shared.adapters.firestore import _paths
from shared.adapters.firestore._calls import CALL, firestore
from shared.core.wire.dead_letter import dead_letter_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from google.cloud.firestore import Client

    from shared.core.dead_letter import DeadLetter

_PAGE = 300


class FirestoreDeadLetters:
    def __init__(self, client: Client) -> None:
        self._client = client

    def bury(
        self,
        *,
        kind: str,
        event_id: str,
        subject: str,
        reason: str,
        names: Mapping[str, str],
        now: datetime,
    ) -> None:
        fingerprint = sha256(f"{kind}\0{event_id}\0{subject}".encode()).hexdigest()
        record = {"kind": kind, "eventId": event_id, "subject": subject, "reason": reason, "at": now}
        if names:
            record["names"] = dict(names)
        with firestore():
            _paths.dead_letters(self._client).document(fingerprint).set(record, **CALL)

    def buried(self, since: datetime | None = None) -> Iterator[DeadLetter]:
        query = _paths.dead_letters(self._client).order_by("at").limit(_PAGE)
        if since is not None:
            query = query.where(filter=FieldFilter("at", ">=", since))
        while True:
            with firestore():
                page = list(query.stream(**CALL))
            for doc in page:
                yield dead_letter_of(doc.to_dict() or {}, doc.id, doc.update_time)
            if len(page) < _PAGE:
                return
            query = query.start_after(page[-1])

    def count(self) -> int:
        with firestore():
            ((counted,),) = _paths.dead_letters(self._client).count().get(**CALL)  # type: ignore[no-untyped-call]
        return int(counted.value)

    def forget(self, letter: DeadLetter) -> None:
        unchanged = self._client.write_option(last_update_time=letter.version)
        with firestore(), suppress(NotFound):  # somebody else was faster
            _paths.dead_letters(self._client).document(letter.id).delete(option=unchanged, **CALL)
