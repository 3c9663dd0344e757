"""The morning's digest: due from nine until it was told, once, and of what nobody heard of otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from shared.core.brand import BrandId
from shared.errors import PlatformRefused, Unavailable
from shared.flows.digest import tell_digest
from shared.flows.sweep import sweep
from tests.unit.core.points import BRAND, ROME

if TYPE_CHECKING:
    from tests.flows.stage import Stage

DAY = date(2026, 5, 21)
NEXT = DAY + timedelta(days=1)
CPC = "an_metric_aurora_meta_2026-05-20T12Z_cpc"


@pytest.fixture
def warned(stage: Stage) -> Stage:
    """Something is off by night that can wait; the brand is told of it on Slack and by e-mail."""
    stage.mornings.add([BRAND], stage.clock.at)
    stage.reachable()
    stage.shock(spend=145)
    stage.watch()
    assert {each.severity.value for each in stage.everything()} == {"warning"}
    stage.queue.notify.clear()
    return stage


def at(hour: int, day: date = DAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 20, tzinfo=ROME)


def swept(stage: Stage, slot: datetime | None = None) -> list[str]:
    """Sweep; return which digests were asked for."""
    sweep(
        slot or stage.clock.at.replace(minute=5),
        brands=stage.brands,
        anomalies=stage.anomalies,
        deliveries=stage.deliveries,
        mornings=stage.mornings,
        queue=stage.queue,
        now=stage.clock.at,
    )
    asked, stage.queue.notify = stage.queue.notify, []
    return [each for each in asked if each.startswith("digest")]


def test_a_warning_waits_for_the_morning(warned: Stage) -> None:
    assert [warned.notify(each.id) for each in warned.everything()] == [[]] * len(warned.everything())
    assert swept(warned) == []
    assert warned.digest(DAY) == [], "before nine"
    warned.clock.at = at(9)
    assert swept(warned) == ["digest_2026-05-21"]
    assert warned.digest(DAY - timedelta(days=1)) == [], "another day's"
    assert warned.digest(DAY) == ["slack", "email"]

    assert warned.digest(DAY) == []
    assert swept(warned) == []
    assert warned.phone.posted == ["Aurora · digest of May 21, 2026: 1 deviation"]


def test_a_brand_that_nothing_is_read_for_has_its_digest_too(warned: Stage) -> None:
    assert warned.timetable.of(BRAND.id) == []
    warned.clock.at = at(9)

    assert swept(warned) == ["digest_2026-05-21"]


def test_it_is_told_late_rather_than_never(warned: Stage) -> None:
    warned.clock.at = at(9)
    warned.phone.refuses = Unavailable("slack", "down")
    with pytest.raises(Unavailable):
        warned.digest(DAY)
    warned.phone.refuses = None

    warned.clock.at = at(7, NEXT)
    assert swept(warned) == ["digest_2026-05-21"]
    assert warned.digest(DAY) == ["slack"]
    assert len(warned.phone.posted) == len(warned.phone.mailed) == 1
    assert swept(warned) == []


def test_after_days_of_silence_the_older_ones_are_left_out(warned: Stage) -> None:
    warned.clock.at = at(12, DAY + timedelta(days=9))

    assert warned.digest(DAY) == []
    assert warned.mornings.next(BRAND.id) == DAY + timedelta(days=7)
    assert swept(warned) == ["digest_2026-05-28"]


def test_where_there_is_nothing_to_tell_the_next_day_is_due(stage: Stage) -> None:
    stage.mornings.add([BRAND], stage.clock.at)
    stage.reachable()
    stage.clock.at = at(9)

    assert stage.digest(DAY) == []
    assert swept(stage) == []
    assert stage.mornings.next(BRAND.id) == NEXT


def test_a_channel_that_refuses_for_good_is_not_asked_all_day(warned: Stage) -> None:
    warned.clock.at = at(9)
    warned.phone.refuses = PlatformRefused("slack", "channel_not_found")

    with pytest.raises(PlatformRefused):
        warned.digest(DAY)

    assert len(warned.phone.mailed) == 1
    assert swept(warned) == []


def test_brands_without_a_morning_get_one_at_midnight(stage: Stage) -> None:
    midnight = stage.clock.at
    other = replace(BRAND, id=BrandId("boreal"))
    stage.mornings.settle(other.id, NEXT, at(9, NEXT))
    stage.client.collection("brands").document(other.id).set({"ownerId": "b"})
    stage.client.collection("brands").document("broken").set({"ownerId": "b", "timeZone": "Nowhere"})
    swept(stage, midnight + timedelta(hours=1))
    assert stage.mornings.next(BRAND.id) is None

    swept(stage, midnight)

    assert stage.mornings.next(BRAND.id) == DAY
    assert stage.mornings.next(other.id) == NEXT, "as it was"
    assert stage.mornings.next(BrandId("broken")) is None


def test_the_digest_of_a_brand_that_is_gone_is_forgotten(stage: Stage) -> None:
    gone = BrandId("gone")
    stage.mornings.settle(gone, DAY, at(9))
    stage.clock.at = at(10)

    assert tell_digest(gone, DAY, anomalies=stage.anomalies, mornings=stage.mornings, post=stage.post) == []
    assert stage.mornings.next(gone) is None


def test_what_was_put_off_past_nine_is_told_when_it_woke(warned: Stage) -> None:
    for each in warned.everything():
        warned.set_status(each.id, "investigating", at(12))
    warned.clock.at = at(9)
    assert warned.digest(DAY) == []

    warned.clock.at = at(9, NEXT)
    assert warned.digest(NEXT) == ["slack", "email"]
    warned.clock.at = at(9, NEXT + timedelta(days=1))
    assert warned.digest(NEXT + timedelta(days=1)) == []


def test_what_goes_on_of_an_incident_that_has_its_own_message_is_left_out(warned: Stage) -> None:
    """It was critical once, and people were told: its message follows it."""
    warned.shock(spend=400, minutes=5)
    warned.watch()
    assert "slack" in warned.notify(CPC)
    warned.shock(spend=145, minutes=10)
    warned.watch()
    assert {each.severity.value for each in warned.everything()} == {"warning"}

    warned.clock.at = at(9)
    assert warned.digest(DAY) == []
    assert warned.mornings.next(BRAND.id) == NEXT


def test_what_passed_and_came_back_after_the_digest_is_in_the_next(warned: Stage) -> None:
    warned.shock(100, minutes=5)
    warned.watch()
    warned.clock.at = at(9)
    assert warned.digest(DAY) == [], "over"

    warned.clock.at = at(14)
    warned.shock(145, minutes=60 * 12)
    warned.watch()
    warned.clock.at = at(9, NEXT)

    assert warned.digest(NEXT) == ["slack", "email"]
