"""Breakers that several brands share: one document a credential, app or project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.adapters.firestore import _paths
from shared.adapters.firestore._calls import CALL, firestore, get_all
from shared.core.breaker import Open
from shared.core.wire.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from google.cloud.firestore import Client


class FirestoreBreakers:
    def __init__(self, client: Client) -> None:
        self._client = client

    def open(self, names: Sequence[str], now: datetime) -> Open | None:
        stored = get_all(self._client, (_paths.breaker(self._client, name) for name in names))
        found = [Fields(doc.to_dict() or {}, path) for path, doc in stored.items() if doc.exists]
        opened = [Open(read.instant("until"), read.text("reason")) for read in found]
        return max((each for each in opened if each.until > now), key=lambda each: each.until, default=None)

    def trip(self, name: str, opened: Open) -> None:
        with firestore():
            _paths.breaker(self._client, name).set({"until": opened.until, "reason": opened.reason}, **CALL)
