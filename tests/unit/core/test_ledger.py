from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from shared.core.aggregate import PARTS, blend
from shared.core.ledger import Ledger, absorb, keep, pages_needed, points_of
from shared.core.metric import Metric, MetricPoint, Source, Sums
from shared.core.period import HOUR, Bucket, Period, bucket_at, buckets_between, day_bucket, week_bucket
from shared.core.report import Report, ReportRow
from tests.unit.core.points import BRAND, ROME, point, sums

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY = day_bucket(date(2026, 5, 19), ROME)
HOURS = buckets_between(DAY.start, DAY.end, Period.HOURLY, ROME)
LATE = datetime(2026, 6, 1, tzinfo=UTC)


def source_points(revenue: float = 10.0, fetched_at: datetime = LATE) -> dict[Source, list[MetricPoint]]:
    """Return a whole day of three sources, and Meta's own day total."""
    paid = sums(spend=5, revenue=revenue, impressions=100, clicks=10, conversions=1)
    organic = sums(revenue=revenue, conversions=1)
    found = {
        source: [
            point(organic if source is Source.ORGANIC else paid, hour, source, fetched_at=fetched_at)
            for hour in HOURS
        ]
        for source in PARTS
    }
    whole = sums(spend=120, revenue=24 * revenue, impressions=2400, clicks=240, conversions=24)
    found[Source.META].append(point(whole, DAY, fetched_at=fetched_at))
    return found


def contents(ledger: Ledger) -> dict[str, dict[str, object]]:
    """Return every page without what depends on how often it was written, and on which answer came first."""

    def told(fields: Mapping[str, object]) -> dict[str, object]:
        return {k: v for k, v in fields.items() if k != "revisions" and not k.startswith("first_")}

    return {page.id: told(page.to_fields()) for page in ledger.touched()}


def kept(ledger: Ledger, points: list[MetricPoint]) -> list[MetricPoint]:
    return keep(ledger, points, connected=PARTS)


def test_days_weeks_and_blends_follow_from_hours() -> None:
    ledger = Ledger(BRAND, {})
    for points in source_points().values():
        kept(ledger, points)

    day, week = (
        ledger.get(Source.AGGREGATED, DAY),
        ledger.get(Source.AGGREGATED, week_bucket(date(2026, 5, 19), ROME)),
    )
    assert day is not None
    assert week is not None
    assert (day.values[Metric.SPEND], day.values[Metric.REVENUE]) == (240, 720)
    assert day.complete
    assert week.values[Metric.CONVERSIONS] == 72
    assert not week.complete


@pytest.mark.parametrize("order", list(permutations(PARTS)))
def test_the_order_in_which_sources_arrive_leaves_no_trace(order: tuple[Source, ...]) -> None:
    ledger, reference = Ledger(BRAND, {}), Ledger(BRAND, {})
    found = source_points()
    for source in order:
        kept(ledger, found[source])
    for source in PARTS:
        kept(reference, found[source])

    assert contents(ledger) == contents(reference)


def test_shuffled_duplicated_and_late_reports_end_where_the_last_one_does() -> None:
    last = source_points(revenue=12.0)
    reference = Ledger(BRAND, {})
    for source in PARTS:
        kept(reference, last[source])
    for seed in range(10):
        chance = random.Random(seed)
        early = source_points(revenue=9.0, fetched_at=LATE - timedelta(hours=3))
        reports = [early[s] for s in PARTS] + [last[s] for s in PARTS] * 2
        chance.shuffle(reports)
        ledger = Ledger(BRAND, {})
        for report in reports:
            kept(ledger, report)

        assert contents(ledger) == contents(reference)


def test_each_stored_blend_is_the_blend_of_what_is_stored() -> None:
    ledger = Ledger(BRAND, {})
    for points in source_points().values():
        kept(ledger, points)

    for bucket in (*HOURS, DAY):
        parts = [p for s in PARTS if (p := ledger.get(s, bucket))]
        assert ledger.get(Source.AGGREGATED, bucket) == blend(parts, PARTS, "EUR")


def test_the_same_report_again_changes_nothing() -> None:
    ledger = Ledger(BRAND, {})
    points = source_points()[Source.GOOGLE]
    kept(ledger, points)

    assert kept(ledger, points) == []


def test_every_page_that_keeping_touches_was_asked_for() -> None:
    """At a month's turn a day, a week and their hours lie on different pages."""
    turn = [
        point(
            sums(spend=1, clicks=1),
            bucket_at(datetime(2026, 5, 31, 20, tzinfo=UTC) + n * HOUR, Period.HOURLY, ROME),
            s,
        )
        for n in range(8)
        for s in (Source.GOOGLE, Source.ORGANIC)
    ]
    ledger = Ledger(BRAND, {})
    kept(ledger, turn)

    assert {page.id for page in ledger.touched()} <= pages_needed((p.bucket for p in turn), BRAND)


# Meta's purchases by hour


def meta_report(at: datetime, conversions: float, *, hours: int) -> Report:
    """Return what Meta says at `at`: its closed hours without purchases, the day with them."""
    day = sums(
        spend=5 * hours, revenue=100 * conversions, impressions=100, clicks=10, conversions=conversions
    )
    rows = tuple(ReportRow(hour, sums(spend=5, impressions=100, clicks=10)) for hour in HOURS[:hours])
    return Report("EUR", ROME, at, rows, (ReportRow(DAY, day),), snapshots=True)


def look(ledger: Ledger, conversions: float, *, hours: int) -> None:
    at = HOURS[hours - 1].end + timedelta(minutes=5)
    report = meta_report(at, conversions, hours=hours)
    absorb(ledger, report, Source.META, connected=(Source.META,))


def purchases(ledger: Ledger, hour: Bucket) -> float | None:
    stored = ledger.get(Source.META, hour)
    assert stored is not None
    return stored.value(Metric.CONVERSIONS)


def test_what_came_since_the_last_look_belongs_to_the_hour_that_closed_since() -> None:
    ledger = Ledger(BRAND, {})
    look(ledger, 3, hours=1)
    look(ledger, 7, hours=2)
    look(ledger, 7, hours=3)

    assert [purchases(ledger, hour) for hour in HOURS[:3]] == [3, 4, 0]
    stored = ledger.get(Source.META, HOURS[1])
    assert stored is not None
    assert stored.values[Metric.REVENUE] == 400


def test_what_came_over_several_hours_is_given_to_none_of_them() -> None:
    ledger = Ledger(BRAND, {})
    look(ledger, 3, hours=1)
    look(ledger, 9, hours=3)
    look(ledger, 10, hours=4)

    assert [purchases(ledger, hour) for hour in HOURS[:4]] == [3, None, None, 1]
    stored = ledger.get(Source.META, HOURS[1])
    assert stored is not None
    assert stored.flags == ("partial",)


def test_a_total_that_fell_gives_the_hour_nothing_and_the_day_keeps_the_truth() -> None:
    ledger = Ledger(BRAND, {})
    look(ledger, 5, hours=1)
    look(ledger, 4, hours=2)

    day = ledger.get(Source.META, DAY)
    assert purchases(ledger, HOURS[1]) == 0
    assert day is not None
    assert day.values[Metric.CONVERSIONS] == 4


def test_an_account_in_another_zone_keeps_no_days_of_its_own() -> None:
    report = meta_report(LATE, 5, hours=2)
    elsewhere = Report("EUR", ZoneInfo("UTC"), LATE, report.hours, report.days)

    points = points_of(elsewhere, Source.META, Ledger(BRAND, {}))

    assert {p.period for p in points} == {Period.HOURLY}
    assert all("tz_mismatch" in p.flags for p in points)


def test_an_unmeasured_sum_is_not_a_zero() -> None:
    assert Sums() + Sums(spend=1) == Sums(spend=1)
