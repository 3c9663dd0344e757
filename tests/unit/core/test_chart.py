"""A chart shows the Sentry's own expectation and the very edges of its silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.core.anomaly import raised
from shared.core.chart import BUCKETS, Chart, Spot, chart_of, pages_of_chart
from shared.core.chart_labels import labels_of
from shared.core.metric import Metric
from shared.core.period import HOUR, Bucket, Period, bucket_at
from shared.core.sentry.detection import Silence, Verdict, judge
from shared.core.sentry.history import History
from shared.core.sentry.settings import Occasion, SentrySettings
from shared.core.sentry.threshold import Sensitivity
from tests.unit.core.anomalies import VERDICT, origin, raised_anomaly
from tests.unit.core.points import BRAND, NOW, ROME, hour, pages_of, point, sums

BRAZIL = replace(BRAND, locale="pt-BR", currency="BRL")
HOURS = 24 * 24
PAST = [
    point(
        sums(
            spend=100 * (1.06 if (n + n // 24) % 2 else 0.95),
            revenue=400,
            impressions=5_000,
            clicks=100,
            conversions=20,
        ),
        hour(-n),
        fetched_at=hour(-n).end,
    )
    for n in range(HOURS, 0, -1)
]


def last(spend: float) -> list:
    return [*PAST, point(sums(spend=spend, revenue=400, impressions=5_000, clicks=100, conversions=20))]


def judged(spend: float, settings: SentrySettings) -> Verdict | Silence:
    points = last(spend)
    return judge(points[-1], History(pages_of(points), points[-1].bucket, ROME, settings.blind()), settings)[
        Metric.SPEND
    ]


def drawn(spend: float, settings: SentrySettings, verdict: Verdict = VERDICT) -> Chart:
    points = last(spend)
    pages = {page.id: page for page in pages_of(points)}
    spent = replace(verdict, metric=Metric.SPEND, value=spend)
    anomaly = raised(BRAND.id, points[-1], spent, origin(spent), NOW)
    chart = chart_of(anomaly, pages, BRAND, settings)
    assert chart is not None
    return chart


def test_what_is_expected_is_what_the_sentry_expected() -> None:
    verdict = judged(400, SentrySettings())
    assert isinstance(verdict, Verdict)
    assert verdict.size == 1

    chart = drawn(401, SentrySettings(), replace(VERDICT, size=3))

    assert chart.spots[-1].expected == pytest.approx(verdict.expected, rel=1e-9)
    assert chart.spots[-1].value == 401


SETTINGS = [
    SentrySettings(),
    SentrySettings(sensitivity=Sensitivity.HIGH),
    SentrySettings(sensitivity=Sensitivity.LOW),
    SentrySettings(noise_gate=False),
    SentrySettings(occasions=(Occasion("sale", NOW - HOUR / 2, NOW + HOUR / 2),)),
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_just_inside_the_band_the_hour_is_no_news_and_just_outside_it_is(settings: SentrySettings) -> None:
    """At one hour alone: the longer windows tell of other things."""
    spot = drawn(100, settings, replace(VERDICT, size=3)).spots[-1]
    assert spot.high is not None
    assert spot.low is not None

    outside = [judged(edge, settings) for edge in (spot.high * 1.01, spot.low * 0.99)]
    within = [judged(edge, settings) for edge in (spot.high * 0.99, spot.low * 1.01)]

    assert all(isinstance(verdict, Verdict) for verdict in outside)
    assert not any(isinstance(verdict, Verdict) and verdict.size == 1 for verdict in within)


def test_an_hours_own_numbers_are_those_of_the_message() -> None:
    chart = drawn(400, SentrySettings(), replace(VERDICT, expected=98.0))

    assert (chart.spots[-1].value, chart.spots[-1].expected) == (400, 98.0)


def test_the_chart_ends_with_the_anomaly_and_marks_its_window() -> None:
    chart = drawn(400, SentrySettings(), replace(VERDICT, size=6))

    assert len(chart.spots) == BUCKETS[Period.HOURLY]
    assert chart.spots[-1].bucket == hour()
    assert chart.size == 6


def test_what_nobody_knows_is_a_gap() -> None:
    points = [each for each in last(400) if each.bucket not in {hour(-5), hour(-6)}]
    pages = {page.id: page for page in pages_of(points)}

    chart = chart_of(drawn(400, SentrySettings()).anomaly, pages, BRAND, SentrySettings())

    assert chart is not None
    gap = [spot for spot in chart.spots if spot.value is None]
    assert [spot.bucket for spot in gap] == [hour(-6), hour(-5)]
    assert {(spot.expected, spot.low, spot.high) for spot in gap} == {(None, None, None)}
    assert chart.trend("en").count("·") == 2


def test_without_a_past_there_is_no_chart() -> None:
    assert chart_of(raised_anomaly(), {}, BRAND, SentrySettings()) is None


def test_the_pages_reach_back_as_far_as_the_oldest_bucket_was_judged_by() -> None:
    first_of_june = datetime(2026, 6, 1, 10, tzinfo=UTC)
    anomaly = replace(raised_anomaly(), bucket=bucket_at(first_of_june, Period.HOURLY, ROME))

    assert pages_of_chart(anomaly, BRAND) == [
        f"meta_hourly_{month}" for month in ("202606", "202605", "202604")
    ]


@pytest.mark.parametrize("period", [Period.DAILY, Period.WEEKLY])
def test_days_and_weeks_are_counted_by_the_brands_calendar(period: Period) -> None:
    """The last Sunday of March has 23 hours in Rome."""
    now = bucket_at(datetime(2026, 4, 12, 12, tzinfo=UTC), period, ROME)
    begin = now.start - timedelta(days=400)
    buckets = [now]
    while buckets[0].start > begin:
        buckets.insert(0, bucket_at(buckets[0].start - HOUR, period, ROME))
    points = [point(sums(spend=100 + n % 3, clicks=100), each) for n, each in enumerate(buckets)]
    spent = replace(VERDICT, metric=Metric.SPEND)
    anomaly = raised(BRAND.id, points[-1], spent, origin(spent), NOW)
    pages = {page.id: page for page in pages_of(points)}

    chart = chart_of(
        anomaly, {name: pages[name] for name in pages_of_chart(anomaly, BRAND)}, BRAND, SentrySettings()
    )

    assert chart is not None
    assert [spot.bucket for spot in chart.spots] == buckets[-BUCKETS[period] :]
    assert all(spot.expected is not None for spot in chart.spots)


def chart_with(
    values: list[float | None], metric: Metric = Metric.SPEND, first: Bucket | None = None
) -> Chart:
    start = (first or hour(1 - len(values))).start
    spots = [Spot(bucket_at(start + n * HOUR, Period.HOURLY, ROME), value) for n, value in enumerate(values)]
    return Chart(replace(raised_anomaly(), metric=metric, currency="BRL"), tuple(spots))


def test_labels_speak_the_brands_language_and_clock() -> None:
    chart = chart_with([500.0] * 60 + [4_000.0] * 12)

    labels = labels_of(chart, BRAZIL)

    heights = [label.replace("\xa0", " ") for _, label in labels.heights]
    assert heights == ["R$ 0", "R$ 1 mil", "R$ 2 mil", "R$ 3 mil", "R$ 4 mil"]
    assert [label for _, label in labels.moments] == [
        *("18 de mai.", "19 de mai.", "20 de mai."),
        *("12:00", "12:00", "12:00"),
    ]
    assert [spot.bucket.start.hour for spot in (chart.spots[at] for at, _ in labels.moments)] == [22] * 3 + [
        10
    ] * 3
    assert (labels.value, labels.band) == ("valor", "faixa normal")


def test_a_narrow_series_far_from_nothing_is_not_pressed_into_a_line() -> None:
    labels = labels_of(chart_with([100.0, 104.0, 96.0], Metric.ROAS), BRAND)

    assert 90 < labels.bottom < 96
    assert 104 < labels.top < 110
    assert [label for _, label in labels.heights] == ["97.5", "100.0", "102.5"]


def test_a_series_of_nothing_still_has_an_axis() -> None:
    labels = labels_of(chart_with([0.0, 0.0]), BRAND)

    assert labels.top > labels.bottom == 0
    assert len(labels.heights) >= 3


@pytest.mark.parametrize("scale", [1e-4, 0.003, 0.7, 12.0, 9_999.0, 3e6, 7e11])
def test_ticks_are_few_round_and_within_the_axis(scale: float) -> None:
    labels = labels_of(chart_with([scale, scale * 3]), BRAND)

    heights = [height for height, _ in labels.heights]
    assert 3 <= len(heights) <= 8
    assert all(labels.bottom <= height <= labels.top * (1 + 1e-9) for height in heights)
