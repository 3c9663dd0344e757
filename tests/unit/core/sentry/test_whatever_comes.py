"""Whatever a platform or a file brings, a judgement is made or a reason given, and nothing breaks."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.core.metric import FRESH, USABLE, Metric, MetricPoint, Source, Sums, point_of
from shared.core.period import Period, buckets_between
from shared.core.sentry.detection import Silence, Verdict, judge
from shared.core.sentry.history import History
from shared.core.sentry.settings import Occasion, SentrySettings
from shared.core.sentry.threshold import Sensitivity
from tests.unit.core.points import NOW, ROME, pages_of

BACK = {
    Period.HOURLY: timedelta(days=25),
    Period.DAILY: timedelta(days=58),
    Period.WEEKLY: timedelta(days=80),
}


def anything(chance: random.Random) -> int | None:
    return chance.choice(
        [None, 0, 0, 1, chance.randrange(1, 50), chance.randrange(10**6, 10**9), -chance.randrange(1, 10**8)]
    )


def ordinary(chance: random.Random) -> Sums:
    spend = round(chance.lognormvariate(0, 0.2) * 10**8)
    return Sums(spend, 4 * spend, chance.randrange(4_000, 6_000), chance.randrange(80, 120), 20 * 10**6)


def counted(chance: random.Random) -> int | None:
    return chance.choice([None, 0, 1, chance.randrange(10_000)])


def strange(chance: random.Random) -> Sums:
    return Sums(anything(chance), anything(chance), counted(chance), counted(chance), anything(chance))


def lived(chance: random.Random, period: Period) -> list[MetricPoint]:
    odd = chance.choice([0.02, 0.3, 1.0])
    buckets = buckets_between(NOW - BACK[period], NOW, period, ROME)
    kept = [bucket for bucket in buckets if chance.random() > chance.choice([0.0, 0.1])]
    return [
        point_of(
            strange(chance) if chance.random() < odd else ordinary(chance),
            source=Source.META,
            bucket=bucket,
            currency=chance.choice(["EUR", "EUR", "EUR", "USD"]),
            maturity=chance.choice([USABLE, USABLE, FRESH]),
            fetched_at=bucket.end + timedelta(hours=chance.randrange(1, 80)),
            flags=chance.choice([(), (), (), ("dst",), ("partial",)]),
        )
        for bucket in kept[chance.randrange(max(len(kept) - 1, 1)) if chance.random() < 0.3 else 0 :]
    ]


@pytest.mark.parametrize("period", list(Period))
@pytest.mark.parametrize("seed", range(40))
def test_every_point_gets_verdicts_with_finite_numbers_or_reasons(period: Period, seed: int) -> None:
    chance = random.Random(seed)
    points = lived(chance, period)
    sale = Occasion("sale", NOW - timedelta(days=3), NOW - timedelta(days=1))
    options = SentrySettings(
        sensitivity=chance.choice(list(Sensitivity)),
        noise_gate=chance.random() < 0.8,
        occasions=chance.choice([(), (sale,)]),
    )
    for restated in (False, True):
        now = replace(
            points[-1], maturity=USABLE.within(frozenset(Metric) - points[-1].unavailable), flags=()
        )
        history = History(pages_of(points[:-1]), now.bucket, ROME, options.blind())

        found = judge(now, history, options, restated=restated)

        assert set(found) == set(Metric)
        for metric, verdict in found.items():
            assert isinstance(verdict, Verdict | Silence)
            if isinstance(verdict, Verdict):
                assert metric not in now.unavailable
                numbers = (verdict.value, verdict.expected, verdict.deviation_percent, verdict.sigmas)
                assert all(map(math.isfinite, (*numbers, verdict.strength, verdict.stake or 0.0)))
                assert verdict.expected > 0
                assert abs(verdict.deviation_percent) > verdict.threshold_percent
