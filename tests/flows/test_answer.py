"""What a person answers in the browser reaches what people were told, and nothing else does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.flows.stage import Stage

CPC = "an_metric_aurora_meta_2026-05-20T12Z_cpc"


@pytest.fixture
def told(stage: Stage) -> Stage:
    """A critical incident that people were told of."""
    stage.reachable()
    stage.shock()
    stage.watch()
    work(stage)
    assert len(stage.phone.posted) == 1
    return stage


def work(stage: Stage) -> None:
    """Do what was asked of the notify door."""
    for asked in stage.queue.notify:
        stage.notify(asked)
    stage.queue.notify.clear()


@pytest.mark.parametrize(("word", "mark"), [("resolved", "✅"), ("ignored", "🔕")])
def test_what_a_person_is_done_with_ends_on_slack_too(told: Stage, word: str, mark: str) -> None:
    for each in told.everything():
        told.set_status(each.id, word)
        told.pass_on(each.id)

    work(told)

    (edited,) = told.phone.edited
    assert edited.startswith(mark)
    assert len(told.phone.posted) == len(told.phone.mailed) == 1


def test_whoever_takes_it_back_finds_it_open_on_slack_again(told: Stage) -> None:
    told.resolve_all()
    told.pass_on(CPC)
    work(told)

    told.set_status(CPC, "investigating")
    told.pass_on(CPC)
    work(told)

    assert told.phone.edited[-1] == told.phone.posted[0]


def test_what_is_put_off_is_still_open_and_says_nothing_new(told: Stage) -> None:
    told.set_status(CPC, "investigating", told.clock.at + timedelta(hours=6))

    assert told.pass_on(CPC)
    work(told)

    assert told.phone.edited == []
    assert len(told.phone.posted) == 1


def test_the_sentrys_own_word_is_passed_on_by_the_sentry_alone(told: Stage) -> None:
    assert not told.pass_on(CPC), "new"
    told.shock(100, minutes=5)
    told.watch()
    assert told.stored(CPC).resolved_by == "machine"
    told.queue.notify.clear()

    assert not told.pass_on(CPC)
    assert told.queue.notify == []


def test_an_answer_to_nothing_is_passed_on_to_nobody(told: Stage) -> None:
    assert not told.pass_on("an_metric_aurora_meta_2026-05-20T11Z_cpc")
    assert told.queue.notify == []
