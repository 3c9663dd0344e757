"""What a shop's life brings that is no incident: nights, rest days, clocks, currencies, a new source."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import exp
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from shared.core.history import PAGES_FOR_BASELINE, Page
from shared.core.metric import Metric, Source, Sums
from shared.core.period import HOUR, Period, buckets_between, months_back
from shared.core.sentry.detection import Silence, Verdict, judge
from shared.core.sentry.history import History
from shared.core.sentry.outage import Rule
from shared.core.sentry.settings import Occasion, SentrySettings
from shared.core.sentry.severity import Severity
from shared.core.sentry.threshold import Sensitivity
from shared.core.sentry.window import Windows
from tests.unit.core.points import NOW, ROME, hour, pages_of, point, sums

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shared.core.metric import MetricPoint
    from shared.core.period import Bucket

STEADY = sums(spend=100, revenue=400, clicks=200, impressions=5_000, conversions=30)
NOTHING = sums(spend=0, revenue=0, clicks=0, impressions=0, conversions=0)
KEEN = SentrySettings(sensitivity=Sensitivity.HIGH)
DAYTIME = [0.2] * 6 + [
    0.6,
    1.0,
    1.4,
    1.6,
    1.6,
    1.5,
    1.4,
    1.4,
    1.5,
    1.6,
    1.7,
    1.9,
    2.0,
    2.0,
    1.6,
    1.0,
    0.5,
    0.3,
]


def noisy(chance: random.Random, sigma: float, what: Sums = STEADY, factor: float = 1.0) -> Sums:
    return Sums(*(round((part or 0) * factor * exp(chance.gauss(0, sigma))) for part in what.parts()))


def judged(
    points: Sequence[MetricPoint], since: datetime, settings: SentrySettings = KEEN
) -> list[tuple[MetricPoint, Mapping[Metric, Verdict | Silence]]]:
    """Judge every point from a moment on, each against the pages that hold its past."""
    pages, found = pages_of(list(points)), []
    for each in points:
        if each.bucket.start >= since:
            months = months_back(each.bucket.month, PAGES_FOR_BASELINE[each.period])
            past = [page for page in pages if page.month in months and page.source is each.source]
            found.append((each, judge(each, History(past, each.bucket, ROME, settings.blind()), settings)))
    return found


def raised(found: Sequence[tuple[MetricPoint, Mapping[Metric, Verdict | Silence]]]) -> list[Verdict]:
    return [each for _, verdicts in found for each in verdicts.values() if isinstance(each, Verdict)]


def now(
    shape: Callable[[int], Sums], settings: SentrySettings = KEEN, days: int = 25, start: datetime = NOW
) -> Mapping[Metric, Verdict | Silence]:
    """Judge the newest of some days of hours; `shape` gives the sums of the hour so many hours ago."""
    points = [point(shape(n), hour(-n, start)) for n in range(days * 24)]
    return judge(points[0], History(pages_of(points[1:]), points[0].bucket, ROME, settings.blind()), settings)


@pytest.mark.parametrize("open_hours", [9, 12, 13, 16])
def test_a_shop_that_is_closed_at_night_is_as_noisy_as_its_days(open_hours: int) -> None:
    chance = random.Random(open_hours)
    begin = datetime(2026, 4, 1, tzinfo=UTC)

    def of(bucket: Bucket) -> Sums:
        return noisy(chance, 0.15) if bucket.start.hour < open_hours else NOTHING

    points = [point(of(each), each) for each in (hour(n, begin) for n in range(40 * 24))]

    assert len(raised(judged(points, begin + timedelta(days=25)))) <= 2


def test_an_open_shop_that_sells_nothing_is_told_though_its_nights_are_empty() -> None:
    def shape(n: int) -> Sums:
        return STEADY if n and (NOW - n * HOUR).hour in range(8, 20) else NOTHING

    verdict = now(shape)[Metric.CONVERSIONS]

    assert isinstance(verdict, Verdict)
    assert verdict.rule is Rule.NOTHING_SOLD


@pytest.mark.parametrize(
    "changed", [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]
)
def test_a_change_of_clocks_is_no_incident(changed: datetime) -> None:
    """People keep their hours: the shop opens at eight by its own clock before and after."""
    chance = random.Random(1)
    buckets = buckets_between(changed - timedelta(days=25), changed + timedelta(days=12), Period.HOURLY, ROME)
    points = [
        point(noisy(chance, 0.05, factor=DAYTIME[each.start.astimezone(ROME).hour]), each) for each in buckets
    ]

    assert raised(judged(points, changed - timedelta(days=1))) == []


@pytest.mark.parametrize("period", [Period.DAILY, Period.WEEKLY])
def test_the_day_and_week_in_which_clocks_change_are_judged(period: Period) -> None:
    buckets = buckets_between(NOW - timedelta(days=60), NOW, period, ROME)
    long = point(replace(STEADY, spend=900_000_000), buckets[-1], flags=("dst",))
    pages = pages_of([point(STEADY, each) for each in buckets[:-1]])
    months = months_back(buckets[-1].month, PAGES_FOR_BASELINE[period])
    past = [page for page in pages if page.month in months]

    assert isinstance(judge(long, History(past, buckets[-1], ROME), KEEN)[Metric.SPEND], Verdict)


@pytest.mark.parametrize("sensitivity", list(Sensitivity))
def test_a_shop_that_rests_at_weekends_has_not_stopped(sensitivity: Sensitivity) -> None:
    saturday = datetime(2026, 5, 23, 12, tzinfo=UTC)

    def shape(n: int) -> Sums:
        return NOTHING if (saturday - n * HOUR).weekday() >= 5 else STEADY

    found = now(shape, SentrySettings(sensitivity=sensitivity), days=40, start=saturday)

    assert not [verdict for verdict in found.values() if isinstance(verdict, Verdict)]
    friday = saturday - timedelta(days=1)
    stopped = now(lambda n: NOTHING if n < 2 else shape(n + 24), days=40, start=friday)[Metric.SPEND]
    assert isinstance(stopped, Verdict)
    assert stopped.rule is Rule.DELIVERY_STOPPED


def test_an_hour_nobody_knows_of_the_last_day_of_rest_changes_nothing() -> None:
    """It is filled from the day before, when the shop was open, and must not count as its own."""
    sunday = datetime(2026, 5, 24, 12, tzinfo=UTC)
    missing = sunday - timedelta(days=7)
    points = [
        point(NOTHING if each.start.weekday() == 6 else STEADY, each)
        for each in (hour(-n, sunday) for n in range(40 * 24))
        if each.start != missing
    ]

    assert raised(judged(points, sunday - timedelta(hours=2))) == []


def test_a_window_is_judged_by_the_hours_that_are_known() -> None:
    """Two of its last six hours are missing: what was there a day ago is not made out to be theirs."""
    past = [point(STEADY, hour(-n)) for n in range(1, 25 * 24) if n not in {2, 3}]
    bad = [replace(each, values={**each.values, Metric.SPEND: 250.0}) for each in past[:3]]
    history = History(pages_of([*bad, *past[3:]]), hour(), ROME)
    window = Windows(history, point(replace(STEADY, spend=250_000_000))).get(Metric.SPEND, 6)

    assert window is not None
    assert (window.value, window.expected) == (4 * 250.0, pytest.approx(4 * 100.0))


@pytest.mark.parametrize("gap", [15 * 24 + 16, 15 * 24 + 21])
def test_after_a_gap_of_weeks_a_series_is_learnt_again(gap: int) -> None:
    chance = random.Random(gap)
    begin = NOW - timedelta(days=40)
    hours = [hour(n, begin) for n in range(40 * 24)]
    quiet = range(30 * 24 - gap, 30 * 24)
    points = [point(noisy(chance, 0.1), each) for n, each in enumerate(hours) if n not in quiet]

    found = judged(points, begin + timedelta(days=30))

    assert raised(found) == []
    assert Silence.EXPECTED_ZERO not in {each for _, verdicts in found for each in verdicts.values()}


@pytest.mark.parametrize("orders", [0.7, 1.0])
def test_the_price_of_an_order_is_not_judged_by_hours_that_hardly_sell(orders: float) -> None:
    chance = random.Random(3)
    begin = datetime(2026, 4, 1, tzinfo=UTC)
    points = []
    for n in range(40 * 24):
        sold = sum(chance.random() < orders / 20 for _ in range(20))
        sales = sums(spend=8, revenue=40 * sold, clicks=20, impressions=500, conversions=sold)
        points.append(point(sales if (begin + n * HOUR).hour > 6 else NOTHING, hour(n, begin)))

    found = judged(points, begin + timedelta(days=25))

    assert not [each for each in raised(found) if each.metric in {Metric.CAC, Metric.ROAS}]


def test_money_that_is_spent_on_a_day_of_rest_is_told() -> None:
    sunday = datetime(2026, 5, 24, 20, tzinfo=UTC)

    def shape(n: int) -> Sums:
        rests = (sunday - n * HOUR).weekday() == 6
        return STEADY if not rests else replace(STEADY, spend=5_000_000_000) if n == 0 else NOTHING

    assert isinstance(now(shape, days=40, start=sunday)[Metric.SPEND], Verdict)


def test_a_quiet_weekday_is_expected_and_a_lost_one_is_not() -> None:
    """Sundays sell a third; a Tuesday that does is an incident."""
    sunday = datetime(2026, 5, 24, 12, tzinfo=UTC)
    chance = random.Random(2)

    def week(n: int, start: datetime) -> Sums:
        return noisy(chance, 0.1, factor=0.35 if (start - n * HOUR).weekday() == 6 else 1.0)

    assert not raised([(point(STEADY), now(lambda n: week(n, sunday), days=40, start=sunday))])
    tuesday = sunday + timedelta(days=2)
    lost = now(
        lambda n: noisy(chance, 0.1, factor=0.35) if n < 3 else week(n, tuesday), days=40, start=tuesday
    )
    assert isinstance(lost[Metric.REVENUE], Verdict)


def test_money_that_runs_away_is_never_too_little() -> None:
    small = sums(spend=0.2, revenue=1, clicks=2, impressions=50, conversions=0.1)
    verdict = now(lambda n: small if n else replace(small, spend=1_000_000_000))[Metric.SPEND]

    assert isinstance(verdict, Verdict)
    assert verdict.severity is Severity.CRITICAL


@pytest.mark.parametrize("seed", range(6))
def test_a_second_incident_soon_after_the_first_is_seen(seed: int) -> None:
    half = Sums(*((part or 0) // 2 for part in STEADY.parts()))

    def at(after: int) -> Verdict | Silence:
        def shape(n: int) -> Sums:
            bad = n < after or after + 30 <= n < after + 54
            return noisy(random.Random(seed * 1_000 + after - n), 0.2, half if bad else STEADY)

        return now(shape, SentrySettings())[Metric.SPEND]

    assert any(isinstance(at(after), Verdict) for after in (6, 12, 18, 24))


def test_without_the_noise_gate_a_small_shops_outage_is_told() -> None:
    few = sums(spend=2, revenue=8, clicks=4, impressions=200, conversions=1)
    literal = SentrySettings(noise_gate=False)
    verdict = now(lambda n: few if n >= 24 else replace(few, conversions=0, revenue=0), literal)[
        Metric.CONVERSIONS
    ]

    assert isinstance(verdict, Verdict)
    assert (verdict.rule, verdict.size) == (Rule.SPEND_WITHOUT_CONVERSIONS, 24)


def test_what_stopped_is_critical_at_the_lowest_sensitivity_too() -> None:
    """A fall is never more than 100 %, so by the percentage alone none could be."""
    verdict = now(lambda n: STEADY if n else NOTHING, SentrySettings(sensitivity=Sensitivity.LOW))[
        Metric.SPEND
    ]

    assert isinstance(verdict, Verdict)
    assert verdict.severity is Severity.CRITICAL


def test_an_account_that_changed_its_currency_is_learnt_anew() -> None:
    past = [point(STEADY, hour(-n)) for n in range(1, 25 * 24)]
    changed = point(replace(STEADY, spend=620_000_000, revenue=2_480_000_000), currency="BRL")
    history = History(pages_of([*past, changed]), hour(), ROME)

    assert set(judge(changed, history, KEEN).values()) == {Silence.LEARNING}
    same = point(replace(STEADY, spend=620_000_000))
    compared = judge(same, History(pages_of([*past, same]), hour(), ROME), KEEN)[Metric.SPEND]
    assert isinstance(compared, Verdict)


def test_numbers_restated_in_another_currency_are_not_their_own_first_ones() -> None:
    """A platform that switches its account tells the past anew as well."""
    page = Page(Source.META, Period.HOURLY, "202605", "EUR")
    in_reais = replace(STEADY, spend=620_000_000, revenue=2_480_000_000)
    for n in range(19 * 24):
        page.put(point(STEADY, hour(-n), fetched_at=NOW))
        page.put(point(in_reais, hour(-n), currency="BRL", fetched_at=NOW + timedelta(minutes=1)))
    first = page.first(hour())

    assert first is not None
    assert first.values[Metric.SPEND] == 620.0
    history = History([page], hour(), ROME)
    assert judge(first, history, KEEN)[Metric.SPEND] is Silence.WITHIN_THRESHOLD
    assert history.grown(Metric.SPEND) == 1.0


def blended(page: Page, bucket: Bucket, spend: float, *sources: Source, late: int = 0) -> MetricPoint:
    """Let a page follow what these sources make of an hour."""
    what = point(replace(STEADY, spend=round(spend * 1e6)), bucket, page.source, fetched_at=NOW)
    page.follow(replace(what, fetched_at=NOW + timedelta(minutes=late), sources=frozenset(sources)))
    first = page.first(bucket)
    assert first is not None
    return first


def test_a_source_that_joins_the_blend_is_compared_with_nothing_it_was_not_in() -> None:
    page = Page(Source.AGGREGATED, Period.HOURLY, "202605", "EUR")
    for n in range(1, 19 * 24):
        blended(page, hour(-n), 100, Source.META)
    both = blended(page, hour(), 250, Source.META, Source.GOOGLE)

    assert judge(both, History([page], hour(), ROME), KEEN)[Metric.SPEND] is Silence.LEARNING
    for n in range(1, 19 * 24):
        blended(page, hour(-n), 250, Source.META, Source.GOOGLE, late=1)
    assert judge(both, History([page], hour(), ROME), KEEN)[Metric.SPEND] is Silence.WITHIN_THRESHOLD


def test_first_numbers_begin_anew_when_the_sources_behind_them_change() -> None:
    page = Page(Source.AGGREGATED, Period.HOURLY, "202605", "EUR")

    assert blended(page, hour(), 100, Source.META).values[Metric.SPEND] == 100.0
    assert blended(page, hour(), 130, Source.META, late=1).values[Metric.SPEND] == 100.0
    joined = blended(page, hour(), 250, Source.META, Source.GOOGLE, late=2)
    assert joined.values[Metric.SPEND] == 250.0
    assert joined.fetched_at == NOW + timedelta(minutes=2)


def test_a_blend_that_cannot_be_judged_yet_keeps_no_first_numbers_of_the_old_one() -> None:
    page = Page(Source.AGGREGATED, Period.HOURLY, "202605", "EUR")
    blended(page, hour(), 100, Source.META)
    open_still = point(STEADY, source=Source.AGGREGATED, complete=False)
    page.follow(replace(open_still, sources=frozenset({Source.META, Source.GOOGLE})))

    assert page.first(hour()).unavailable == frozenset(Metric)  # type: ignore[union-attr]


def test_a_sale_teaches_nothing_on_any_day_it_touches_though_clocks_change_in_between() -> None:
    days = buckets_between(
        datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC), Period.DAILY, ROME
    )
    sale = next(day for day in days if day.key == "2026-03-20")
    occasion = Occasion("sale", sale.start, sale.end)
    shop = [point(replace(STEADY, spend=900_000_000) if day == sale else STEADY, day) for day in days[:-1]]
    line = History(pages_of(shop), days[-1], ROME, SentrySettings(occasions=(occasion,)).blind()).line(
        Metric.SPEND
    )

    assert line is not None
    assert 900.0 not in line.recent
    assert len(line.holes) == 1


def test_a_week_that_a_sale_only_touches_teaches_nothing() -> None:
    weeks = buckets_between(NOW - timedelta(days=60), NOW, Period.WEEKLY, ROME)
    occasion = Occasion("weekend", weeks[-3].end - timedelta(days=2), weeks[-3].end)
    pages = pages_of([point(STEADY, each) for each in weeks[:-1]])
    line = History(pages, weeks[-1], ROME, SentrySettings(occasions=(occasion,)).blind()).line(Metric.SPEND)

    assert line is not None
    assert {len(line.recent) - hole for hole in line.holes} == {2}


def test_an_hour_of_a_zone_between_the_hours_is_matched_with_its_own() -> None:
    """In Kathmandu, three quarters of an hour off, an occasion touches the hours it meets and no other."""
    sale = [(hour(-30).epoch + 900, hour(-29).epoch)]
    pages = pages_of([point(STEADY, hour(-n)) for n in range(1, 12 * 24)])
    line = History(pages, hour(), ZoneInfo("Asia/Kathmandu"), sale).line(Metric.SPEND)

    assert line is not None
    assert {len(line.recent) - hole for hole in line.holes} == {30}
