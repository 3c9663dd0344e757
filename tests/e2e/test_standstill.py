"""Firestore stands still: readers are told when to come back, soon, and are served again then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bench.stopped import ask_all, recovered, standing_still
from shared import wiring
from shared.core.brand import BrandId
from shared.core.sentry.settings import SentrySettings
from tests.e2e.running import token

if TYPE_CHECKING:
    from tests.e2e.running import Running


def test_readers_are_told_to_come_back_within_five_seconds_and_are_served_then(running: Running) -> None:
    brand = replace(running.told.brand, id=BrandId("patient"), owner_id="patient")
    wiring.brands().create(brand, SentrySettings(), now=datetime.now(UTC))
    headers = {"Authorization": f"Bearer {token(running.platform.project, 'patient')}"}
    assert {each.status for each in ask_all(running.platform, headers, brand.id).values()} == {200}

    with standing_still(running.platform):
        told = ask_all(running.platform, headers, brand.id)

    assert {name: (each.status, each.kind) for name, each in told.items()} == dict.fromkeys(
        told, (503, "application/problem+json")
    )
    assert all(each.retry_after for each in told.values())
    assert max(each.took_s for each in told.values()) < 5
    recovered(running.platform, headers, brand.id)
