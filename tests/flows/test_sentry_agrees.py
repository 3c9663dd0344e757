"""The Sentry ends with one set of anomalies, whatever the order of events, and a backtest finds the same."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from math import exp
from typing import TYPE_CHECKING

import pytest

from bench.counting import Counted
from shared.core.anomaly import Anomaly, AnomalyStatus
from shared.core.metric import Metric, Source
from shared.core.period import Period, bucket_at
from shared.core.sentry.severity import Severity
from shared.flows.backtest import run_backtest
from shared.flows.sentry import watch
from tests.flows.stage import LATER, STEADY, WEEKS, Saying
from tests.unit.core.points import BRAND, NOW, ROME, hour, point

if TYPE_CHECKING:
    from google.cloud.firestore import Client

    from shared.core.metric import MetricPoint, Sums
    from shared.core.period import Bucket
    from tests.flows.stage import Stage

HOURS = 30
Event = tuple[Source, str]


def ago(n: int) -> Bucket:
    """Return the hour that many before the last; the stage knows what was before them."""
    return hour(HOURS - 1 - n)


def told_hour(n: int) -> Sums:
    """Return an hour's sums: noisy, orders lost for six hours, spend doubled for one a day later."""
    chance = random.Random(n)
    spend = round(STEADY.spend * exp(chance.gauss(0, 0.03)) * (2.5 if n == 3 else 1.0))  # type: ignore[operator]
    if 20 <= n < 26:
        return replace(STEADY, spend=spend, conversions=2_000_000, revenue=40_000_000)
    return replace(STEADY, spend=spend)


def live_through(stage: Stage) -> list[Event]:
    """Keep hours as they come in, some restated hours later; return an event for every document."""
    written: list[MetricPoint] = []
    for n in reversed(range(HOURS)):
        at = ago(n).end + timedelta(hours=2)
        written += stage.keep([point(told_hour(n), ago(n), fetched_at=at)])
        if n % 5 == 0 and n + 4 < HOURS:
            late = replace(told_hour(n + 4), revenue=400_000_000, conversions=20_000_000)
            written += stage.keep([point(late, ago(n + 4), fetched_at=at)])
    return sorted({(each.source, each.bucket.key) for each in written}, key=str)


def judged(stage: Stage, events: list[Event]) -> list[Anomaly]:
    for source, key in events:
        watch(
            BRAND.id,
            source,
            key,
            desk=stage.desk,
            metrics=stage.metrics,
            anomalies=stage.anomalies,
            queue=stage.queue,
            clock=stage.clock,
        )
    return stage.everything()


def essence(anomalies: list[Anomaly]) -> set[tuple[object, ...]]:
    return {(a.id, a.incident, a.told, a.status, a.value, a.expected, a.severity) for a in anomalies}


def placing(anomalies: list[Anomaly]) -> set[tuple[object, ...]]:
    return {(a.id, a.incident, a.told) for a in anomalies}


@pytest.mark.parametrize("seeds", [range(2), pytest.param(range(2, 10), marks=pytest.mark.long)], ids=len)
def test_any_order_of_doubled_events_ends_with_one_set_and_the_backtest_finds_it(
    stage: Stage, seeds: range
) -> None:
    events = live_through(stage)
    straight = judged(stage, events)
    assert {a.status for a in straight} == {AnomalyStatus.NEW, AnomalyStatus.RESOLVED}
    assert len({a.incident for a in straight}) < len(straight)

    for seed in seeds:
        forget(stage.client)
        chance = random.Random(seed)
        some = [event for event in events * 2 if chance.random() < 0.9] + events
        chance.shuffle(some)

        assert essence(judged(stage, some)) == essence(straight), seed

    file = stage.brands.get(BRAND.id)
    assert file is not None
    found = run_backtest(file, 3, LATER + timedelta(days=1), metrics=stage.metrics)
    own = next(each for each in found.outcomes if each.sensitivity is found.chosen)
    assert placing(list(own.anomalies)) == placing(straight)
    assert own.notifications == sum(a.told for a in straight)


def test_an_incident_that_gets_worse_for_longer_than_is_read_stays_one(stage: Stage) -> None:
    """Each spike is off by a quarter more than the last, day and a half after day and a half."""
    spikes = {35 * n: 100 * exp(0.6 * 1.27**n) for n in range(6)} | {35 * 5 + 10: 170.0}
    last = max(spikes)
    stage.keep(
        [
            point(
                replace(STEADY, spend=round(spikes.get(n, 100.0) * 1_000_000)),
                hour(n),
                fetched_at=hour(n + 2).end,
            )
            for n in range(last + 1)
        ]
    )

    found = judged(stage, [(Source.META, hour(n).key) for n in spikes])
    priced = [each for each in found if each.metric is Metric.CPC]

    assert len(priced) == len(spikes)
    assert {each.incident for each in priced} == {f"inc_meta.bought_{hour().key}"}
    assert sum(not each.told for each in priced) == 1
    file = stage.brands.get(BRAND.id)
    assert file is not None
    replayed = run_backtest(file, 9, hour(last + 3).end, metrics=stage.metrics)
    own = next(each for each in replayed.outcomes if each.sensitivity is replayed.chosen)
    hourly = [a for a in own.anomalies if a.source is Source.META and a.bucket.period is Period.HOURLY]
    assert placing([a for a in hourly if a.metric is Metric.CPC]) == placing(priced)


def test_a_source_that_is_connected_later_makes_no_incident_of_the_blend(stage: Stage) -> None:
    google = [point(STEADY, hour(-n), Source.GOOGLE, fetched_at=LATER) for n in range(1, WEEKS + 1)]
    both = [Source.META, Source.GOOGLE]
    stage.keep(google, connected=both)
    late = stage.keep([point(STEADY, hour(), source, fetched_at=LATER) for source in both], connected=both)

    assert judged(stage, [(each.source, each.bucket.key) for each in late]) == []


def test_a_person_is_told_once_per_incident(stage: Stage) -> None:
    events = live_through(stage)
    told = judged(stage, events)

    asked = {a.incident for a in told if a.id in stage.queue.notify}
    assert asked == {a.incident for a in told}
    assert len(asked) <= sum(a.told for a in told) < len(told)


@pytest.mark.parametrize("weeks", [1, 52])
def test_a_judgement_reads_the_same_whatever_the_length_of_the_past(stage: Stage, weeks: int) -> None:
    stage.keep([point(STEADY, hour(-n)) for n in range(WEEKS, weeks * 7 * 24) if n < 500 or n % 168 == 0])
    stage.shock()
    counted = Counted(stage.client)

    raised = stage.watch()

    assert raised
    assert counted.counts["reads"] == 5 + 2 * len(raised)
    assert counted.counts["writes"] == len(raised) + 1
    assert counted.counts["round_trips"] == 5


def test_nobody_hears_of_the_rest_of_an_incident_even_when_it_is_explained(stage: Stage) -> None:
    stage.reachable()
    raised = judged(stage, live_through(stage))
    for each in raised:
        stage.explain(each.id, Saying(["not JSON"]))
    for name in stage.queue.notify + [each.id for each in raised]:
        stage.notify(name)

    heard = [each for each in raised if each.told and each.severity is not Severity.INFO]
    assert 0 < len(stage.phone.posted) == len(stage.phone.mailed) == len(heard) < len(raised)


def test_days_and_weeks_are_watched_too(stage: Stage) -> None:
    days = [bucket_at(NOW - timedelta(days=n), Period.DAILY, ROME) for n in range(40)]
    stage.keep([shop(day, 24) for day in days[1:]])
    stage.keep([shop(days[0], 5)])

    found = judged(stage, [(Source.META, days[0].key)])

    assert "an_metric_aurora_meta_2026-05-20_revenue" in {a.id for a in found}
    assert {a.bucket.period for a in found} == {Period.DAILY}


def shop(day: Bucket, times: int) -> MetricPoint:
    sums = replace(STEADY, revenue=STEADY.revenue * times, conversions=STEADY.conversions * times)  # type: ignore[operator]
    return point(sums, day, fetched_at=day.end + timedelta(hours=3))


def forget(client: Client) -> None:
    document = client.collection("brands").document(BRAND.id)
    for each in document.collection("performance_anomalies").stream():
        each.reference.delete()
