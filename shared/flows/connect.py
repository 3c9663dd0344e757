"""Connecting: a key is tried, sealed and stored, or nothing changes. Disconnecting forgets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.core.integration import Integration, Status
from shared.flows.validate import Validated, tried

if TYPE_CHECKING:
    from shared.core.brand import OwnedBrand
    from shared.core.query import Disconnection, Validation
    from shared.ports import Brands, Clock, Keys, Platforms

_WORDS = {
    "pt-BR": {"connected": "Conectado.", "disconnected": "Desconectado: a chave foi apagada."},
    "en": {"connected": "Connected.", "disconnected": "Disconnected: the key is deleted."},
}


def connect(
    asked: Validation,
    owned: OwnedBrand,
    *,
    platforms: Platforms,
    keys: Keys,
    brands: Brands,
    clock: Clock,
) -> Validated:
    """Try a key and, if its platform takes it, seal it and store it in place of the former one.

    A key that is refused changes nothing: the one that is stored goes on. Stored, the source is due
    at once. RateLimited and Unavailable pass through: nobody knows then, and nothing is stored.
    """
    said, account = tried(asked, owned, platforms=platforms)
    if account is None:
        return said
    brand, platform, now = owned.brand, asked.platform, clock.now()
    sealed = keys.seal(asked.key, brand_id=brand.id, purpose=platform.value, account_id=asked.account_id)
    integration = Integration(
        brand_id=brand.id,
        platform=platform,
        account_id=asked.account_id,
        sealed_key=sealed,
        status=Status.ACTIVE,
        last_validated=now,
        expires_at=account.expires_at,
    )
    brands.connect(integration, now)
    return Validated(success=True, message=f"{said.message} {_WORDS[brand.locale]['connected']}")


def disconnect(asked: Disconnection, owned: OwnedBrand, *, brands: Brands, clock: Clock) -> Validated:
    """Forget a platform's key and stop reading it; what was read stays. Twice is as good as once."""
    brands.disconnect(owned.brand.id, asked.platform, clock.now())
    return Validated(success=True, message=_WORDS[owned.brand.locale]["disconnected"])


def pretended(locale: str, *, connected: bool) -> Validated:
    """Answer a mock request."""
    word = "connected" if connected else "disconnected"
    return Validated(success=True, message=_WORDS[locale][word])
