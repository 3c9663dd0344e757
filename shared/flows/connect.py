"""Connecting: a key is tried, sealed and stored, or nothing changes. Disconnecting forgets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.core.integration import Integration, Status
from shared.core.source_alarm import standing
from shared.flows.validate import Validated, tried

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from shared.core.brand import BrandId, OwnedBrand
    from shared.core.metric import Source
    from shared.core.query import Disconnection, Validation
    from shared.ports import Brands, Clock, Keys, Platforms, Queue, Timetable

_WORDS = {
    "pt-BR": {"connected": "Conectado.", "disconnected": "Desconectado: a chave foi apagada."},
    "en": {"connected": "Connected.", "disconnected": "Disconnected: the key is deleted."},
}


@dataclass(frozen=True, slots=True)
class Register:
    """Where connections are kept, and how people hear what became of a former one's troubles."""

    brands: Brands
    timetable: Timetable
    queue: Callable[[], Queue]
    clock: Clock

    def stood(self, brand_id: BrandId, source: Source, now: datetime) -> tuple[str, ...]:
        """Name the troubles of a source that people may have heard of."""
        of_brand = self.timetable.of(brand_id)
        return next((standing(known, now) for known in of_brand if known.source is source), ())

    def ask(self, brand_id: BrandId, alarms: tuple[str, ...]) -> None:
        """Ask that people be told what became of troubles; where there were none, no client is made."""
        for alarm in alarms:
            self.queue().ask_to_tell_of_source(brand_id, alarm)
        if alarms:
            self.queue().flush()


def connect(
    asked: Validation,
    owned: OwnedBrand,
    *,
    platforms: Platforms,
    keys: Keys,
    register: Register,
) -> Validated:
    """Try a key and, if its platform takes it, seal it and store it in place of the former one.

    A key that is refused changes nothing: the one that is stored goes on. Stored, the source is due
    at once, and people hear what became of its former troubles. RateLimited and Unavailable of the
    platform pass through: nobody knows then, and nothing is stored.
    """
    said, account = tried(asked, owned, platforms=platforms)
    if account is None:
        return said
    brand, platform, now = owned.brand, asked.platform, register.clock.now()
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
    stood = register.stood(brand.id, platform.source, now)
    register.brands.connect(integration, now, stood)
    register.ask(brand.id, stood)
    return Validated(success=True, message=f"{said.message} {_WORDS[brand.locale]['connected']}")


def disconnect(asked: Disconnection, owned: OwnedBrand, *, register: Register) -> Validated:
    """Forget a platform's key and stop reading it; what was read stays. Twice is as good as once."""
    brand_id, now = owned.brand.id, register.clock.now()
    stood = register.stood(brand_id, asked.platform.source, now)
    register.brands.disconnect(brand_id, asked.platform, now)
    register.ask(brand_id, stood)
    return Validated(success=True, message=_WORDS[owned.brand.locale]["disconnected"])


def pretended(locale: str, *, connected: bool) -> Validated:
    """Answer a mock request."""
    word = "connected" if connected else "disconnected"
    return Validated(success=True, message=_WORDS[locale][word])
