from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared.core.maturity import LOOKBACK_DAYS, least, maturity
from shared.core.metric import FRESH, SETTLED, USABLE, Metric, Source
from shared.core.period import HOUR, Period, bucket_at
from tests.unit.core.points import ROME

MORNING = datetime(2026, 5, 20, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
STATES = [
    (Source.META, Metric.SPEND, 1, 28 * 24),
    (Source.META, Metric.CPC, 1, 28 * 24),
    (Source.META, Metric.ROAS, 3, 28 * 24),
    (Source.META, Metric.CONVERSIONS, 3, 28 * 24),
    (Source.GOOGLE, Metric.CTR, 3, 30 * 24),
    (Source.GOOGLE, Metric.CAC, 15, 30 * 24),
    (Source.GOOGLE, Metric.REVENUE, 15, 30 * 24),
    (Source.ORGANIC, Metric.REVENUE, 6, 48),
]


@pytest.mark.parametrize("period", [Period.HOURLY, Period.DAILY])
@pytest.mark.parametrize(("source", "metric", "usable_h", "settled_h"), STATES)
def test_a_number_is_usable_and_settled_from_the_minute_its_source_keeps(
    source: Source, metric: Metric, usable_h: int, settled_h: int, period: Period
) -> None:
    bucket = bucket_at(MORNING, period, ROME)

    def at(moment: datetime) -> str:
        return maturity(source, bucket, moment).of(metric)

    assert at(bucket.end + usable_h * HOUR - MINUTE) == "fresh"
    assert at(bucket.end + usable_h * HOUR) == "usable"
    assert at(bucket.end + settled_h * HOUR - MINUTE) == "usable"
    assert at(bucket.end + settled_h * HOUR) == "settled"


@pytest.mark.parametrize("source", LOOKBACK_DAYS)
def test_the_nightly_lookback_sees_every_day_once_more_when_it_is_settled(source: Source) -> None:
    night = datetime(2026, 5, 20, 2, tzinfo=UTC)  # four in the morning in Rome
    oldest = bucket_at(night - LOOKBACK_DAYS[source] * 24 * HOUR, Period.DAILY, ROME)
    next_one = bucket_at(oldest.end, Period.DAILY, ROME)

    assert maturity(source, oldest, night).settled == frozenset(Metric)
    assert not maturity(source, next_one, night).settled


def test_a_sum_is_as_young_as_its_youngest_part() -> None:
    assert least([SETTLED, USABLE]) == USABLE
    assert least([USABLE, FRESH, SETTLED]) == FRESH
