"""A deviation's parts make up the whole, whoever appears, vanishes or spends nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from math import isfinite
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.core.aggregate import PARTS, blend
from shared.core.explanation import Amounts, Driver, cause_of, explain, split
from shared.core.ledger import Ledger, keep
from shared.core.metric import Metric, Source, Sums
from shared.core.sentry.settings import SentrySettings
from shared.core.sides import sides_of
from tests.unit.core.points import BRAND, hour, point, sums

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.core.history import Page

DAYS = 16
META = sums(spend=300, revenue=1_200, impressions=30_000, clicks=600, conversions=24)
GOOGLE = sums(spend=200, revenue=1_000, impressions=8_000, clicks=400, conversions=20)
ORGANIC = sums(revenue=500, conversions=10)
ORDINARY = {Source.META: META, Source.GOOGLE: GOOGLE, Source.ORGANIC: ORGANIC}

counts = st.integers(0, 10**6).map(Fraction)
paid = st.fixed_dictionaries(
    dict.fromkeys(("impressions", "clicks", "spend", "conversions", "revenue"), counts)
)
organic = st.fixed_dictionaries(dict.fromkeys(("conversions", "revenue"), counts))
brands = st.fixed_dictionaries({}, optional={Source.META: paid, Source.GOOGLE: paid, Source.ORGANIC: organic})


def worth(metric: Metric, sides: Mapping[Source, Amounts]) -> Fraction | None:
    """Compute a metric from scratch, as the blend does; None where it is divided by 0."""

    def total(name: str, among: str = "") -> Fraction:
        return sum(
            (Fraction(s[name]) for s in sides.values() if name in s and among in {"", *s}), Fraction(0)
        )

    if metric in {Metric.SPEND, Metric.REVENUE, Metric.CONVERSIONS}:
        return total(metric.value)
    over, under = {
        Metric.ROAS: (total("revenue"), total("spend")),
        Metric.CAC: (total("spend"), total("conversions")),
        Metric.CTR: (total("clicks"), total("impressions")),
        Metric.CPC: (total("spend", "clicks"), total("clicks")),
    }[metric]
    return over / under if under else None


@given(before=brands, after=brands, metric=st.sampled_from(Metric))
@settings(max_examples=150)
def test_the_parts_sum_to_the_change_exactly(
    before: Mapping[Source, Amounts], after: Mapping[Source, Amounts], metric: Metric
) -> None:
    was, now = worth(metric, before), worth(metric, after)

    parts = split(metric, before, after)

    if was is None or now is None:
        assert parts == []
    else:
        assert sum(part.amount for part in parts) == now - was


@given(before=brands, metric=st.sampled_from(Metric))
@settings(max_examples=50)
def test_what_did_not_change_adds_nothing(before: Mapping[Source, Amounts], metric: Metric) -> None:
    assert all(part.amount == 0 for part in split(metric, before, before))


WHOLE: Amounts = {
    "impressions": Fraction(1_000),
    "clicks": Fraction(100),
    "spend": Fraction(50),
    "conversions": Fraction(10),
    "revenue": Fraction(400),
}


def test_volume_alone_moves_no_ratio_of_one_source() -> None:
    after: Amounts = {name: 3 * value for name, value in WHOLE.items()} | {"spend": Fraction(300)}

    parts = {p.driver: p.amount for p in split(Metric.ROAS, {Source.META: WHOLE}, {Source.META: after})}

    assert parts[Driver.IMPRESSIONS] == 0
    assert parts[Driver.CPC] == Fraction(1_200, 300) - Fraction(400, 50)


def test_a_source_that_appears_is_all_impressions() -> None:
    parts = split(Metric.REVENUE, {}, {Source.GOOGLE: WHOLE})

    assert {(p.driver, p.amount) for p in parts if p.amount} == {(Driver.IMPRESSIONS, 400)}


def test_what_one_side_lacks_of_a_dark_source_stops_nothing() -> None:
    dark: Amounts = {"impressions": Fraction(0), "clicks": Fraction(0), "spend": Fraction(0)}
    before: Amounts = {**WHOLE}
    del before["conversions"], before["revenue"]

    parts = split(
        Metric.CAC, {Source.META: before, Source.GOOGLE: WHOLE}, {Source.META: dark, Source.GOOGLE: WHOLE}
    )

    assert sum(part.amount for part in parts) == Fraction(50, 10) - Fraction(100, 10)


def test_spend_without_a_click_is_its_own_driver() -> None:
    before: Amounts = {"impressions": Fraction(1_000), "clicks": Fraction(10), "spend": Fraction(50)}
    after: Amounts = {"impressions": Fraction(1_000), "clicks": Fraction(0), "spend": Fraction(40)}

    parts = split(Metric.SPEND, {Source.META: before}, {Source.META: after})

    assert [(p.driver, p.amount) for p in parts] == [(Driver.SPEND, -10)]


NO_ORDERS = {Source.META: replace(META, conversions=0, revenue=0)}
DEAR_CLICKS = {Source.GOOGLE: replace(GOOGLE, spend=400_000_000)}
HALF_SHOWN = {Source.META: sums(spend=150, revenue=600, impressions=15_000, clicks=300, conversions=12)}
CHEAP_ORDERS = {Source.GOOGLE: replace(GOOGLE, revenue=300_000_000)}
NO_VISITS = {Source.ORGANIC: sums(revenue=50, conversions=1)}


def scene(shock: Mapping[Source, Sums]) -> dict[str, Page]:
    """Return the pages of an ordinary fortnight whose last hour is told of otherwise."""
    ledger = Ledger(BRAND, {})
    for n in range(DAYS * 24 + 1):
        bucket = hour(n - DAYS * 24)
        told = ORDINARY | (dict(shock) if bucket == hour() else {})
        at = bucket.end + timedelta(hours=3)
        keep(ledger, [point(told[s], bucket, s, fetched_at=at) for s in PARTS], connected=PARTS)
    return {page.id: page for page in ledger.touched()}


@pytest.mark.parametrize(
    ("shock", "cause", "moved"),
    [
        (NO_ORDERS, "meta.sold", "revenue conversions roas"),
        (DEAR_CLICKS, "google.bought", "spend cpc roas cac"),
        (HALF_SHOWN, "meta.bought", "spend revenue conversions"),
        (CHEAP_ORDERS, "google.sold", "revenue roas"),
        (NO_VISITS, "organic.sold", "revenue conversions"),
    ],
)
def test_one_shock_is_the_cause_of_all_it_moves_in_its_source_and_in_the_blend(
    shock: dict[Source, Sums], cause: str, moved: str
) -> None:
    pages = scene(shock)

    for source in (*shock, Source.AGGREGATED):
        (first,) = (f for page in pages.values() if page.source is source and (f := page.first(hour())))
        sides = sides_of(first, pages, BRAND, SentrySettings())
        assert set(sides) == (set(PARTS) if source is Source.AGGREGATED else {source})
        usual = worth_of(source)
        for metric in map(Metric, moved.split()):
            change = usual[metric], first.values[metric]
            parts = explain(metric, source, 1, change, sides)
            assert cause_of(metric, 1, parts, sides) == cause, (metric, source)
            assert sum(float(p.amount) for p in parts) == pytest.approx(change[1] - change[0], rel=1e-9)
            assert len(parts) == 1 or abs(parts[0].amount) > 3 * abs(parts[1].amount)


def worth_of(source: Source) -> Mapping[Metric, float]:
    parts = [point(each, hour(), s) for s, each in ORDINARY.items() if source in {s, Source.AGGREGATED}]
    whole = blend(parts, (), "EUR") if source is Source.AGGREGATED else parts[0]
    return {} if whole is None else whole.values


def test_numbers_beyond_all_measure_leave_the_metric_itself() -> None:
    huge = Sums(spend=10**300, revenue=10**306, impressions=3, clicks=1, conversions=1)
    pages = scene({Source.META: huge})
    page = next(p for p in pages.values() if p.source is Source.META and p.first(hour()) is not None)
    first = page.first(hour())
    sides = {} if first is None else sides_of(first, pages, BRAND, SentrySettings())

    for metric in (Metric.SPEND, Metric.REVENUE, Metric.ROAS):
        parts = explain(metric, Source.META, 1, (1.0, 1e300), sides)
        assert all(isfinite(part.amount) and isfinite(part.after) for part in parts)
        assert sum(float(part.amount) for part in parts) == pytest.approx(1e300)


def test_where_nothing_is_known_of_a_source_the_metric_itself_is_the_part() -> None:
    (part,) = explain(Metric.CPC, Source.AGGREGATED, 1, (1.0, 2.5), {})

    assert (part.source, part.driver, part.amount) == (Source.AGGREGATED, Driver.CPC, 1.5)
    assert cause_of(Metric.CPC, 1, [part], {}) == "aggregated.bought"


def test_a_blend_that_lacks_a_source_is_not_explained_by_the_others() -> None:
    pages = {name: page for name, page in scene(NO_ORDERS).items() if page.source is not Source.GOOGLE}
    (first,) = (
        f for page in pages.values() if page.source is Source.AGGREGATED and (f := page.first(hour()))
    )

    assert sides_of(first, pages, BRAND, SentrySettings()) == {}
