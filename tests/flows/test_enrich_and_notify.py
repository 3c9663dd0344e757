from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from shared.core.anomaly import InsightState
from shared.core.sentry.settings import SentrySettings
from shared.core.wire.config import settings_fields
from shared.errors import Contended, PlatformRefused, Unavailable
from shared.flows.notify import notify
from tests.flows.stage import Saying
from tests.unit.core.points import BRAND, ROME

if TYPE_CHECKING:
    from tests.flows.stage import Stage

CPC = "an_metric_aurora_meta_2026-05-20T12Z_cpc"
INCIDENT = "inc_meta.bought_2026-05-20T12Z"
GOOD = json.dumps({"explanation": "{metric} came to {value}.", "suggestedAction": "check_bids"})
LYING = json.dumps({"explanation": "{value}: spend rose by 900%.", "suggestedAction": "check_bids"})


@pytest.fixture
def shocked(stage: Stage) -> Stage:
    stage.shock()
    stage.watch()
    stage.reachable()
    stage.queue.notify.clear()
    return stage


def explain(stage: Stage, writer: Saying) -> str | None:
    return stage.explain(CPC, writer)


def test_an_explained_anomaly_is_told(shocked: Stage) -> None:
    assert explain(shocked, Saying([GOOD])) is None

    assert shocked.stored(CPC).insight_state is InsightState.DONE
    assert shocked.queue.notify == [CPC]


def test_a_redelivered_request_asks_nobody(shocked: Stage) -> None:
    explain(shocked, Saying([GOOD]))
    writer = Saying([LYING])

    explain(shocked, writer)

    assert writer.briefs == []


def test_whoever_explained_it_may_die_before_asking_that_it_be_told(shocked: Stage) -> None:
    shocked.queue.broken = True
    with pytest.raises(ConnectionError):
        explain(shocked, Saying([GOOD]))
    shocked.queue.broken = False

    explain(shocked, Saying([GOOD]))

    assert shocked.queue.notify == [CPC]


def test_an_end_is_told_though_whoever_found_it_died_before_asking(shocked: Stage) -> None:
    for each in shocked.everything():
        shocked.explain(each.id, Saying([GOOD]))
    shocked.notify(CPC)
    shocked.queue.notify.clear()
    shocked.shock(spend=100, minutes=5)
    shocked.queue.broken = True
    with pytest.raises(ConnectionError):
        shocked.watch()
    shocked.queue.broken = False

    shocked.watch()

    assert [shocked.notify(each) for each in shocked.queue.notify] == [["slack"]]
    assert shocked.phone.edited[-1].startswith("✅")


def test_each_channel_is_told_once(shocked: Stage) -> None:
    assert shocked.notify(CPC) == ["slack", "email"]
    assert shocked.notify(CPC) == []
    assert (len(shocked.phone.posted), len(shocked.phone.mailed)) == (1, 1)


def test_the_insight_edits_the_slack_message_and_sends_no_second_mail(shocked: Stage) -> None:
    shocked.notify(CPC)
    explain(shocked, Saying([GOOD]))

    assert shocked.notify(CPC) == ["slack"]
    assert (len(shocked.phone.posted), len(shocked.phone.edited), len(shocked.phone.mailed)) == (1, 1, 1)


def test_a_channel_that_refuses_does_not_silence_the_other(shocked: Stage) -> None:
    shocked.phone.refuses = PlatformRefused("slack", "invalid_auth")

    with pytest.raises(PlatformRefused, match="invalid_auth"):
        shocked.notify(CPC)

    assert len(shocked.phone.mailed) == 1


def test_a_sender_at_work_is_waited_for_and_a_dead_one_replaced(shocked: Stage) -> None:
    shocked.deliveries.claim(BRAND.id, INCIDENT, "slack", shocked.clock.now())

    with pytest.raises(Contended):
        shocked.notify(CPC)
    shocked.clock.at += timedelta(minutes=2)

    assert shocked.notify(CPC) == ["slack"]


def test_a_brand_that_wants_no_channel_is_left_in_peace(shocked: Stage) -> None:
    document = shocked.client.collection("brands").document(BRAND.id)
    quiet = settings_fields(SentrySettings(channels=("dashboard",)))
    document.collection("performance_configs").document("main").update(quiet)

    assert shocked.notify(CPC) == []
    assert shocked.phone == type(shocked.phone)()


def test_all_metrics_of_an_incident_are_one_message(shocked: Stage) -> None:
    for each in shocked.everything():
        shocked.notify(each.id)

    (message,) = shocked.phone.letters
    assert message.title == "🔴 Aurora · Meta Ads: CPC 150% above expectation"
    assert message.lines[-1] == "Also off: Meta Ads: spend, ROAS, CAC"
    assert len(shocked.phone.mailed) == 1


def test_the_message_says_when_all_of_it_is_over_and_not_before(shocked: Stage) -> None:
    shocked.notify(CPC)
    shocked.set_status(CPC, "resolved")
    shocked.notify(CPC)
    shocked.resolve_all()

    assert shocked.notify(CPC) == ["slack"]
    assert [title.startswith("✅") for title in shocked.phone.edited] == [False] * (
        len(shocked.phone.edited) - 1
    ) + [True]
    assert len(shocked.phone.mailed) == 1


def test_an_incident_that_turns_out_to_have_begun_earlier_is_not_told_again(shocked: Stage) -> None:
    shocked.notify(CPC)
    for known in shocked.anomalies.members(BRAND, INCIDENT):
        earlier = replace(known, incident="inc_meta.bought_2026-05-20T09Z")
        shocked.anomalies.correct(shocked.anomalies.get(BRAND, [known.id])[known.id], earlier)

    assert shocked.notify(CPC) == []
    assert len(shocked.phone.mailed) == 1


def test_good_news_is_not_pushed(stage: Stage) -> None:
    stage.reachable()
    stage.shock(spend=40)
    stage.watch()
    info = next(a.id for a in stage.everything() if a.severity.value == "info")

    assert stage.notify(info) == []


def test_a_channel_may_ask_to_hear_of_critical_anomalies_alone(stage: Stage) -> None:
    stage.reachable()
    quieter = replace(stage.brands.notifications(BRAND.id), critical_only=frozenset({"slack"}))
    stage.brands.tell_at(BRAND.id, quieter)
    stage.shock(spend=145)
    stage.watch()
    stage.mornings.add([BRAND], stage.clock.at)
    stage.clock.at = nine = datetime(2026, 5, 21, 9, 20, tzinfo=ROME)

    assert stage.digest(nine.date()) == ["email"]
    stage.shock(spend=400, minutes=5)
    stage.watch()
    assert stage.stored(CPC).severity.value == "critical"
    assert stage.notify(CPC) == ["slack", "email"]


@pytest.mark.parametrize("error", [Unavailable("slack"), PlatformRefused("slack", "invalid_blocks")])
def test_where_nobody_heard_of_it_nobody_hears_of_its_end(shocked: Stage, error: Exception) -> None:
    shocked.phone.refuses = error
    with pytest.raises(type(error)):
        shocked.notify(CPC)
    shocked.phone.refuses = None
    shocked.shock(spend=100, minutes=5)
    shocked.watch()

    assert shocked.notify(CPC) == []
    assert shocked.phone.posted == []


def test_who_died_while_sending_may_have_been_heard(shocked: Stage) -> None:
    shocked.deliveries.claim(BRAND.id, INCIDENT, "slack", shocked.clock.now())
    shocked.lapse()
    shocked.phone.refuses = Unavailable("slack")
    with pytest.raises(Unavailable):
        shocked.notify(CPC)
    shocked.phone.refuses = None
    shocked.lapse()
    shocked.resolve_all()

    assert shocked.notify(CPC) == ["slack"]


def test_a_slow_sender_comes_back_when_a_newer_word_was_told_meanwhile(shocked: Stage) -> None:
    shocked.notify(CPC)
    explain(shocked, Saying([GOOD]))
    post = shocked.post
    slow = replace(post, clock=Slow(shocked))

    with pytest.raises(Contended):
        notify(BRAND.id, CPC, anomalies=shocked.anomalies, post=slow)
    assert not shocked.phone.edited[-1].startswith("✅")

    assert shocked.notify(CPC) == ["slack"]
    assert shocked.phone.edited[-1].startswith("✅")


@dataclass
class Slow:
    """Before it looks at the clock, a person resolves everything, and another sender says so."""

    stage: Stage
    looked: bool = False

    def now(self) -> datetime:
        if not self.looked:
            self.looked = True
            self.stage.resolve_all()
            self.stage.notify(CPC)
        return self.stage.clock.now()


def test_an_incident_that_was_told_by_two_subjects_ends_on_both(stage: Stage) -> None:
    """The first hour is taken back, so the second begins an incident; then the first is off again."""
    stage.reachable()
    for later, spend, minutes in ((0, 250, 0), (1, 250, 0), (0, 100, 5), (0, 250, 10)):
        stage.shock(spend, minutes, later=later)
        stage.watch(later=later)
        stage.watch(later=1)
        told(stage)
    assert len(stage.phone.posted) == 2
    stage.resolve_all()
    before = len(stage.phone.edited)

    assert stage.notify(stage.everything()[0].id) == ["slack"]
    assert [title.startswith("✅") for title in stage.phone.edited[before:]] == [True, True]


def told(stage: Stage) -> None:
    asked, stage.queue.notify = stage.queue.notify, []
    for each in asked:
        stage.notify(each)
