from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.core.anomaly import AnomalyStatus
from shared.core.explanation import Driver
from shared.core.metric import Metric, Source
from shared.core.wire.metric import metric_fields
from shared.flows.sentry import watch
from tests.flows.stage import LATER, STEADY, WEEKS
from tests.unit.core.points import BRAND, hour, point, sums

if TYPE_CHECKING:
    from google.cloud.firestore import Client

    from shared.core.metric import MetricPoint
    from tests.flows.stage import Stage

SPEND = "an_metric_aurora_meta_2026-05-20T12Z_spend"
CPC = "an_metric_aurora_meta_2026-05-20T12Z_cpc"
CAC = "an_metric_aurora_meta_2026-05-20T12Z_cac"
ROAS = "an_metric_aurora_meta_2026-05-20T12Z_roas"
_CONTRACTS_OWN = ("id", "brandId", "source", "timestamp", "data", "period")


def test_a_shock_is_raised_asked_about_and_told(stage: Stage) -> None:
    stage.shock()

    raised = stage.watch()

    assert sorted(raised) == [CAC, CPC, ROAS, SPEND]
    assert sorted(stage.queue.insight) == sorted(raised)
    assert len(stage.queue.notify) == 1
    assert [a.id for a in stage.everything() if a.told] == [CPC]
    assert {a.incident for a in stage.everything()} == {"inc_meta.bought_2026-05-20T12Z"}


def test_a_steady_hour_is_no_news(stage: Stage) -> None:
    stage.shock(spend=101)

    assert stage.watch() == []
    assert stage.everything() == []


def test_history_that_is_filled_in_later_alarms_nobody(stage: Stage) -> None:
    late = 4 * 24 * 60
    stage.shock(minutes=late)

    assert stage.watch() == []
    assert stage.everything() == []


def test_an_old_restatement_still_corrects_what_was_raised_in_time(stage: Stage) -> None:
    stage.shock()
    stage.watch()
    stage.shock(spend=100, minutes=20 * 24 * 60)

    stage.watch()

    assert {(a.status, a.resolved_by) for a in stage.everything()} == {(AnomalyStatus.RESOLVED, "machine")}


def test_a_redelivered_event_raises_nothing_twice(stage: Stage) -> None:
    stage.shock()
    stage.watch()
    before = stage.everything()

    assert stage.watch() == []
    assert stage.everything() == before


def test_a_crash_before_asking_is_healed_by_the_second_delivery(stage: Stage) -> None:
    stage.shock()
    stage.queue.broken = True
    with pytest.raises(ConnectionError):
        stage.watch()
    stage.queue.broken = False

    stage.watch()

    assert sorted(stage.queue.insight) == [CAC, CPC, ROAS, SPEND]


def test_a_restatement_corrects_the_anomaly(stage: Stage) -> None:
    stage.shock()
    stage.watch()
    stage.shock(spend=400, minutes=1)

    stage.watch()

    assert (stage.stored(SPEND).value, stage.stored(SPEND).deviation_percent) == (400, 300)


def test_a_restatement_that_takes_it_all_back_resolves_it_by_machine(stage: Stage) -> None:
    stage.shock()
    stage.watch()
    stage.shock(spend=100, minutes=1)

    stage.watch()

    assert {(a.status, a.resolved_by) for a in stage.everything()} == {(AnomalyStatus.RESOLVED, "machine")}


@pytest.mark.parametrize("status", ["investigating", "ignored", "resolved"])
def test_a_persons_word_stands_against_any_restatement(stage: Stage, status: str) -> None:
    stage.shock()
    stage.watch()
    stage.set_status(SPEND, status)
    stage.shock(spend=100, minutes=1)
    stage.watch()
    stage.shock(spend=400, minutes=2)

    stage.watch()

    assert stage.stored(SPEND).status is AnomalyStatus(status)
    assert stage.stored(SPEND).value == 250


def test_what_came_back_opens_again(stage: Stage) -> None:
    for minutes, spend in enumerate((250, 100, 250)):
        stage.shock(spend=spend, minutes=minutes)
        stage.watch()

    assert stage.stored(SPEND).status is AnomalyStatus.NEW


def test_any_order_of_events_ends_with_the_same_anomalies(stage: Stage) -> None:
    hours = [hour(n) for n in range(6)]
    stage.keep([point(replace(STEADY, spend=300_000_000), each) for each in hours])
    found = []
    for seed in range(3):
        chance = random.Random(seed)
        events = hours * 2
        chance.shuffle(events)
        for each in events:
            watch(
                BRAND.id,
                Source.META,
                each.key,
                desk=stage.desk,
                metrics=stage.metrics,
                anomalies=stage.anomalies,
                queue=stage.queue,
                clock=stage.clock,
            )
        found.append(stage.everything())
        for anomaly in found[-1]:
            _collection(stage.client).document(anomaly.id).delete()

    assert {frozenset((a.id, a.value, a.expected) for a in each) for each in found} == {
        frozenset((a.id, a.value, a.expected) for a in found[0])
    }
    assert len(found[0]) >= 6


def test_an_event_about_a_deleted_metric_is_no_news(stage: Stage) -> None:
    assert stage.watch() == []


def test_a_point_that_came_past_our_ingestion_is_judged_and_folded_into_its_page(stage: Stage) -> None:
    foreign = point(replace(STEADY, spend=250_000_000))
    _write(stage.client, foreign.id(BRAND.id), metric_fields(BRAND.id, foreign))

    raised = stage.watch()

    assert SPEND in raised
    page = stage.metrics.pages(BRAND.id, ["meta_hourly_202605"])["meta_hourly_202605"]
    assert page.get(hour()) == foreign


def test_a_correction_by_another_writer_resolves_what_its_first_word_raised(stage: Stage) -> None:
    """A writer that knows the contract's fields alone counts no revisions."""
    for spend in (250, 100):
        foreign = point(replace(STEADY, spend=spend * 1_000_000))
        fields = metric_fields(BRAND.id, foreign)
        _write(stage.client, foreign.id(BRAND.id), {name: fields[name] for name in _CONTRACTS_OWN})
        stage.watch()

    assert {(a.status, a.resolved_by) for a in stage.everything()} == {(AnomalyStatus.RESOLVED, "machine")}


def test_a_brand_with_documents_and_no_page_is_watched_all_the_same(stage: Stage) -> None:
    batch = stage.client.batch()
    collection = stage.client.collection("brands").document(BRAND.id).collection("performance_metrics")
    points = [point(STEADY, hour(-n), Source.GOOGLE) for n in range(1, WEEKS // 2)]
    points.append(point(replace(STEADY, spend=250_000_000), hour(), Source.GOOGLE))
    for each in points:
        batch.set(collection.document(each.id(BRAND.id)), metric_fields(BRAND.id, each))
    batch.commit()

    raised = stage.watch(Source.GOOGLE)

    assert "an_metric_aurora_google_2026-05-20T12Z_spend" in raised
    assert len(stage.metrics.pages(BRAND.id, ["google_hourly_202605"])["google_hourly_202605"]) == len(points)


def test_a_past_that_was_written_at_once_is_judged_as_it_stands_whichever_event_comes_first(
    stage: Stage,
) -> None:
    """The last one's event may come before those of all others, with a few of them in a page."""
    points = [point(STEADY, hour(-n), Source.GOOGLE) for n in range(WEEKS // 2, 0, -1)]
    points.append(point(replace(STEADY, spend=250_000_000), hour(), Source.GOOGLE))
    _write_all(stage.client, points[:5])
    stage.watch(Source.GOOGLE, later=-WEEKS // 2)
    page = stage.metrics.pages(BRAND.id, ["google_hourly_202605"])["google_hourly_202605"]
    assert len(page) == 5
    _write_all(stage.client, points[5:])

    assert "an_metric_aurora_google_2026-05-20T12Z_spend" in stage.watch(Source.GOOGLE)


def test_what_cannot_be_read_hides_nothing_else(stage: Stage) -> None:
    _write_all(stage.client, [point(STEADY, hour(-n), Source.GOOGLE) for n in range(1, WEEKS // 2)])
    broken = point(STEADY, hour(-3), Source.GOOGLE).id(BRAND.id)
    _write(stage.client, broken, {"source": "google"})
    _write_all(stage.client, [point(replace(STEADY, spend=250_000_000), hour(), Source.GOOGLE)])
    raised = stage.watch(Source.GOOGLE)
    _collection(stage.client).document("a1").set({"detectedAt": LATER})

    assert "an_metric_aurora_google_2026-05-20T12Z_spend" in raised
    assert {each.id for each in stage.everything()} == set(raised)


def test_what_another_writer_wrote_over_ours_is_what_stands(stage: Stage) -> None:
    """It says nothing of when it was fetched, and stands in the document all the same."""
    stage.shock(100)
    fields = metric_fields(BRAND.id, point(replace(STEADY, spend=250_000_000)))
    _write(stage.client, str(fields["id"]), {name: fields[name] for name in _CONTRACTS_OWN})

    assert SPEND in stage.watch()
    page = stage.metrics.pages(BRAND.id, ["meta_hourly_202605"])["meta_hourly_202605"]
    assert (kept := page.get(hour())) is not None
    assert kept.value(Metric.SPEND) == 250


def test_restated_numbers_are_explained_by_what_they_are_now(stage: Stage) -> None:
    stage.shock(250)
    stage.watch()
    more = sums(spend=300, revenue=1_200, clicks=300, impressions=15_000, conversions=60)
    stage.keep([point(more, fetched_at=LATER + timedelta(minutes=5))])
    stage.watch()

    assert stage.stored(SPEND).parts[0].driver is Driver.IMPRESSIONS


def test_each_metric_is_one_anomaly(stage: Stage) -> None:
    stage.shock()
    stage.watch()

    assert {a.metric for a in stage.everything()} == {Metric.SPEND, Metric.CPC, Metric.CAC, Metric.ROAS}


def _collection(client: Client):  # type: ignore[no-untyped-def]  # noqa: ANN202 - the client's methods are untyped
    return client.collection("brands").document(BRAND.id).collection("performance_anomalies")


def _write_all(client: Client, points: list[MetricPoint]) -> None:
    batch = client.batch()
    collection = client.collection("brands").document(BRAND.id).collection("performance_metrics")
    for each in points:
        fields = metric_fields(BRAND.id, each)
        batch.set(collection.document(each.id(BRAND.id)), {name: fields[name] for name in _CONTRACTS_OWN})
    batch.commit()


def _write(client: Client, name: str, fields: dict[str, object]) -> None:
    client.collection("brands").document(BRAND.id).collection("performance_metrics").document(name).set(
        fields
    )
