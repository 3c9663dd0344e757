"""A brand that is told by incoming webhook: what cannot be edited is followed, briefly and seldom."""

from __future__ import annotations

import json

import pytest

from shared.core.anomaly import AnomalyStatus
from shared.errors import Unavailable
from tests.flows.stage import Saying, Stage

CPC = "an_metric_aurora_meta_2026-05-20T12Z_cpc"
GOOD = json.dumps({"explanation": "{metric} came to {value}.", "suggestedAction": "check_bids"})


@pytest.fixture
def hooked(stage: Stage) -> Stage:
    stage.shock()
    stage.watch()
    stage.hooked()
    return stage


def explain(stage: Stage) -> None:
    stage.explain(CPC, Saying([GOOD]))


def test_an_anomaly_is_posted_with_its_trend(hooked: Stage) -> None:
    assert hooked.notify(CPC) == ["slack"]
    assert hooked.notify(CPC) == []

    (message,) = hooked.phone.hooks.posted
    assert message.trend == "Last 24 h  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁█"
    assert message.figures
    assert hooked.phone.posted == []


def test_the_insight_follows_briefly_and_once(hooked: Stage) -> None:
    hooked.notify(CPC)
    explain(hooked)

    assert hooked.notify(CPC) == ["slack"]
    assert hooked.notify(CPC) == []
    _, follow_up = hooked.phone.hooks.posted
    assert follow_up.title.startswith("↳")
    assert follow_up.lines[0] == "CPC came to €2.50."
    assert (follow_up.figures, follow_up.trend) == ((), None)


def test_a_correction_after_the_follow_up_is_not_posted_and_the_end_is(hooked: Stage) -> None:
    hooked.notify(CPC)
    explain(hooked)
    hooked.notify(CPC)
    hooked.shock(spend=300, minutes=5)
    hooked.watch()

    assert hooked.notify(CPC) == []
    hooked.resolve_all()
    assert hooked.notify(CPC) == ["slack"]
    assert hooked.notify(CPC) == []
    assert [message.over for message in hooked.phone.hooks.posted] == [False, False, True]


def test_a_follow_up_that_does_not_get_through_is_posted_when_the_event_comes_back(hooked: Stage) -> None:
    hooked.notify(CPC)
    explain(hooked)
    hooked.phone.hooks.refuses = Unavailable("slack")
    with pytest.raises(Unavailable):
        hooked.notify(CPC)
    hooked.phone.hooks.refuses = None
    hooked.lapse()

    assert hooked.notify(CPC) == ["slack"]
    assert len(hooked.phone.hooks.posted) == 2


def test_a_bot_does_not_try_to_edit_what_a_webhook_posted(hooked: Stage) -> None:
    hooked.notify(CPC)
    hooked.reachable()
    hooked.set_status(CPC, AnomalyStatus.RESOLVED.value)

    assert hooked.notify(CPC) == ["email"]
    assert hooked.phone.edited == []


def test_a_webhook_follows_what_a_bot_posted(hooked: Stage) -> None:
    hooked.reachable()
    hooked.notify(CPC)
    hooked.hooked()
    hooked.resolve_all()

    assert hooked.notify(CPC) == ["slack"]
    (follow_up,) = hooked.phone.hooks.posted
    assert follow_up.title.startswith("↳ ✅")


def test_what_begins_again_after_its_end_is_posted_anew(hooked: Stage) -> None:
    hooked.notify(CPC)
    for minutes, spend in ((5, 100), (10, 250)):
        hooked.shock(spend, minutes)
        hooked.watch()
        assert hooked.notify(CPC) == ["slack"]
    hooked.resolve_all()
    assert hooked.notify(CPC) == ["slack"]

    posted = hooked.phone.hooks.posted
    assert [message.over for message in posted] == [False, True, False, True]
    assert posted[2].title == posted[0].title


def test_a_bot_posts_anew_what_a_webhook_posted_and_edits_it_from_then_on(hooked: Stage) -> None:
    hooked.notify(CPC)
    hooked.reachable()
    explain(hooked)
    hooked.notify(CPC)
    hooked.resolve_all()

    assert hooked.notify(CPC) == ["slack"]
    assert (len(hooked.phone.posted), len(hooked.phone.edited)) == (1, 1)
    assert hooked.phone.edited[-1].startswith("✅")
    assert len(hooked.phone.hooks.posted) == 1
