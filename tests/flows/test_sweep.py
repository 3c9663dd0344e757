"""What a crash or an outage left undone is asked for again; where nothing is left, nothing happens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from shared.adapters.firestore import anomalies as anomalies_adapter
from shared.core.anomaly import InsightState
from shared.core.sweep import GRACE, PAST
from shared.errors import Unavailable
from shared.flows import sweep as sweep_flow
from shared.flows.sweep import sweep
from tests.flows.stage import LATER, Saying
from tests.unit.core.points import BRAND

if TYPE_CHECKING:
    from tests.flows.stage import Stage

CPC = "an_metric_aurora_meta_2026-05-20T12Z_cpc"
FULL, FIFTH = LATER.replace(minute=0), LATER.replace(minute=5)
SOON = timedelta(minutes=15)


@pytest.fixture
def shocked(stage: Stage) -> Stage:
    """A critical incident whose messages to other doors were lost, all of them."""
    stage.reachable()
    stage.queue.broken = True
    stage.shock()
    with pytest.raises(ConnectionError):
        stage.watch()
    stage.queue.broken = False
    return stage


def run(stage: Stage, slot: datetime = FIFTH) -> int:
    return sweep(
        slot,
        brands=stage.brands,
        anomalies=stage.anomalies,
        deliveries=stage.deliveries,
        mornings=stage.mornings,
        queue=stage.queue,
        now=stage.clock.now(),
    )


def work(stage: Stage) -> None:
    """Do what was asked for until nothing is left."""
    while stage.queue.insight or stage.queue.notify:
        insight, stage.queue.insight = stage.queue.insight, []
        for each in insight:
            stage.explain(each, Saying([Unavailable("gemini", "away")]))
        notify, stage.queue.notify = stage.queue.notify, []
        for each in notify:
            stage.notify(each)


def test_lost_messages_are_sent_again_and_people_hear_of_it(shocked: Stage) -> None:
    shocked.clock.at += SOON

    assert run(shocked) > 0
    work(shocked)

    assert {each.insight_state for each in shocked.everything()} == {InsightState.FALLBACK}
    assert len(shocked.phone.posted) == len(shocked.phone.mailed) == 1


def test_what_was_explained_but_never_told_is_told(shocked: Stage) -> None:
    for each in shocked.everything():
        shocked.explain(each.id, Saying([Unavailable("gemini", "away")]))
    shocked.queue.notify.clear()  # lost
    shocked.clock.at += SOON

    assert run(shocked) == 1
    work(shocked)

    assert len(shocked.phone.posted) == 1


def test_a_channel_that_was_away_hears_of_it_after_all(shocked: Stage) -> None:
    shocked.clock.at += SOON
    run(shocked)
    shocked.phone.refuses = Unavailable("slack", "down")
    with pytest.raises(Unavailable):
        work(shocked)
    shocked.phone.refuses = None
    shocked.queue.notify.clear()
    for each in shocked.everything():
        shocked.explain(each.id, Saying([Unavailable("gemini", "away")]))
    shocked.queue.notify.clear()
    shocked.clock.at += timedelta(hours=2)

    assert run(shocked, FULL) == 1
    work(shocked)

    assert len(shocked.phone.posted) == len(shocked.phone.mailed) == 1


def test_a_sender_that_died_before_marking_is_followed_by_another(shocked: Stage) -> None:
    for each in shocked.everything():
        shocked.explain(each.id, Saying([Unavailable("gemini", "away")]))
    (asked, *_), shocked.queue.notify = shocked.queue.notify, []
    incident = shocked.stored(asked).incident
    for channel in ("slack", "email"):
        shocked.deliveries.claim(BRAND.id, incident, channel, shocked.clock.at)
    shocked.clock.at += timedelta(hours=2)

    assert run(shocked) == 1
    work(shocked)

    assert len(shocked.phone.posted) == len(shocked.phone.mailed) == 1


def test_who_can_be_told_nowhere_is_not_asked_for(stage: Stage) -> None:
    stage.shock()
    stage.watch()
    for each in stage.everything():
        stage.explain(each.id, Saying([Unavailable("gemini", "away")]))
    stage.clock.at += SOON

    assert run(stage, FULL) == 0


def test_where_nothing_is_left_nobody_is_asked(shocked: Stage) -> None:
    shocked.clock.at += SOON
    run(shocked)
    work(shocked)
    before = shocked.queue.flushes

    assert [run(shocked, slot) for slot in (FIFTH, FULL)] == [0, 0]
    shocked.clock.at += timedelta(hours=1)
    assert [run(shocked, slot) for slot in (FIFTH, FULL)] == [0, 0]
    assert shocked.queue.flushes == before
    assert len(shocked.phone.posted) == 1


def test_what_is_still_on_its_way_is_waited_for(shocked: Stage) -> None:
    shocked.clock.at += GRACE - timedelta(seconds=1)

    assert run(shocked, FULL) == 0


def test_after_an_hour_it_is_asked_for_each_full_hour_and_after_three_days_no_more(shocked: Stage) -> None:
    shocked.clock.at += timedelta(hours=2)
    assert run(shocked, FIFTH) == 0
    assert run(shocked, FULL) > 0

    shocked.clock.at = LATER + PAST + timedelta(minutes=1)
    assert run(shocked, FULL) == 0


def test_what_people_are_done_with_is_left_alone(shocked: Stage) -> None:
    shocked.resolve_all()
    shocked.clock.at += SOON

    assert run(shocked, FULL) == 0


def test_two_sweeps_at_once_tell_people_once(shocked: Stage) -> None:
    shocked.clock.at += SOON
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: run(shocked), range(2)))
    work(shocked)

    assert min(done) > 0
    assert len(shocked.phone.posted) == len(shocked.phone.mailed) == 1


def test_a_run_reads_so_much_and_no_more_and_the_next_one_goes_on(
    shocked: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anomalies_adapter, "_PAGE", 1)
    monkeypatch.setattr(sweep_flow, "_MOST_PAGES", 2)
    shocked.clock.at += SOON
    waiting = len(shocked.everything())
    assert waiting > 2

    for left in range(waiting, 0, -2):
        run(shocked)
        assert len(shocked.queue.insight) == min(2, left)
        work(shocked)

    assert all(each.insight_state is InsightState.FALLBACK for each in shocked.everything())


def test_documents_of_nobodys_brand_are_passed_over(shocked: Stage) -> None:
    stored = shocked.client.collection("brands").document(BRAND.id).collection("performance_anomalies")
    fields = stored.document(CPC).get().to_dict()
    assert fields is not None
    shocked.client.collection("archive").document("x").collection("performance_anomalies").add(fields)
    shocked.clock.at += SOON

    run(shocked)

    assert set(shocked.queue.insight) == {each.id for each in shocked.everything()}
