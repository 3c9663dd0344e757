"""`freshness/{source}`: how fresh a source is and when it is read next."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from shared.core.freshness import Freshness
from shared.core.integration import Account
from shared.core.wire.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.core.brand import BrandId
    from shared.core.metric import Source


def freshness_fields(known: Freshness) -> dict[str, object]:
    """Write every field, None too: what is over must not stay behind."""
    return {
        "brandId": known.brand_id,
        "source": known.source.value,
        "nextAttemptAt": known.next_attempt_at,
        "staleAt": known.stale_at,
        "askedAt": known.asked_at,
        "leaseUntil": known.lease_until,
        "lastSuccessAt": known.last_success_at,
        "dataUntil": known.data_until,
        "problem": known.problem,
        "failures": known.failures,
        "lookedBackOn": known.looked_back_on.isoformat() if known.looked_back_on else None,
        "timeZone": known.account.time_zone if known.account else None,
        "currency": known.account.currency if known.account else None,
        "expiresAt": known.expires_at,
        "alarms": list(known.alarms),
    }


def freshness_of(fields: Mapping[str, object], brand_id: BrandId, source: Source) -> Freshness:
    """Read one; InvalidDocument names the field that does not fit."""
    read = Fields(fields, f"brands/{brand_id}/freshness/{source.value}")
    looked_back_on = read.optional_text("lookedBackOn")
    try:
        day = date.fromisoformat(looked_back_on) if looked_back_on else None
    except ValueError:
        raise read.wrong("lookedBackOn", "a date is required") from None
    currency, zone = read.optional_text("currency"), read.optional_text("timeZone")
    due = read.instant("nextAttemptAt")
    return Freshness(
        brand_id=brand_id,
        source=source,
        next_attempt_at=due,
        stale_at=read.instant("staleAt", due),
        asked_at=read.optional_instant("askedAt"),
        lease_until=read.optional_instant("leaseUntil"),
        last_success_at=read.optional_instant("lastSuccessAt"),
        data_until=read.optional_instant("dataUntil"),
        problem=read.optional_text("problem"),
        failures=read.count("failures") or 0,
        looked_back_on=day,
        account=Account(currency, zone) if currency and zone else None,
        expires_at=read.optional_instant("expiresAt"),
        alarms=read.texts("alarms"),
    )
