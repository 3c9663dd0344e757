"""Events that will never work, kept by id for a person to look at: names only, no payload."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from shared.adapters.firestore import _paths
from shared.adapters.firestore._calls import CALL, firestore

if TYPE_CHECKING:
    from datetime import datetime

    from google.cloud.firestore import Client


class FirestoreDeadLetters:
    def __init__(self, client: Client) -> None:
        self._client = client

    def bury(self, *, kind: str, event_id: str, subject: str, reason: str, now: datetime) -> None:
        fingerprint = sha256(f"{kind}\0{event_id}\0{subject}".encode()).hexdigest()
        record = {"kind": kind, "eventId": event_id, "subject": subject, "reason": reason, "at": now}
        with firestore():
            _paths.dead_letter(self._client, fingerprint).set(record, **CALL)
