from __future__ import annotations

from datetime import date

import pytest

from shared.core.aggregate import blend, roll_up
from shared.core.metric import Metric, Source
from shared.core.period import HOUR, Period, buckets_between, day_bucket, week_bucket
from tests.unit.core.points import ROME, hour, point, sums

META = point(sums(spend=100, revenue=500, clicks=50, impressions=10_000, conversions=5))
GOOGLE = point(
    sums(spend=300, revenue=600, clicks=300, impressions=6_000, conversions=7.5), source=Source.GOOGLE
)
ORGANIC = point(sums(revenue=200, conversions=2), source=Source.ORGANIC)
ALL = (Source.META, Source.GOOGLE, Source.ORGANIC)


def test_ratios_of_the_blend_come_from_sums() -> None:
    blended = blend([META, GOOGLE, ORGANIC], ALL, "EUR")

    assert blended is not None
    assert blended.values[Metric.SPEND] == 400
    assert blended.values[Metric.REVENUE] == 1300
    assert blended.values[Metric.ROAS] == 3.25
    assert blended.values[Metric.CTR] == 0.021875
    assert blended.values[Metric.CPC] == pytest.approx(400 / 350, rel=1e-15)
    assert blended.values[Metric.CAC] == pytest.approx(400 / 14.5, rel=1e-15)
    assert blended.values[Metric.CONVERSIONS] == 14.5
    assert blended.unavailable == frozenset()


def test_paid_sources_alone_blend_to_paid_roas() -> None:
    blended = blend([META, GOOGLE], (Source.META, Source.GOOGLE), "EUR")

    assert blended is not None
    assert blended.values[Metric.ROAS] == 2.75


def test_a_missing_source_makes_totals_unknown_and_says_which() -> None:
    blended = blend([META, ORGANIC], ALL, "EUR")

    assert blended is not None
    assert blended.flags == ("incomplete:google",)
    assert not blended.complete
    assert blended.unavailable >= {
        Metric.SPEND,
        Metric.REVENUE,
        Metric.ROAS,
        Metric.CAC,
        Metric.CPC,
        Metric.CTR,
    }


def test_a_present_source_without_its_purchases_makes_them_unknown() -> None:
    hourly = point(sums(spend=100, clicks=50, impressions=10_000))

    blended = blend([hourly, GOOGLE, ORGANIC], ALL, "EUR")

    assert blended is not None
    assert blended.values[Metric.SPEND] == 400
    assert blended.unavailable == {Metric.REVENUE, Metric.CONVERSIONS, Metric.ROAS, Metric.CAC}


def test_money_of_another_currency_is_flagged_and_not_summed() -> None:
    dollars = point(
        sums(spend=300, revenue=600, clicks=300, impressions=6_000, conversions=7), currency="USD"
    )

    blended = blend([dollars, ORGANIC], (Source.META, Source.ORGANIC), "EUR")

    assert blended is not None
    assert blended.flags == ("currency_mismatch",)
    assert blended.unavailable >= {Metric.SPEND, Metric.REVENUE, Metric.ROAS, Metric.CAC, Metric.CPC}
    assert blended.values[Metric.CONVERSIONS] == 9


def test_a_blend_is_complete_when_every_part_is() -> None:
    early = point(sums(revenue=200, conversions=2), source=Source.ORGANIC, complete=False)

    blended = blend([META, GOOGLE, early], ALL, "EUR")

    assert blended is not None
    assert not blended.complete


def test_nothing_summable_blends_to_nothing() -> None:
    assert blend([], ALL, "EUR") is None
    assert blend([point(sums(), source=Source.GOOGLE)], ALL, "EUR") is None


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-05-20", 24), ("2026-10-25", 25)])
def test_a_day_has_as_many_hours_as_the_clocks_give_it(day: str, hours: int) -> None:
    bucket = day_bucket(date.fromisoformat(day), ROME)
    parts = [
        point(sums(spend=1, clicks=2, impressions=10), h)
        for h in buckets_between(bucket.start, bucket.end, Period.HOURLY, ROME)
    ]

    whole = roll_up(parts, bucket, whole=True)

    assert whole is not None
    assert (whole.values[Metric.SPEND], whole.clicks) == (hours, 2 * hours)
    assert whole.bucket.key == day


def test_a_week_over_a_clock_change_has_seven_days_and_167_hours() -> None:
    week = week_bucket(date(2026, 3, 29), ROME)

    days = buckets_between(week.start, week.end, Period.DAILY, ROME)

    assert [d.key for d in days] == [f"2026-03-{n}" for n in range(23, 30)]
    assert (week.end - week.start) / HOUR == 167


def test_a_sum_that_one_part_lacks_is_unknown_for_the_whole() -> None:
    parts = [point(sums(spend=1, revenue=5), hour(0)), point(sums(spend=2), hour(1))]

    whole = roll_up(parts, day_bucket(date(2026, 5, 20), ROME), whole=True)

    assert whole is not None
    assert whole.values[Metric.SPEND] == 3
    assert Metric.REVENUE in whole.unavailable
