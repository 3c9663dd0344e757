"""A source's own trouble is told once on each channel, kept true, and taken back when it is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.core.freshness import refused, unanswered
from shared.core.integration import Platform, Problem
from shared.core.metric import Source
from shared.core.period import HOUR
from shared.core.source_alarm import open_alarms, remembered, standing
from shared.flows.notify import notify_of_source
from tests.flows.stage import LATER
from tests.unit.core.points import BRAND

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.core.freshness import Freshness
    from tests.flows.stage import Stage

    Outcome = Callable[[Freshness], Freshness]


@pytest.fixture
def reading(stage: Stage) -> Stage:
    stage.reachable()
    stage.connect()
    stage.timetable.add([(BRAND.id, Source.META)], LATER)
    return stage


def read(stage: Stage, outcome: Outcome) -> list[str]:
    """Settle a reading with an outcome; return the troubles that are open after it."""
    stage.timetable.ask([(BRAND.id, Source.META)], stage.clock.now())
    claim = stage.timetable.claim(BRAND.id, Source.META, stage.clock.now())
    assert claim is not None
    after = outcome(claim.freshness)
    alarms = remembered(claim.freshness, after, stage.clock.now())
    stage.timetable.settle(claim, replace(after, alarms=alarms))
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


def away(known: Freshness) -> Freshness:
    return unanswered(known, LATER + 10 * HOUR)


def forbidden(known: Freshness) -> Freshness:
    return refused(known, Problem.PERMISSION_MISSING.value, LATER)


@pytest.mark.parametrize(
    ("first", "then", "said"),
    [
        (away, dead, "the key no longer works"),
        (forbidden, dead, "the key no longer works"),
        (dead, forbidden, "reading is refused"),
        (dead, away, "no new numbers since"),
    ],
)
def test_what_another_trouble_took_the_place_of_is_not_said_to_be_over(
    reading: Stage, first: Outcome, then: Outcome, said: str
) -> None:
    read(reading, well)
    reading.clock.at = LATER + 10 * HOUR
    (name,) = read(reading, first)
    tell(reading, name)
    read(reading, then)

    assert tell(reading, name) == ["slack"]
    assert said in reading.phone.edited[-1]
    read(reading, lambda known: replace(well(known), stale_at=LATER + 30 * HOUR))
    assert tell(reading, name) == ["slack"]
    assert reading.phone.edited[-1].startswith("✅")


def test_nothing_is_said_to_be_mended_while_the_source_is_away(reading: Stage) -> None:
    read(reading, well)
    (name,) = read(reading, dead)
    tell(reading, name)

    assert read(reading, lambda known: unanswered(known, LATER)) == []
    assert tell(reading, name) == []
    (known,) = reading.timetable.of(BRAND.id)
    assert name in standing(known, reading.clock.now())


def test_a_key_that_is_replaced_is_said_to_work_before_the_first_reading(reading: Stage) -> None:
    (name,) = read(reading, dead)
    tell(reading, name)
    reading.connect()

    assert tell(reading, name) == ["slack"]
    assert reading.phone.edited[-1] == "✅ Aurora · Meta Ads: the key works again"


def test_numbers_are_back_only_when_some_were_read(reading: Stage) -> None:
    reading.clock.at = LATER + 3 * HOUR
    (name,) = read(reading, lambda known: unanswered(known, reading.clock.at))
    tell(reading, name)
    reading.brands.connect(reading.connect(), reading.clock.at)

    assert tell(reading, name) == []
    read(reading, well)
    assert tell(reading, name) == ["slack"]
    assert reading.phone.edited[-1] == "✅ Aurora · Meta Ads: numbers are back"


def test_the_trouble_of_a_source_that_was_disconnected_is_taken_back(reading: Stage) -> None:
    (name,) = read(reading, dead)
    tell(reading, name)
    reading.brands.disconnect(BRAND.id, Platform.META_ADS, LATER)

    assert tell(reading, name) == ["slack"]
    assert reading.phone.edited == ["✅ Aurora · Meta Ads: disconnected"]


def test_a_notice_of_the_keys_end_holds_until_the_key_is_replaced(reading: Stage) -> None:
    ends = LATER + timedelta(days=7, minutes=30)
    (early,) = read(reading, lambda known: replace(well(known), expires_at=ends, stale_at=ends + 99 * HOUR))
    tell(reading, early)
    reading.clock.at += HOUR

    assert tell(reading, early) == []
    reading.clock.at = ends + timedelta(days=3)
    assert tell(reading, early) == ["slack"]
    assert reading.phone.edited[-1].startswith("🟠 Aurora · Meta Ads: the key expired on May 28, 2026")
    reading.connect()
    assert tell(reading, early) == ["slack"]
    assert reading.phone.edited[-1] == "✅ Aurora · Meta Ads: the key was replaced or has expired"


def test_the_trouble_of_a_brand_that_is_gone_is_told_to_nobody(reading: Stage) -> None:
    (name,) = read(reading, dead)
    reading.client.collection("brands").document(BRAND.id).delete()

    assert tell(reading, name) == []
