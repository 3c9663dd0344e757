"""Ownership, read from Firestore at every call: a token says who, never whose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.adapters.firestore import _paths
from shared.adapters.firestore._calls import CALL, firestore
from shared.core.brand import BrandId, OwnedBrand
from shared.core.limit import Ask
from shared.core.wire.config import brand_of
from shared.errors import Forbidden, WarRoomError

if TYPE_CHECKING:
    from google.cloud.firestore import Client

    from shared.adapters.firestore.limits import FirestoreLimits
    from shared.adapters.identity import TokenVerifier


class FirestoreGate:
    def __init__(self, client: Client, verifier: TokenVerifier, limits: FirestoreLimits) -> None:
        self._client = client
        self._verifier = verifier
        self._limits = limits

    def owned(self, authorization: str | None, brand_id: BrandId, ask: Ask = Ask.READ) -> OwnedBrand:
        caller = self._verifier.verify(authorization)
        try:
            return self._owned(caller.uid, brand_id, ask)
        except WarRoomError as error:
            error.uid = caller.uid
            raise

    def _owned(self, uid: str, brand_id: BrandId, ask: Ask) -> OwnedBrand:
        self._limits.count(ask, f"uid {uid}")
        with firestore():
            stored = _paths.brand(self._client, brand_id).get(**CALL)
        fields = stored.to_dict() or {}
        owner = fields.get("ownerId")
        if not isinstance(owner, str) or not owner or owner != uid:
            raise Forbidden("not the owner of this brand")
        self._limits.count(ask, f"brand {brand_id}")
        return OwnedBrand(brand_of(fields, brand_id))

    def count_again(self, owned: OwnedBrand, ask: Ask) -> None:
        for who in (f"uid {owned.brand.owner_id}", f"brand {owned.brand.id}"):
            self._limits.count_again(ask, who)
