"""Many owners, each of a brand of their own: whoever asks a lot asks as many, and meets nobody's limit."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from local.world.tenants import DEMO
from shared import wiring
from shared.core.anomaly import raised
from shared.core.brand import BrandId
from shared.core.integration import Platform
from shared.core.sentry.settings import SentrySettings
from shared.flows.ingest import keep_points
from tests.e2e.running import token
from tests.unit.core.anomalies import VERDICT, origin
from tests.unit.core.points import BRAND, NOW, hour, point, sums

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.core.brand import Brand

_HOURS = 6
DAYS = {"startDate": "2026-05-18", "endDate": "2026-05-20"}
"""Days in which the brands with numbers have theirs."""

KEYS = {
    Platform.META_ADS.value: (DEMO.meta_key, f"act_{DEMO.meta_account}"),
    Platform.GOOGLE_ADS.value: (DEMO.google_key, DEMO.google_account),
    Platform.GA4.value: (DEMO.ga4_key, DEMO.ga4_account),
}
"""By platform, a key that it takes and its account."""


@dataclass(frozen=True, slots=True)
class Owner:
    brand_id: str
    token: str


def with_numbers(project: str, name: str, count: int) -> Iterator[Owner]:
    """Make brands that have metrics and an anomaly, and name their owners in turn, for ever."""
    owners = []
    for brand, owner in _brands(project, name, count):
        points = [point(sums(spend=9, clicks=20, revenue=30), hour(-n)) for n in range(1, _HOURS + 1)]
        keep_points(points, brand, connected=(), metrics=wiring.metrics(), pause=wiring.pause)
        wiring.anomalies().create([raised(brand.id, points[0], VERDICT, origin(VERDICT), NOW)])
        owners.append(owner)
    return itertools.cycle(owners)


def without(project: str, name: str, count: int) -> Iterator[Owner]:
    """Make brands that have nothing yet, and name their owners in turn, for ever."""
    return itertools.cycle([owner for _, owner in _brands(project, name, count)])


def leave(brand_id: str) -> None:
    """Disconnect whatever a brand was connected to: no later tick reads it."""
    for platform in Platform:
        wiring.brands().disconnect(BrandId(brand_id), platform, NOW)


def _brands(project: str, name: str, count: int) -> Iterator[tuple[Brand, Owner]]:
    for number in range(count):
        uid = f"{name}-{number}"
        brand = replace(BRAND, id=BrandId(uid), owner_id=uid)
        wiring.brands().create(brand, SentrySettings(), now=NOW)
        yield brand, Owner(brand.id, token(project, uid))
