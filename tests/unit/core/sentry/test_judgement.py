"""What is raised over windows, by named rules, within occasions and after restatements."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from math import exp
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies

from shared.core.metric import Metric, Source, Sums
from shared.core.period import Period, bucket_at, buckets_between
from shared.core.sentry.detection import Silence, Verdict, judge
from shared.core.sentry.history import History
from shared.core.sentry.outage import Rule
from shared.core.sentry.settings import Occasion, SentrySettings
from shared.core.sentry.severity import Severity
from shared.core.sentry.threshold import THRESHOLD_PERCENT, Sensitivity
from tests.unit.core.points import NOW, ROME, hour, pages_of, point, sums

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

STEADY = sums(spend=100, revenue=400, clicks=100, impressions=5_000, conversions=20)
HALVED = sums(spend=100, revenue=200, clicks=100, impressions=5_000, conversions=10)
NOTHING = sums(spend=0, revenue=0, clicks=0, impressions=0, conversions=0)
DAYS = 25


def noisy(seed: int, sigma: float, what: Sums = STEADY) -> Sums:
    chance = random.Random(seed)

    def moved(amount: int | None) -> int:
        return round((amount or 0) * exp(chance.gauss(0, sigma)))

    return Sums(*(moved(amount) for amount in what.parts()))


def verdicts(
    shape: Callable[[int], Sums], options: SentrySettings | None = None, days: int = DAYS
) -> Mapping[Metric, Verdict | Silence]:
    """Judge the newest hour of `days`; `shape` gives the sums of the hour so many hours ago."""
    points = [point(shape(n), hour(-n)) for n in range(days * 24)]
    return judge(
        points[0], History(pages_of(points[1:]), points[0].bucket, ROME), options or SentrySettings()
    )


def raised(found: Verdict | Silence) -> Verdict:
    assert isinstance(found, Verdict), found
    return found


def test_a_day_at_half_is_seen_where_no_hour_of_it_stands_out() -> None:
    def shape(n: int) -> Sums:
        return noisy(n, 0.22, HALVED if n < 24 else STEADY)

    verdict = raised(verdicts(shape)[Metric.REVENUE])

    assert verdict.size == 24
    assert verdict.value == pytest.approx(24 * 200, rel=0.2)
    assert verdict.expected == pytest.approx(24 * 400, rel=0.2)


def test_a_ratio_over_a_window_is_the_ratio_of_its_sums() -> None:
    """Hours of 10 and of 1,000 clicks do not count alike."""

    def shape(n: int) -> Sums:
        if n < 3:
            return sums(spend=10 if n else 3_000, revenue=400, clicks=10 if n else 1_000, impressions=5_000)
        return sums(spend=100, revenue=400, clicks=100, impressions=5_000)

    points = [point(shape(n), hour(-n)) for n in range(DAYS * 24)]
    verdict = raised(
        judge(points[0], History(pages_of(points[1:]), hour(), ROME), SentrySettings())[Metric.CPC]
    )

    assert verdict.size == 1
    assert (verdict.value, verdict.expected) == (3.0, 1.0)


def test_what_is_over_is_no_news() -> None:
    """A day that was bad until two hours ago is not raised by its good last hour."""

    def shape(n: int) -> Sums:
        return HALVED if 2 <= n < 24 else replace(STEADY, revenue=401_000_000, conversions=20_050_000)

    assert verdicts(shape)[Metric.REVENUE] is Silence.WITHIN_NOISE


@pytest.mark.parametrize("sensitivity", list(Sensitivity))
def test_spend_without_conversions_has_its_own_rule(sensitivity: Sensitivity) -> None:
    def shape(n: int) -> Sums:
        return noisy(n, 0.4) if n else replace(noisy(n, 0.4), conversions=0, revenue=0)

    verdict = raised(verdicts(shape, SentrySettings(sensitivity=sensitivity))[Metric.CONVERSIONS])

    assert verdict.rule is Rule.SPEND_WITHOUT_CONVERSIONS
    assert verdict.deviation_percent == -100.0


def test_spend_that_stopped_is_told_from_delivery_that_stopped() -> None:
    unbilled = replace(STEADY, spend=0)

    assert raised(verdicts(lambda n: STEADY if n else unbilled)[Metric.SPEND]).rule is Rule.SPEND_STOPPED
    assert raised(verdicts(lambda n: STEADY if n else NOTHING)[Metric.SPEND]).rule is Rule.DELIVERY_STOPPED


def test_organic_sales_that_stop_are_told_without_any_spend() -> None:
    selling = sums(revenue=400, conversions=20)
    points = [
        point(selling if n else sums(revenue=0, conversions=0), hour(-n), Source.ORGANIC) for n in range(600)
    ]

    found = judge(points[0], History(pages_of(points[1:]), hour(), ROME), SentrySettings())

    assert raised(found[Metric.CONVERSIONS]).rule is Rule.NOTHING_SOLD
    assert found[Metric.SPEND] is Silence.UNAVAILABLE


def test_a_quiet_hour_of_a_small_shop_is_chance() -> None:
    """Four expected and none come once in fifty hours."""
    few = sums(spend=20, revenue=80, clicks=40, impressions=2_000, conversions=4)
    found = verdicts(lambda n: few if n else replace(few, conversions=0, revenue=0))

    assert found[Metric.CONVERSIONS] is Silence.LOW_VOLUME


def test_an_occasion_is_judged_by_a_wider_band() -> None:
    sale = Occasion("sale", NOW - timedelta(hours=3), NOW + timedelta(hours=3))
    declared = SentrySettings(occasions=(sale,))

    def spends(amount: float) -> Verdict | Silence:
        return verdicts(lambda n: STEADY if n else replace(STEADY, spend=round(amount * 1e6)), declared)[
            Metric.SPEND
        ]

    assert spends(159.0) is Silence.WITHIN_THRESHOLD
    assert raised(spends(161.0)).threshold_percent == 60


def test_purchases_that_always_come_in_late_are_no_deviation() -> None:
    """First known 20 an hour, in the end 26: a restated hour of 26 is what it should be, one of 8 is not."""
    pages = pages_of([point(STEADY, hour(-n)) for n in range(1, DAYS * 24)])
    for page in pages:
        for start in range(1, DAYS * 24):
            kept = page.get(hour(-start))
            if kept is not None:
                values = {**kept.values, Metric.CONVERSIONS: 26.0}
                page.put(replace(kept, values=values, fetched_at=NOW + timedelta(days=1)))
    history, now = History(pages, hour(), ROME), point(replace(STEADY, conversions=26_600_000))

    assert isinstance(judge(now, history, SentrySettings())[Metric.CONVERSIONS], Verdict)
    assert (
        judge(now, history, SentrySettings(), restated=True)[Metric.CONVERSIONS] is Silence.WITHIN_THRESHOLD
    )
    bad = point(replace(STEADY, conversions=8_000_000))
    verdict = raised(judge(bad, history, SentrySettings(), restated=True)[Metric.CONVERSIONS])
    assert verdict.expected == 20.0


def test_a_raised_hour_does_not_teach_the_next() -> None:
    def shape(n: int) -> Sums:
        return replace(STEADY, spend=900_000_000) if n < 6 else STEADY

    verdict = raised(verdicts(shape)[Metric.SPEND])

    assert verdict.expected in {100.0, 300.0, 600.0}


def test_a_lasting_new_level_is_accepted() -> None:
    def changed(hours: int) -> Callable[[int], Sums]:
        return lambda n: replace(STEADY, spend=160_000_000) if n < hours else STEADY

    assert isinstance(verdicts(changed(2))[Metric.SPEND], Verdict)
    assert verdicts(changed(4 * 24))[Metric.SPEND] is Silence.WITHIN_THRESHOLD


@pytest.mark.parametrize("period", [Period.DAILY, Period.WEEKLY])
@pytest.mark.parametrize("sensitivity", list(Sensitivity))
def test_days_and_weeks_follow_the_contracts_rule_alone(period: Period, sensitivity: Sensitivity) -> None:
    buckets = buckets_between(NOW - timedelta(days=75), NOW, period, ROME)
    past = [point(STEADY, bucket) for bucket in buckets[:-1]]
    percent = THRESHOLD_PERCENT[sensitivity]
    options = SentrySettings(sensitivity=sensitivity)

    def spends(amount: float) -> Verdict | Silence:
        now = point(replace(STEADY, spend=round(amount * 1e6)), buckets[-1])
        months = sorted({page.month for page in pages_of(past)})[-3:]
        pages = [page for page in pages_of(past) if page.month in months]
        return judge(now, History(pages, now.bucket, ROME), options)[Metric.SPEND]

    assert spends(100.0 + percent) is Silence.WITHIN_THRESHOLD
    assert raised(spends(100.0 + percent + 0.01)).threshold_percent == percent
    assert raised(spends(100.0 - percent - 0.01)).severity is Severity.WARNING


@pytest.mark.parametrize("sensitivity", list(Sensitivity))
def test_ten_orders_an_hour_are_enough_for_the_contracts_rule(sensitivity: Sensitivity) -> None:
    """On a steady series the point itself is judged by the percentage alone, down to one order's worth."""
    ten = replace(STEADY, conversions=10_000_000)
    share = 1 - (THRESHOLD_PERCENT[sensitivity] + 0.01) / 100
    fewer = replace(ten, revenue=round(400_000_000 * share))

    found = verdicts(lambda n: ten if n else fewer, SentrySettings(sensitivity=sensitivity))

    assert raised(found[Metric.REVENUE]).size == 1
    assert raised(found[Metric.ROAS]).size == 1


def test_less_than_one_orders_worth_is_no_news() -> None:
    six = replace(STEADY, conversions=6_000_000)
    fewer = replace(six, revenue=round(400_000_000 * 0.84))

    found = verdicts(lambda n: six if n else fewer, SentrySettings(sensitivity=Sensitivity.HIGH))

    assert found[Metric.REVENUE] is Silence.LOW_VOLUME


def test_at_risk_of_roas_is_the_spend_that_earned_nothing() -> None:
    dearer = replace(STEADY, spend=250_000_000)

    roas = raised(verdicts(lambda n: STEADY if n else dearer)[Metric.ROAS])

    assert roas.stake == pytest.approx(150)


def test_days_are_compared_with_their_own_weekday() -> None:
    buckets = buckets_between(NOW - timedelta(days=40), NOW, Period.DAILY, ROME)
    past = [
        point(replace(STEADY, spend=(300 if b.start.weekday() == 5 else 100) * 10**6), b) for b in buckets
    ]
    today = bucket_at(NOW, Period.DAILY, ROME)
    now = point(STEADY, today)

    assert (
        judge(now, History(pages_of(past), today, ROME), SentrySettings())[Metric.SPEND]
        is Silence.WITHIN_THRESHOLD
    )


@settings(max_examples=60)
@given(
    strategies.floats(0.01, 4.9),
    strategies.integers(0, 29),
    strategies.floats(0.0, 50.0),
    strategies.sampled_from(list(Sensitivity)),
)
def test_below_the_volume_floor_nothing_is_raised(
    spend: float, clicks: int, factor: float, sensitivity: Sensitivity
) -> None:
    tiny = sums(
        spend=round(spend / 24, 6), revenue=0.01, clicks=clicks // 24, impressions=clicks, conversions=0.1
    )
    now = Sums(*(round((part or 0) * factor) for part in tiny.parts()))
    found = verdicts(lambda n: tiny if n else now, SentrySettings(sensitivity=sensitivity), days=9)

    small = {Metric.SPEND, Metric.REVENUE, Metric.CONVERSIONS}
    assert not [metric for metric in small if isinstance(found[metric], Verdict) and now.spend < 5_000_000]  # type: ignore[operator]


@settings(max_examples=30)
@given(strategies.integers(0, 1000), strategies.sampled_from([1, 3, 6, 24]), strategies.floats(0.0, 3.0))
def test_currency_units_change_no_verdict(seed: int, hours: int, factor: float) -> None:
    """What is raised in reais is raised in centavos, as long as it is above the floors in both."""

    def shape(scale: int) -> Callable[[int], Sums]:
        def of(n: int) -> Sums:
            base = noisy(seed * 1000 + n, 0.15)
            spend = round((base.spend or 0) * (factor if n < hours else 1.0)) * scale
            return replace(base, spend=spend, revenue=(base.revenue or 0) * scale)

        return of

    small, large = (verdicts(shape(scale), days=16)[Metric.SPEND] for scale in (1, 100))

    assert isinstance(small, Verdict) is isinstance(large, Verdict)
