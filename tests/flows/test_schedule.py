from __future__ import annotations

import tracemalloc
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.core.brand import BrandId
from shared.core.freshness import ASK_AGAIN, connected, next_hour
from shared.core.metric import Source
from shared.core.wire.freshness import freshness_fields
from shared.flows.schedule import schedule
from tests.flows.stage import LATER
from tests.unit.core.points import BRAND

if TYPE_CHECKING:
    from datetime import datetime

    from google.cloud.firestore import Client

    from tests.flows.stage import Stage

NOON = LATER + timedelta(hours=12)
META = (BRAND.id, Source.META)


def tick(stage: Stage, now: datetime = NOON) -> int:
    return schedule(now, timetable=stage.timetable, brands=stage.brands, queue=stage.queue, now=now)


def fill(client: Client, brands: int) -> None:
    """Make so many brands due, three sources each."""
    sources = (Source.META, Source.GOOGLE, Source.ORGANIC)
    known = [(BrandId(f"brand-{n}"), source) for n in range(brands) for source in sources]
    for start in range(0, len(known), 400):
        batch = client.batch()
        for brand_id, source in known[start : start + 400]:
            document = (
                client.collection("brands").document(brand_id).collection("freshness").document(source.value)
            )
            batch.set(document, freshness_fields(connected(brand_id, source, LATER)))
        batch.commit()


def test_a_tick_asks_for_every_source_that_is_due(stage: Stage) -> None:
    stage.connect()

    assert tick(stage) == 1
    assert stage.queue.ingest == [META]


def test_a_tick_fired_twice_asks_once(stage: Stage) -> None:
    stage.connect()
    tick(stage)

    assert tick(stage) == 0
    assert stage.queue.ingest == [META]


def test_a_message_that_nobody_answered_is_sent_again(stage: Stage) -> None:
    stage.connect()
    tick(stage)

    assert tick(stage, NOON + ASK_AGAIN) == 1


def test_what_is_not_due_yet_is_left_alone(stage: Stage) -> None:
    stage.connect()

    assert tick(stage, LATER - timedelta(seconds=1)) == 0


def test_a_connection_without_a_timetable_gets_one_at_midnight(stage: Stage) -> None:
    stage.connect()
    stage.timetable.forget(*META)

    assert tick(stage, NOON) == 0
    assert tick(stage, LATER + timedelta(days=1)) == 1


def test_a_thousand_brands_are_asked_for_in_one_tick_a_page_at_a_time(stage: Stage) -> None:
    fill(stage.client, 1000)
    tracemalloc.start()

    asked = tick(stage)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert asked == 3000
    assert len(set(stage.queue.ingest)) == 3000
    assert stage.queue.flushes == 11
    assert peak < 24 * 1024 * 1024


def test_sources_come_back_spread_over_ten_minutes_each_at_its_own_second() -> None:
    moments = [next_hour(BrandId(f"brand-{n}"), Source.META, NOON) - NOON for n in range(1000)]

    assert min(moments) >= timedelta(minutes=5)
    assert max(moments) < timedelta(minutes=15)
    assert len(set(moments)) > 450
    by_minute = [
        sum(moment // timedelta(minutes=1) == minute for moment in moments) for minute in range(5, 15)
    ]
    assert min(by_minute) > 60


def test_a_sources_own_moment_is_the_same_every_hour() -> None:
    first = next_hour(BRAND.id, Source.META, NOON)

    assert next_hour(BRAND.id, Source.META, first) == first + timedelta(hours=1)
    assert next_hour(replace(BRAND, id=BrandId("boreal")).id, Source.META, NOON) != first
