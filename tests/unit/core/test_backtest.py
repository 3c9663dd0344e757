"""What a backtest sums up from what was raised."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.core.anomaly import Anomaly, raised
from shared.core.backtest import Outcome, summed
from shared.core.metric import Metric
from shared.core.period import HOUR, Period, bucket_at
from shared.core.sentry.severity import Direction
from shared.core.sentry.threshold import Sensitivity
from tests.unit.core.anomalies import VERDICT, origin
from tests.unit.core.points import BRAND, NOW, ROME, hour, point, sums

if TYPE_CHECKING:
    from shared.core.period import Bucket


def lost(bucket: Bucket, stake: float, metric: Metric = Metric.REVENUE, size: int = 1) -> Anomaly:
    verdict = replace(VERDICT, metric=metric, stake=stake, size=size)
    return raised(BRAND.id, point(sums(revenue=1), bucket), verdict, origin(verdict), NOW)


def outcome(*anomalies: Anomaly) -> Outcome:
    return summed([(Sensitivity.HIGH, each) for each in anomalies], BRAND)[-1]


def test_of_metrics_that_tell_of_one_hour_the_dearest_counts() -> None:
    assert outcome(lost(hour(), 900), lost(hour(), 1_000, Metric.ROAS)).at_risk == 1_000


def test_the_hours_of_one_incident_add_up() -> None:
    assert outcome(*(lost(hour(n), 100) for n in range(5))).at_risk == 500


def test_windows_that_overlap_count_each_hour_once() -> None:
    """Six hours of 100 and, an hour later, six of 100: seven hours of 100."""
    assert outcome(lost(hour(5), 600, size=6), lost(hour(6), 600, size=6)).at_risk == pytest.approx(700)


def test_an_hour_and_its_day_are_one_loss() -> None:
    day = bucket_at(NOW, Period.DAILY, ROME)

    assert outcome(lost(day, 2_400), lost(hour(), 300)).at_risk == pytest.approx(23 * 100 + 300)


def test_good_news_and_other_currencies_risk_nothing() -> None:
    verdict = replace(VERDICT, direction=Direction.FAVOURABLE, stake=9.0)
    good = raised(BRAND.id, point(sums(revenue=1)), verdict, origin(verdict), NOW)

    assert outcome(good, replace(lost(hour(1), 50), currency="USD")).at_risk == 0


@pytest.mark.parametrize("seed", range(5))
def test_more_anomalies_are_never_less_money(seed: int) -> None:
    chance = random.Random(seed)
    some = [
        lost(
            bucket_at(NOW + chance.randrange(200) * HOUR + timedelta(minutes=1), period, ROME),
            chance.uniform(1, 1_000),
            chance.choice(list(Metric)),
            chance.choice([1, 3, 6, 24]) if period is Period.HOURLY else 1,
        )
        for period in chance.choices(list(Period), k=30)
    ]

    risks = [outcome(*some[:n]).at_risk for n in range(len(some) + 1)]

    assert risks == sorted(risks)
