"""Firestore is away: callers are told when to come back, soon, and are served again without a restart."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bench.stopped import Answer, ask_all, killed, recovered, standing_still
from local.demo import demo
from local.platform import Platform
from shared import wiring
from shared.core.brand import BrandId
from shared.core.sentry.settings import SentrySettings
from tests.e2e.running import token
from tests.functions.conftest import forget

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.e2e.running import Running

PATIENT = BrandId("patient")
DOWN_S = 15
"""Long enough for a client to lose heart: gRPC waits longer and longer before it connects again."""


def seeded(project: str) -> dict[str, str]:
    """Make a brand that is there for this alone; return its owner's header."""
    brand = replace(demo(datetime.now(UTC)).brand, id=PATIENT, owner_id="patient")
    wiring.brands().create(brand, SentrySettings(), now=datetime.now(UTC))
    return {"Authorization": f"Bearer {token(project, 'patient')}"}


def is_told_to_come_back(told: Mapping[str, Answer]) -> None:
    assert {name: (each.status, each.kind) for name, each in told.items()} == dict.fromkeys(
        told, (503, "application/problem+json")
    )
    assert all(each.retry_after for each in told.values())


def test_while_firestore_hangs_callers_are_told_within_five_seconds_and_are_served_then(
    running: Running,
) -> None:
    headers = seeded(running.platform.project)
    assert {each.status for each in ask_all(running.platform, headers, PATIENT).values()} == {200}

    with standing_still(running.platform):
        told = ask_all(running.platform, headers, PATIENT)

    is_told_to_come_back(told)
    recovered(running.platform, headers, PATIENT)


@pytest.mark.long
def test_while_firestore_is_gone_callers_are_told_and_are_served_soon_after_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Platform.start(state=tmp_path, project="demo-gone", with_auth=False, say=lambda _: None) as platform:
        for name, value in platform.env.items():
            monkeypatch.setenv(name, value)
        forget()
        headers = seeded(platform.project)
        assert {each.status for each in ask_all(platform, headers, PATIENT).values()} == {200}

        with killed(platform) as restart:
            gone = time.monotonic()
            while time.monotonic() - gone < DOWN_S:
                is_told_to_come_back(ask_all(platform, headers, PATIENT))
                time.sleep(1)
            restart()
            recovered(platform, headers, PATIENT)
            forget()
            seeded(platform.project)

            assert {each.status for each in ask_all(platform, headers, PATIENT).values()} == {200}
    forget()
