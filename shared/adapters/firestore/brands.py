"""Brands, their configuration and where they are told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from google.cloud.firestore import DELETE_FIELD

from shared.adapters.clock import part
from shared.adapters.firestore import _paths
from shared.adapters.firestore._calls import CALL, firestore, get_all, pages
from shared.core.brand import BrandId, brand_id
from shared.core.freshness import connected
from shared.core.integration import Integration, Platform, Status
from shared.core.wire.config import (
    brand_fields,
    brand_of,
    config_fields,
    integration_fields,
    integrations_of,
    occasions_fields,
    settings_of,
)
from shared.core.wire.freshness import freshness_fields
from shared.core.wire.notifications import channels_fields, notifications_fields, notifications_of
from shared.errors import Contended, InvalidDocument, Refused
from shared.ports import BrandFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from google.cloud.firestore import Client

    from shared.adapters.firestore._calls import Snapshot
    from shared.core.brand import Brand
    from shared.core.metric import Source
    from shared.core.notifications import Notifications
    from shared.core.sentry.settings import Occasion, SentrySettings

_PAGE = 300
_TRIES = 5


class FirestoreBrands:
    def __init__(self, client: Client) -> None:
        self._client = client

    def names(self) -> Iterator[str]:
        for page in self._pages():
            yield from (doc.id for doc in page)

    def get(self, brand_id: BrandId) -> BrandFile | None:
        brand, config = _paths.brand(self._client, brand_id), _paths.config(self._client, brand_id)
        read = get_all(self._client, (brand, config))
        return brand_file(brand_id, read[brand.path], read[config.path])

    def create(self, brand: Brand, settings: SentrySettings, *, now: datetime) -> None:
        batch = self._client.batch()
        batch.create(_paths.brand(self._client, brand.id), brand_fields(brand))
        batch.create(_paths.config(self._client, brand.id), config_fields(brand.id, settings, (), now))
        with firestore():
            batch.commit(**CALL)

    def connected(self) -> Iterator[list[tuple[BrandId, Source]]]:
        for page in self._pages():
            ids = [brand_id(doc.id) for doc in page]
            configs = get_all(self._client, (_paths.config(self._client, known) for known in ids))
            yield [
                (known, source)
                for known in ids
                for source in _sources(known, configs[_paths.config(self._client, known).path])
            ]

    def _pages(self) -> Iterator[list[Snapshot]]:
        return pages(_paths.brands(self._client).select([]).order_by("__name__"), _PAGE)

    def everyone(self) -> Iterator[list[Brand]]:
        for page in pages(_paths.brands(self._client).order_by("__name__"), _PAGE):
            yield [brand for doc in page if (brand := _readable(doc)) is not None]

    def connect(self, integration: Integration, now: datetime, alarms: Sequence[str] = ()) -> None:
        brand_id, source = integration.brand_id, integration.platform.source
        name = f"integrations.{integration.platform.value}"
        batch = self._client.batch()
        stored = {"integrations": {integration.platform.value: integration_fields(integration)}}
        about = {"brandId": brand_id, "updatedAt": now}
        batch.set(_paths.config(self._client, brand_id), stored | about, merge=[name, *about])
        batch.set(
            _paths.freshness(self._client, brand_id).document(source.value),
            freshness_fields(replace(connected(brand_id, source, now), alarms=tuple(alarms))),
        )
        with firestore():
            batch.commit(**CALL)

    def declare(self, brand_id: BrandId, occasions: Sequence[Occasion], now: datetime) -> None:
        fields = {"occasions": DELETE_FIELD, "updatedAt": now} | occasions_fields(occasions)
        with firestore():
            _paths.config(self._client, brand_id).update(fields, **CALL)

    def disconnect(self, brand_id: BrandId, platform: Platform, now: datetime) -> None:
        config, name = _paths.config(self._client, brand_id), f"integrations.{platform.value}"
        with firestore():
            stored = config.get(**CALL)
        known = {each.platform for each in _stored(stored, brand_id)}
        if platform not in known:
            return
        gone: dict[str, object] = {
            f"{name}.{field}": DELETE_FIELD for field in ("problem", "nextAttemptAt", "expiresAt")
        }
        forgotten = {
            f"{name}.encryptedApiKey": "",
            f"{name}.status": Status.DISCONNECTED.value,
            "updatedAt": now,
        }
        batch = self._client.batch()
        unchanged = self._client.write_option(last_update_time=stored.update_time)
        batch.update(config, forgotten | gone, option=unchanged)
        batch.delete(_paths.freshness(self._client, brand_id).document(platform.source.value))
        with firestore():
            batch.commit(**CALL)

    def notifications(self, brand_id: BrandId) -> Notifications:
        with firestore():
            stored = _paths.notifications(self._client, brand_id).get(**CALL)
        return notifications_of(stored.to_dict() or {}, brand_id)

    def tell_at(self, brand_id: BrandId, notifications: Notifications) -> None:
        batch = self._client.batch()
        batch.set(_paths.notifications(self._client, brand_id), notifications_fields(notifications))
        shown = {"channels": channels_fields(notifications)}
        batch.set(_paths.config(self._client, brand_id), shown, merge=[*shown])
        with firestore():
            batch.commit(**CALL)

    def change_notifications(
        self, brand_id: BrandId, change: Callable[[Notifications], Notifications], now: datetime
    ) -> Notifications:
        private = _paths.notifications(self._client, brand_id)
        for attempt in range(1, _TRIES + 1):
            with firestore():
                stored = private.get(**CALL)
            known = notifications_of(stored.to_dict() or {}, brand_id)
            changed = change(known)
            if changed == known:
                return known
            batch, fields = self._client.batch(), notifications_fields(changed)
            if stored.exists:
                unchanged = self._client.write_option(last_update_time=stored.update_time)
                gone = dict.fromkeys((stored.to_dict() or {}).keys() - fields.keys(), DELETE_FIELD)
                batch.update(private, fields | gone, option=unchanged)
            else:
                batch.create(private, fields)
            shown = {"brandId": brand_id, "channels": channels_fields(changed), "updatedAt": now}
            batch.set(_paths.config(self._client, brand_id), shown, merge=[*shown])
            try:
                with firestore():
                    batch.commit(**CALL)
            except Contended:
                part(attempt)
                continue
            return changed
        raise Contended(f"firestore: {private.path} changed at every try")

    def report_health(self, integration: Integration) -> None:
        config = _paths.config(self._client, integration.brand_id)
        name = f"integrations.{integration.platform.value}"
        health = {
            "status": integration.status.value,
            "problem": integration.problem or DELETE_FIELD,
            "nextAttemptAt": integration.next_attempt_at or DELETE_FIELD,
            "expiresAt": integration.expires_at or DELETE_FIELD,
        }
        fields = {f"{name}.{field}": value for field, value in health.items()}
        for attempt in range(1, _TRIES + 1):
            with firestore():
                stored = config.get(**CALL)
            if not any(_same(each, integration) for each in _stored(stored, integration.brand_id)):
                return
            unchanged = self._client.write_option(last_update_time=stored.update_time)
            try:
                with firestore():
                    config.update(fields, option=unchanged, **CALL)
            except Contended:
                part(attempt)
                continue
            return
        raise Contended(f"firestore: {config.path} changed at every try")


def brand_file(known: BrandId, brand: Snapshot, config: Snapshot) -> BrandFile | None:
    """Read the two documents; None for no brand, or one that nobody owns."""
    fields = brand.to_dict()
    if not fields or not fields.get("ownerId"):
        return None
    chosen: Mapping[str, object] = config.to_dict() or {}
    return BrandFile(brand_of(fields, known), settings_of(chosen, known), integrations_of(chosen, known))


def _readable(document: Snapshot) -> Brand | None:
    fields = document.to_dict() or {}
    try:
        return brand_of(fields, brand_id(document.id)) if fields.get("ownerId") else None
    except (InvalidDocument, Refused):
        return None


def _stored(config: Snapshot, known: BrandId) -> tuple[Integration, ...]:
    return integrations_of(config.to_dict() or {}, known)


def _same(stored: Integration, told: Integration) -> bool:
    """Tell whether this is still the connection that was made then; a new master key makes no other of it."""
    return (
        stored.platform is told.platform
        and stored.status is not Status.DISCONNECTED
        and (stored.account_id, stored.last_validated) == (told.account_id, told.last_validated)
    )


def _sources(known: BrandId, config: Snapshot) -> list[Source]:
    """Return what to ingest; one brand's broken configuration costs only that brand."""
    try:
        integrations = integrations_of(config.to_dict() or {}, known)
    except (InvalidDocument, Refused):
        return []
    return [i.platform.source for i in integrations if i.status is not Status.DISCONNECTED]
