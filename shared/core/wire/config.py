"""The brand document and its `performance_configs/main`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.core.brand import Brand, BrandId
from shared.core.integration import Integration, Platform, Status
from shared.core.sentry.settings import Occasion, SentrySettings
from shared.core.sentry.threshold import Sensitivity
from shared.core.wire.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

CHANNELS = ("dashboard", "email", "slack")
LOCALES = ("pt-BR", "en")


def brand_of(fields: Mapping[str, object], brand_id: BrandId) -> Brand:
    read = Fields(fields, f"brands/{brand_id}")
    locale = read.text("locale", LOCALES[0])
    try:
        zone = ZoneInfo(read.optional_text("timeZone") or "America/Sao_Paulo")
    except (ZoneInfoNotFoundError, ValueError):
        raise read.wrong("timeZone", "an IANA time zone is required") from None
    return Brand(
        id=brand_id,
        owner_id=read.text("ownerId"),
        name=read.text("name", brand_id),
        zone=zone,
        currency=read.text("currency", "BRL"),
        locale=locale if locale in LOCALES else LOCALES[0],
        conversion_event=read.text("conversionEvent", "purchase"),
    )


def brand_fields(brand: Brand) -> dict[str, object]:
    return {
        "ownerId": brand.owner_id,
        "name": brand.name,
        "timeZone": brand.zone.key,
        "currency": brand.currency,
        "locale": brand.locale,
        "conversionEvent": brand.conversion_event,
    }


def settings_of(fields: Mapping[str, object], brand_id: BrandId) -> SentrySettings:
    """Read what the owner chose; a brand that chose nothing has the defaults."""
    config = Fields(fields, f"brands/{brand_id}/performance_configs/main")
    chosen, options = config.optional_inner("sentrySettings"), config.optional_inner("sentryOptions")
    occasions = tuple(_occasion(each) for each in config.inners("occasions"))
    gate = options.flag("noiseGate", default=True) if options else True
    if chosen is None:
        return SentrySettings(noise_gate=gate, occasions=occasions)
    channels = chosen.texts("notificationChannels")
    if not set(channels) <= set(CHANNELS):
        raise chosen.wrong("notificationChannels", "only " + ", ".join(CHANNELS) + " exist")
    return SentrySettings(
        enabled=chosen.flag("enabled"),
        sensitivity=chosen.choice("sensitivity", Sensitivity),
        channels=channels,
        noise_gate=gate,
        occasions=occasions,
    )


def _occasion(read: Fields) -> Occasion:
    try:
        return Occasion(read.text("name"), read.instant("start"), read.instant("end"))
    except ValueError:
        raise read.wrong("end", "must be after start") from None


def settings_fields(settings: SentrySettings) -> dict[str, object]:
    return {
        "sentrySettings": {
            "enabled": settings.enabled,
            "sensitivity": settings.sensitivity.value,
            "notificationChannels": list(settings.channels),
        },
        "sentryOptions": {"noiseGate": settings.noise_gate},
    } | occasions_fields(settings.occasions)


def occasions_fields(occasions: Sequence[Occasion]) -> dict[str, object]:
    """Write declared occasions; no client writes them, for one that does not read would stop the Sentry."""
    declared = [{"name": each.name, "start": each.start, "end": each.end} for each in occasions]
    return {"occasions": declared} if declared else {}


def integrations_of(fields: Mapping[str, object], brand_id: BrandId) -> tuple[Integration, ...]:
    path = f"brands/{brand_id}/performance_configs/main"
    stored = Fields(fields, path).optional_inner("integrations")
    if stored is None:
        return ()
    found = []
    for platform in Platform:
        read = stored.optional_inner(platform.value)
        if read is not None and not read.is_blank("accountId"):
            status = read.choice("status", Status)
            forgotten = status is Status.DISCONNECTED
            found.append(
                Integration(
                    brand_id=brand_id,
                    platform=platform,
                    account_id=read.text("accountId"),
                    sealed_key="" if forgotten else read.text("encryptedApiKey"),
                    status=status,
                    last_validated=read.instant("lastValidated"),
                    problem=read.optional_text("problem"),
                    next_attempt_at=read.optional_instant("nextAttemptAt"),
                    expires_at=read.optional_instant("expiresAt"),
                )
            )
    return tuple(found)


def integration_fields(integration: Integration) -> dict[str, object]:
    fields: dict[str, object] = {
        "encryptedApiKey": integration.sealed_key,
        "accountId": integration.account_id,
        "status": integration.status.value,
        "lastValidated": integration.last_validated,
    }
    optional = {
        "problem": integration.problem,
        "nextAttemptAt": integration.next_attempt_at,
        "expiresAt": integration.expires_at,
    }
    return fields | {name: value for name, value in optional.items() if value is not None}


def config_fields(
    brand_id: BrandId, settings: SentrySettings, integrations: tuple[Integration, ...], now: datetime
) -> dict[str, object]:
    return {
        "brandId": brand_id,
        "integrations": {i.platform.value: integration_fields(i) for i in integrations},
        **settings_fields(settings),
        "updatedAt": now,
    }
