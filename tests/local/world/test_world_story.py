from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from local.world.story import Shock, Story
from shared.core.metric import MICROS, Source, Sums, total
from shared.core.mock import hour_of
from shared.core.period import HOUR

START = datetime(2026, 1, 29, 12, tzinfo=UTC)
STORY = Story("a shop")
DROP = Shock(Source.META, START, START + 2 * HOUR, conversions=0.5, revenue=0.5, spend=2.0)
SHOCKED = Story("a shop", shocks=(DROP,))


def test_an_ordinary_hour_is_that_of_the_mock_brand() -> None:
    assert STORY.hour(Source.META, START) == hour_of("a shop", Source.META, START, STORY.zone)


def test_a_shock_multiplies_its_sources_hours_and_no_others() -> None:
    before, during = STORY.hour(Source.META, START), SHOCKED.hour(Source.META, START)

    assert during.spend == 2 * (before.spend or 0)
    assert during.impressions == before.impressions
    assert during.conversions == round((before.conversions or 0) / 2 / MICROS) * MICROS
    assert SHOCKED.hour(Source.META, START + 2 * HOUR) == STORY.hour(Source.META, START + 2 * HOUR)
    assert SHOCKED.hour(Source.GOOGLE, START) == STORY.hour(Source.GOOGLE, START)


def test_money_is_in_cents() -> None:
    odd = Story("a shop", shocks=(Shock(Source.META, START, spend=0.333, revenue=0.777),))

    sums = odd.hour(Source.META, START)

    assert ((sums.spend or 0) % 10_000, (sums.revenue or 0) % 10_000) == (0, 0)


def test_googles_hours_differ_from_the_mock_brands_by_half_a_conversion_at_most() -> None:
    hours = [START + n * HOUR for n in range(24)]
    told = [STORY.hour(Source.GOOGLE, hour) for hour in hours]
    whole = [hour_of("a shop", Source.GOOGLE, hour, STORY.zone) for hour in hours]

    gaps = {((a.conversions or 0) - (b.conversions or 0)) / MICROS for a, b in zip(told, whole, strict=True)}
    assert gaps == {-0.5, -0.25, 0.0, 0.25, 0.5}
    assert [a.revenue for a in told] == [b.revenue for b in whole]


def test_a_story_survives_json() -> None:
    open_ended = Story("s", ZoneInfo("UTC"), "USD", (DROP, Shock(Source.ORGANIC, START, revenue=0.1)))

    assert Story.from_json(open_ended.to_json()) == open_ended


def test_a_shock_without_an_offset_is_no_shock() -> None:
    with pytest.raises(ValueError, match="aware"):
        Shock.from_json({"source": "meta", "start": "2026-01-29T12:00:00"})


def test_hours_ahead_are_not_shown() -> None:
    shown = list(STORY.seen(Source.META, date(2026, 1, 29), date(2026, 1, 30), START))

    assert [seen.hour for seen in shown] == list(range(10))


def test_a_closed_hour_does_not_change_as_time_goes_by() -> None:
    day = date(2026, 1, 29)
    early = list(STORY.seen(Source.GOOGLE, day, day, START))
    late = list(STORY.seen(Source.GOOGLE, day, day, START + 5 * HOUR))

    assert late[: len(early) - 1] == early[:-1]


def test_the_running_hour_has_no_conversions_yet() -> None:
    day = date(2026, 1, 29)

    *_, running = STORY.seen(Source.META, day, day, START + HOUR / 4)

    assert (running.sums.conversions, running.sums.revenue) == (0, 0)
    assert running.sums.clicks == (STORY.hour(Source.META, START).clicks or 0) // 4


def test_an_hour_that_the_clocks_repeat_is_shown_once_with_both_halves() -> None:
    new_york = Story("s", ZoneInfo("America/New_York"))
    day = date(2026, 11, 1)

    shown = list(new_york.seen(Source.META, day, day, datetime(2026, 11, 3, tzinfo=UTC)))

    assert [seen.hour for seen in shown] == list(range(24))
    first = datetime(2026, 11, 1, 5, tzinfo=UTC)
    assert shown[1].sums == total(new_york.hour(Source.META, first + n * HOUR) for n in range(2))


def test_an_hour_that_the_clocks_skip_is_not_shown() -> None:
    new_york = Story("s", ZoneInfo("America/New_York"))
    day = date(2026, 3, 8)

    shown = new_york.seen(Source.META, day, day, datetime(2026, 3, 10, tzinfo=UTC))

    assert [seen.hour for seen in shown] == [0, 1, *range(3, 24)]


def test_organic_traffic_has_orders_money_and_visits_only() -> None:
    sums = STORY.hour(Source.ORGANIC, START)

    assert sums == Sums(revenue=sums.revenue, conversions=sums.conversions)
    assert STORY.sessions(START) >= 28 * (sums.conversions or 0) // MICROS
