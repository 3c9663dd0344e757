"""Every sealed secret that is stored, wherever it lies: platform keys, Slack tokens and webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.adapters.firestore import _paths
from shared.adapters.firestore._calls import CALL, firestore, get_all
from shared.core.brand import brand_id
from shared.core.wire.config import integrations_of
from shared.core.wire.notifications import notifications_of
from shared.ports import Sealed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.cloud.firestore import Client

    from shared.adapters.firestore._calls import Snapshot
    from shared.core.brand import BrandId

_PAGE = 300
_PRIVATE = {"slack": "slack.encryptedToken", "slack_hook": "slackHook.encryptedPath"}
"""What lies among a brand's addresses, by purpose."""


class FirestoreStrongroom:
    def __init__(self, client: Client) -> None:
        self._client = client

    def everything(self) -> Iterator[Sealed]:
        query = _paths.brands(self._client).select([]).order_by("__name__").limit(_PAGE)
        while True:
            with firestore():
                page = list(query.stream(**CALL))
            for doc in page:
                yield from self.of(brand_id(doc.id))
            if len(page) < _PAGE:
                return
            query = query.start_after(page[-1])

    def of(self, brand_id: BrandId) -> Iterator[Sealed]:
        config, private = _paths.config(self._client, brand_id), _paths.notifications(self._client, brand_id)
        read = get_all(self._client, (config, private))
        yield from _keys(brand_id, read[config.path])
        yield from _slack(brand_id, read[private.path])

    def again(self, sealed: Sealed) -> Sealed | None:
        found = (each for each in self.of(sealed.brand_id) if each.purpose == sealed.purpose)
        return next(found, None)

    def replace(self, sealed: Sealed, envelope: str) -> None:
        private = sealed.purpose in _PRIVATE
        document = (_paths.notifications if private else _paths.config)(self._client, sealed.brand_id)
        field = _PRIVATE.get(sealed.purpose, f"integrations.{sealed.purpose}.encryptedApiKey")
        unchanged = self._client.write_option(last_update_time=sealed.version)
        with firestore():
            document.update({field: envelope}, option=unchanged, **CALL)


def _keys(known: BrandId, config: Snapshot) -> Iterator[Sealed]:
    for each in integrations_of(config.to_dict() or {}, known):
        if each.sealed_key:
            yield Sealed(known, each.platform.value, each.account_id, each.sealed_key, config.update_time)


def _slack(known: BrandId, private: Snapshot) -> Iterator[Sealed]:
    told = notifications_of(private.to_dict() or {}, known)
    if told.slack_channel and told.slack_sealed_token:
        yield Sealed(known, "slack", told.slack_channel, told.slack_sealed_token, private.update_time)
    if told.slack_hook and told.slack_sealed_hook:
        yield Sealed(known, "slack_hook", told.slack_hook, told.slack_sealed_hook, private.update_time)
