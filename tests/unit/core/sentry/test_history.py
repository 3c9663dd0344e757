from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.core.history import Page
from shared.core.metric import FRESH, Metric, MetricPoint
from shared.core.sentry.history import History
from tests.unit.core.points import NOW, ROME, hour, pages_of, point, sums

STEADY = sums(spend=100, revenue=400, clicks=100, impressions=5_000, conversions=20)


def past(days: int, skip: frozenset[int] = frozenset()) -> list[MetricPoint]:
    return [point(STEADY, hour(-n)) for n in range(1, days * 24 + 1) if n not in skip]


def recent(history: History, metric: Metric = Metric.SPEND) -> list[float]:
    line = history.line(metric)
    assert line is not None
    return line.recent


def test_what_comes_in_late_is_left_out_of_the_past() -> None:
    """An hour first known with 100 and restated to 130 stays 100 for those that are judged by it."""
    page = Page(point(STEADY).source, hour().period, hour().month, "EUR")
    for each in past(10):
        page.put(each)
        page.put(
            replace(each, values={**each.values, Metric.SPEND: 130.0}, fetched_at=NOW + timedelta(hours=9))
        )

    assert set(recent(History([page], hour(), ROME))) == {100.0}
    assert History([page], hour(), ROME).grown(Metric.SPEND) == pytest.approx(1.3)


def test_a_number_that_cannot_be_judged_yet_is_not_remembered() -> None:
    page = Page(point(STEADY).source, hour().period, hour().month, "EUR")
    early = replace(point(sums(spend=1, revenue=4, clicks=1, impressions=50, conversions=1)), maturity=FRESH)
    page.put(early)

    assert page.first(hour()) is not None
    assert page.first(hour()).unavailable == frozenset(Metric)  # type: ignore[union-attr]
    page.put(replace(point(STEADY), fetched_at=NOW + timedelta(hours=3)))
    first = page.first(hour())
    assert first is not None
    assert first.values[Metric.SPEND] == 100.0
    assert first.fetched_at == NOW + timedelta(hours=3)


def test_holes_are_filled_from_the_day_before_and_named() -> None:
    missing = frozenset({30, 31})
    line = History(pages_of(past(10, missing)), hour(), ROME).line(Metric.SPEND)

    assert line is not None
    assert {len(line.recent) - hole for hole in line.holes} == missing
    assert set(line.recent) == {100.0}


def test_a_series_with_more_holes_than_hours_says_nothing() -> None:
    chance = random.Random(3)
    mostly = frozenset(n for n in range(1, 240) if chance.random() < 0.75)

    assert History(pages_of(past(10, mostly)), hour(), ROME).line(Metric.SPEND) is None


def test_an_occasion_teaches_nothing() -> None:
    shop = [
        point(replace(STEADY, spend=900_000_000), each.bucket) if 24 <= n < 72 else each
        for n, each in enumerate(past(10), start=1)
    ]
    span = hour(-71).epoch, hour(-23).epoch

    assert 900.0 in recent(History(pages_of(shop), hour(), ROME))
    assert 900.0 not in recent(History(pages_of(shop), hour(), ROME, [span]))


def test_the_line_begins_anew_at_midnight_with_the_same_result() -> None:
    points = past(15)
    for n in range(30):
        assert set(recent(History(pages_of(points), hour(-n), ROME))) == {100.0}


def test_two_months_are_one_past() -> None:
    line = History(pages_of(past(25)), hour(), ROME).line(Metric.SPEND)

    assert line is not None
    assert line.known >= 21 * 24
