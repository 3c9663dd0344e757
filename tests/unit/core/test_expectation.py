"""The band is where the Sentry's own judgement turns: asked with numbers on either side of its edges."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.core.expectation import bands, restated
from shared.core.metric import MICROS, Metric, MetricPoint, Source, Sums
from shared.core.mock import hour_of
from shared.core.period import HOUR, Period, bucket_at, buckets_between
from shared.core.sentry.detection import Silence, Verdict, judge
from shared.core.sentry.history import History
from shared.core.sentry.outage import Rule
from shared.core.sentry.settings import Occasion, SentrySettings
from shared.core.sentry.threshold import Sensitivity
from tests.unit.core.points import NOW, ROME, hour, pages_of, point, sums

if TYPE_CHECKING:
    from shared.core.period import Bucket

WEEKS = timedelta(days=24)
SETTINGS = [
    SentrySettings(),
    SentrySettings(sensitivity=Sensitivity.HIGH),
    SentrySettings(sensitivity=Sensitivity.LOW),
    SentrySettings(noise_gate=False),
    SentrySettings(occasions=(Occasion("fair", NOW - timedelta(hours=2), NOW + timedelta(days=1)),)),
]


def lived(source: Source, until: Bucket) -> list[MetricPoint]:
    """Return hours that a shop could have had, doubled for two days until the day before."""
    found = []
    for each in buckets_between(until.start - WEEKS, until.end, Period.HOURLY, ROME):
        ordinary = hour_of("band", source, each.start, ROME)
        ago = until.start - each.start
        times = 2 if timedelta(days=1) <= ago < timedelta(days=3) else 1
        found.append(point(_times(ordinary, times), each, source))
    return found


def verdict(now: MetricPoint, past: list[MetricPoint], metric: Metric, settings: SentrySettings) -> object:
    return judge(now, History(pages_of(past), now.bucket, ROME, settings.blind()), settings)[metric]


@pytest.mark.parametrize("settings", SETTINGS, ids=["medium", "high", "low", "ungated", "occasion"])
def test_inside_the_band_nothing_is_raised_and_just_outside_it_is(settings: SentrySettings) -> None:
    chance, asked = random.Random(7), 0
    for source in (Source.META, Source.GOOGLE):
        for back in chance.sample(range(40), 2):
            *past, now = lived(source, hour(-back))
            history = History(pages_of(past), now.bucket, ROME, settings.blind())
            for metric, band in bands(source, now.bucket, history, settings).items():
                assert band.lower <= band.expected <= band.upper
                for edge, inner, outer in ((band.upper, 0.9999, 1.0001), (band.lower, 1.0001, 0.9999)):
                    if edge == 0:
                        continue
                    asked += 1
                    inside, outside = (
                        replace(now, values={**now.values, metric: edge * factor})
                        for factor in (inner, outer)
                    )
                    raised = verdict(inside, past, metric, settings)
                    assert not (
                        isinstance(raised, Verdict) and raised.size == 1 and raised.rule is Rule.PERCENT
                    ), (source, back, metric, edge)
                    raised = verdict(outside, past, metric, settings)
                    assert isinstance(raised, Verdict) or raised is Silence.LOW_VOLUME, (source, metric, edge)
    assert asked > 40


def test_where_any_fall_is_within_noise_the_band_reaches_to_nothing() -> None:
    chance = random.Random(1)
    wild = [point(sums(spend=100.0 * 8 ** chance.gauss(), clicks=100), hour(-n)) for n in range(1, 24 * 20)]

    found = bands(Source.META, hour(), History(pages_of(wild), hour(), ROME), SentrySettings())

    assert found[Metric.SPEND].lower == 0


def test_a_bucket_without_numbers_has_a_band_and_a_young_series_none() -> None:
    steady = sums(spend=100, revenue=400, clicks=100, impressions=5_000, conversions=20)
    old, young = ([point(steady, hour(-n)) for n in range(1, hours)] for hours in (24 * 15, 20))

    known = bands(Source.META, hour(), History(pages_of(old), hour(), ROME), SentrySettings())

    assert known[Metric.CPC].expected == pytest.approx(1.0)
    assert (known[Metric.CPC].lower, known[Metric.CPC].upper) == pytest.approx((0.7, 1.3))
    assert bands(Source.META, hour(), History(pages_of(young), hour(), ROME), SentrySettings()) == {}


def test_days_have_the_contracts_band_alone() -> None:
    days = buckets_between(NOW - timedelta(days=40), NOW, Period.DAILY, ROME)
    past = [point(sums(spend=100), day) for day in days[:-1]]

    found = bands(Source.META, days[-1], History(pages_of(past), days[-1], ROME), SentrySettings())

    assert (found[Metric.SPEND].lower, found[Metric.SPEND].upper) == pytest.approx((70, 130))


def test_what_was_judged_is_told_where_it_says_something_else_by_now() -> None:
    bucket = bucket_at(NOW, Period.HOURLY, ROME)
    first, now = (point(sums(spend=100, conversions=n), bucket, fetched_at=NOW + n * HOUR) for n in (3, 4))

    assert restated(first, now) == {Metric.CONVERSIONS: 3.0, Metric.CAC: pytest.approx(100 / 3)}
    assert restated(first, first) == {}
    assert restated(None, now) == {}


def _times(ordinary: Sums, factor: int) -> Sums:
    spend, revenue, impressions, clicks, conversions = ordinary.parts()
    return Sums(
        None if spend is None else spend * factor // MICROS * MICROS,
        None if revenue is None else revenue * factor,
        impressions,
        clicks,
        conversions,
    )
