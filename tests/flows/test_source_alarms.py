"""A source's own trouble is told once on each channel, kept true, and taken back when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.core.freshness import refused, unanswered
from shared.core.integration import Problem
from shared.core.metric import Source
from shared.core.period import HOUR
from shared.core.source_alarm import open_alarms
from shared.flows.notify import notify_of_source
from tests.flows.stage import LATER
from tests.unit.core.points import BRAND

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.core.freshness import Freshness
    from tests.flows.stage import Stage


@pytest.fixture
def reading(stage: Stage) -> Stage:
    stage.reachable()
    stage.connect()
    stage.timetable.add([(BRAND.id, Source.META)], LATER)
    return stage


def read(stage: Stage, outcome: Callable[[Freshness], Freshness]) -> list[str]:
    """Settle a reading with an outcome; return the troubles that are open after it."""
    stage.timetable.ask([(BRAND.id, Source.META)], stage.clock.now())
    claim = stage.timetable.claim(BRAND.id, Source.META, stage.clock.now())
    assert claim is not None
    stage.timetable.settle(claim, outcome(claim.freshness))
    (known,) = stage.timetable.of(BRAND.id)
    return [alarm.id for alarm in open_alarms(known, stage.clock.now())]


def tell(stage: Stage, name: str) -> list[str]:
    return notify_of_source(BRAND.id, name, timetable=stage.timetable, post=stage.post)


def dead(known: Freshness) -> Freshness:
    return refused(known, Problem.CREDENTIAL_REVOKED.value, LATER)


def well(known: Freshness) -> Freshness:
    return replace(known, problem=None, last_success_at=LATER, data_until=LATER, stale_at=LATER + 9 * HOUR)


def test_a_dead_key_is_told_once_however_often_it_is_tried(reading: Stage) -> None:
    (name,) = read(reading, dead)

    assert tell(reading, name) == ["slack", "email"]
    reading.clock.at += timedelta(days=1)
    assert read(reading, dead) == [name]
    assert tell(reading, name) == []
    assert len(reading.phone.posted) == len(reading.phone.mailed) == 1


def test_what_is_over_is_edited_where_it_was_told_and_mailed_no_more(reading: Stage) -> None:
    (name,) = read(reading, dead)
    tell(reading, name)
    assert read(reading, well) == []

    assert tell(reading, name) == ["slack"]
    assert tell(reading, name) == []
    assert reading.phone.edited[-1].startswith("✅")
    assert len(reading.phone.mailed) == 1


def test_what_was_over_before_anybody_heard_of_it_is_not_told(reading: Stage) -> None:
    (name,) = read(reading, dead)
    read(reading, well)

    assert tell(reading, name) == []
    assert reading.phone.posted == []


def test_a_platform_that_is_away_is_told_when_its_numbers_are_too_old(reading: Stage) -> None:
    assert read(reading, lambda known: unanswered(known, LATER)) == []
    reading.clock.at = LATER + 3 * HOUR
    (name,) = read(reading, lambda known: unanswered(known, reading.clock.at))

    assert tell(reading, name) == ["slack", "email"]
    assert "no new numbers since never" in reading.phone.posted[-1]


def test_the_trouble_of_a_brand_that_is_gone_is_told_to_nobody(reading: Stage) -> None:
    (name,) = read(reading, dead)
    reading.client.collection("brands").document(BRAND.id).delete()

    assert tell(reading, name) == []
