from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from local.world.maturing import Kind, share
from local.world.story import Shock, Story
from shared.core.metric import MICROS, Source, Sums, total
from shared.core.period import HOUR

if TYPE_CHECKING:
    from local.world.story import Seen

ON_TIME = Story("a shop")
LATE = replace(ON_TIME, late=True)
DAY = date(2026, 1, 27)
MIDNIGHT = datetime(2026, 1, 27, 3, tzinfo=UTC)  # in São Paulo
AGES = [timedelta(minutes=m) for m in (0, 7, 30, 60, 90, 180, 299, 360, 900)]
AGES += [timedelta(days=d) for d in (1, 2, 9, 27, 28, 29, 30)]


def first_hour(story: Story, source: Source, age: timedelta) -> Seen:
    return next(story.seen(source, DAY, DAY, MIDNIGHT + HOUR + age))


@pytest.mark.parametrize(
    ("source", "kind", "age", "percent"),
    [
        (Source.META, Kind.DELIVERY, timedelta(), 85),
        (Source.META, Kind.DELIVERY, timedelta(hours=1), 100),
        (Source.META, Kind.PURCHASES, timedelta(), 60),
        (Source.META, Kind.PURCHASES, timedelta(hours=3), 97),
        (Source.META, Kind.PURCHASES, timedelta(days=28), 100),
        (Source.GOOGLE, Kind.DELIVERY, timedelta(), 60),
        (Source.GOOGLE, Kind.DELIVERY, timedelta(hours=1.5), 80),
        (Source.GOOGLE, Kind.DELIVERY, timedelta(hours=3), 100),
        (Source.GOOGLE, Kind.VALUE, timedelta(), 35),
        (Source.GOOGLE, Kind.VALUE, timedelta(hours=15), 95),
        (Source.GOOGLE, Kind.VALUE, timedelta(days=30), 100),
        (Source.ORGANIC, Kind.DELIVERY, timedelta(hours=2), 0),
        (Source.ORGANIC, Kind.PURCHASES, timedelta(hours=6), 100),
        (Source.ORGANIC, Kind.VALUE, timedelta(hours=6), 98),
        (Source.ORGANIC, Kind.VALUE, timedelta(hours=48), 100),
    ],
)
def test_each_source_is_late_in_its_own_way(source: Source, kind: Kind, age: timedelta, percent: int) -> None:
    assert share(source, kind, age) == percent * 10_000


@pytest.mark.parametrize("source", [Source.META, Source.GOOGLE, Source.ORGANIC])
def test_what_is_shown_of_an_hour_never_shrinks_and_ends_as_the_truth(source: Source) -> None:
    for day in (DAY, date(2026, 1, 28)):
        shown = [
            [(*seen.sums.parts(), seen.sessions) for seen in LATE.seen(source, day, day, moment)]
            for moment in (datetime(2026, 1, 29, 3, tzinfo=UTC) + age for age in AGES)
        ]
        for earlier, later in pairwise(shown):
            for old, new in zip(earlier, later, strict=True):
                assert all(a is b is None or (a or 0) <= (b or 0) for a, b in zip(old, new, strict=True))
        truth = ON_TIME.seen(source, day, day, datetime(2026, 3, 1, tzinfo=UTC))
        assert shown[-1] == [(*seen.sums.parts(), seen.sessions) for seen in truth]


def test_a_days_purchases_add_up_to_their_share_although_each_is_whole() -> None:
    three_hours_later = MIDNIGHT + 27 * HOUR
    settled = total(ON_TIME.hour(Source.META, MIDNIGHT + n * HOUR) for n in range(24))

    shown = total(seen.sums for seen in LATE.seen(Source.META, DAY, DAY, three_hours_later))

    assert (shown.conversions or 0) % MICROS == 0
    assert 0.95 < (shown.conversions or 0) / (settled.conversions or 0) < 0.99


def test_googles_conversions_arrive_in_quarters_and_its_money_in_cents() -> None:
    for seen in LATE.seen(Source.GOOGLE, DAY, DAY, MIDNIGHT + 26 * HOUR):
        assert (seen.sums.conversions or 0) % (MICROS // 4) == 0
        assert (seen.sums.spend or 0) % 10_000 == (seen.sums.revenue or 0) % 10_000 == 0


def test_organic_traffic_is_not_seen_for_two_hours() -> None:
    seen = first_hour(LATE, Source.ORGANIC, 2 * HOUR)

    assert (seen.sums, seen.sessions) == (Sums(revenue=0, conversions=0), 0)


def test_six_hours_on_organic_counts_are_whole_and_only_money_still_moves() -> None:
    early, settled = (first_hour(LATE, Source.ORGANIC, hours * HOUR) for hours in (6, 48))

    assert (early.sums.conversions, early.sessions) == (settled.sums.conversions, settled.sessions)
    assert 0 < (early.sums.revenue or 0) < (settled.sums.revenue or 0)


def test_the_running_hour_does_not_shrink_as_it_closes() -> None:
    before, after = (first_hour(LATE, Source.GOOGLE, age) for age in (-timedelta(minutes=1), timedelta()))

    assert 0 < (before.sums.spend or 0) <= (after.sums.spend or 0)


def test_refunds_grow_as_sales_do() -> None:
    refunds = replace(LATE, shocks=(Shock(Source.META, MIDNIGHT, revenue=-0.5),))

    sums = [first_hour(refunds, Source.META, age).sums.revenue or 0 for age in AGES]

    assert sums == sorted(sums, reverse=True)
    assert sums[-1] == refunds.hour(Source.META, MIDNIGHT).revenue


def test_a_restatement_is_not_shown_before_its_moment() -> None:
    moment = MIDNIGHT + 30 * HOUR
    corrected = replace(ON_TIME, shocks=(Shock(Source.GOOGLE, MIDNIGHT, spend=0.9, since=moment),))
    before, after = (
        list(corrected.seen(Source.GOOGLE, DAY, DAY, now)) for now in (moment - HOUR / 60, moment)
    )

    assert before == list(ON_TIME.seen(Source.GOOGLE, DAY, DAY, moment))
    assert after[0].sums == corrected.hour(Source.GOOGLE, MIDNIGHT)
    assert (after[0].sums.spend or 0) < (before[0].sums.spend or 0)


def test_visits_that_are_restated_come_with_their_orders() -> None:
    moment = MIDNIGHT + 30 * HOUR
    found_later = replace(
        ON_TIME, shocks=(Shock(Source.ORGANIC, MIDNIGHT - 12 * HOUR, conversions=3, since=moment),)
    )
    midday = date(2026, 1, 26)

    before, after = (
        list(found_later.seen(Source.ORGANIC, midday, midday, now))[12] for now in (moment - HOUR, moment)
    )

    assert before.sessions < after.sessions


def test_a_late_story_with_a_restatement_survives_json() -> None:
    story = replace(LATE, shocks=(Shock(Source.META, MIDNIGHT, revenue=-1.5, since=MIDNIGHT + HOUR),))

    assert Story.from_json(story.to_json()) == story
