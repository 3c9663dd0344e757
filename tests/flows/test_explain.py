"""An insight's way: asked for once, checked, kept, paid for, or said in our own words for a reason."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.adapters.firestore.insights import FirestoreAllowance
from shared.core.anomaly import InsightState, Origin
from shared.core.brand import BrandId
from shared.core.insight import PROMPT_VERSION, brief
from shared.core.insight.cost import Cap, most_tokens
from shared.errors import PlatformRefused, RateLimited, Unavailable
from shared.ports import Draft, Kept
from tests.flows.stage import LATER, Saying
from tests.unit.core.points import BRAND

if TYPE_CHECKING:
    from shared.core.anomaly import Insight
    from tests.flows.stage import Stage

SPEND = "an_metric_aurora_meta_2026-05-20T12Z_spend"
GOOD = json.dumps({"explanation": "{metric} came to {value}.", "suggestedAction": "check_bids"})
LYING = json.dumps({"explanation": "{value}: spend rose by 900%.", "suggestedAction": "check_bids"})
DAY = "2026-05-21"


@pytest.fixture
def shocked(stage: Stage) -> Stage:
    stage.shock()
    stage.watch()
    return stage


def insight(stage: Stage) -> Insight:
    found = stage.stored(SPEND).insight
    assert found is not None
    return found


def forget(stage: Stage) -> None:
    """Make the anomaly wait for its insight again, as if a crash had come before it was stored."""
    document = stage.client.collection("brands").document(BRAND.id)
    document.collection("performance_anomalies").document(SPEND).update({"insightState": "pending"})


def spent(stage: Stage, day: str = DAY) -> tuple[int, int]:
    stored = stage.client.document(f"brands/{BRAND.id}/insight_costs/{day}").get()
    return stored.get("calls"), stored.get("tokens")


def test_a_good_answer_becomes_the_insight_with_its_origin(shocked: Stage) -> None:
    hashed = brief(shocked.stored(SPEND), BRAND).fact_hash

    assert shocked.explain(SPEND, Saying([GOOD])) is None

    assert insight(shocked).explanation == "Spend came to €250.00."
    assert insight(shocked).origin == Origin("gemini-made-up", PROMPT_VERSION, hashed)
    assert shocked.stored(SPEND).insight_state is InsightState.DONE


def test_an_answer_that_may_not_be_shown_is_asked_for_once_more_and_told_why(shocked: Stage) -> None:
    writer = Saying([LYING, GOOD])

    assert shocked.explain(SPEND, writer) is None
    assert writer.told == [None, "digits"]


def test_refused_twice_the_facts_are_said_in_our_own_words(shocked: Stage) -> None:
    writer = Saying([LYING])

    assert shocked.explain(SPEND, writer) == "digits"
    assert "900" not in insight(shocked).explanation
    assert insight(shocked).origin == Origin(
        None, PROMPT_VERSION, brief(shocked.stored(SPEND), BRAND).fact_hash, "digits"
    )
    assert shocked.stored(SPEND).insight_state is InsightState.FALLBACK
    assert len(writer.briefs) == 2


@pytest.mark.parametrize(
    ("answer", "reason", "calls"),
    [
        (Unavailable("gemini"), "unavailable", 2),
        (RateLimited("gemini", 60, "project"), "rate_limited", 1),
        (PlatformRefused("gemini", "credential_invalid"), "credential_invalid", 1),
        (Draft("", 10, "blocked"), "blocked", 2),
        (Draft("", 10, "unfinished"), "unfinished", 2),
        (Draft("", None, "empty"), "empty", 2),
    ],
)
def test_a_writer_that_does_not_answer_costs_no_explanation(
    shocked: Stage, answer: Draft | Exception, reason: str, calls: int
) -> None:
    writer = Saying([answer])

    assert shocked.explain(SPEND, writer) == reason
    assert insight(shocked).explanation.startswith("Spend on Meta Ads")
    assert len(writer.briefs) == calls


def test_an_outage_is_waited_out_once(shocked: Stage) -> None:
    assert shocked.explain(SPEND, Saying([Unavailable("gemini"), GOOD])) is None
    assert shocked.pauses == [1]


def test_the_same_facts_are_not_asked_for_twice(shocked: Stage) -> None:
    shocked.explain(SPEND, Saying([GOOD]))
    before = insight(shocked)
    forget(shocked)
    writer = Saying([LYING])

    assert shocked.explain(SPEND, writer) is None
    assert writer.briefs == []
    assert insight(shocked) == before


def test_a_refusal_is_remembered_as_well(shocked: Stage) -> None:
    shocked.explain(SPEND, Saying([LYING]))
    forget(shocked)
    writer = Saying([GOOD])

    assert shocked.explain(SPEND, writer) == "digits"
    assert writer.briefs == []


def test_an_outage_is_not_remembered(shocked: Stage) -> None:
    shocked.explain(SPEND, Saying([LYING, Unavailable("gemini")]))
    forget(shocked)

    assert shocked.explain(SPEND, Saying([GOOD])) is None


def test_another_model_is_asked_anew(shocked: Stage) -> None:
    shocked.explain(SPEND, Saying([GOOD]))
    forget(shocked)
    writer = Saying([GOOD], model="gemini-newer")

    shocked.explain(SPEND, writer)

    assert len(writer.briefs) == 1


def restate(stage: Stage, **fields: object) -> None:
    document = stage.client.collection("brands").document(BRAND.id)
    document.collection("performance_anomalies").document(SPEND).update(fields)


def test_other_figures_need_no_other_words(shocked: Stage) -> None:
    shocked.explain(SPEND, Saying([GOOD]))
    before = insight(shocked).origin
    forget(shocked)
    restate(shocked, valueAtDetection=260.0)
    writer = Saying([LYING])

    assert shocked.explain(SPEND, writer) is None
    assert writer.briefs == []
    assert insight(shocked).explanation == "Spend came to €260.00."
    assert insight(shocked).origin != before


def test_another_direction_is_asked_for(shocked: Stage) -> None:
    shocked.explain(SPEND, Saying([GOOD]))
    forget(shocked)
    restate(shocked, valueAtDetection=10.0, deviationPercentage=-90.0)
    writer = Saying([GOOD.replace("check_bids", "check_delivery")])

    assert shocked.explain(SPEND, writer) is None
    assert len(writer.briefs) == 1


def test_a_restatement_is_explained_with_its_own_figures(shocked: Stage) -> None:
    shocked.explain(SPEND, Saying([GOOD]))
    shocked.queue.insight.clear()

    shocked.shock(spend=280, minutes=5)
    shocked.watch()

    assert shocked.stored(SPEND).insight_state is InsightState.PENDING
    assert SPEND in shocked.queue.insight
    writer = Saying([LYING])
    assert shocked.explain(SPEND, writer) is None
    assert (insight(shocked).explanation, writer.briefs) == ("Spend came to €280.00.", [])


def test_a_stored_answer_that_was_altered_passes_no_guard(shocked: Stage) -> None:
    shocked.explain(SPEND, Saying([GOOD]))
    forget(shocked)
    given = brief(shocked.stored(SPEND), BRAND)
    shocked.drafts.keep(BRAND.id, Kept(given.draft_id, "gemini-made-up", PROMPT_VERSION, LYING, None), LATER)
    writer = Saying([GOOD])

    shocked.explain(SPEND, writer)

    assert len(writer.briefs) == 1
    assert insight(shocked).explanation == "Spend came to €250.00."


def test_calls_and_tokens_are_counted_as_they_were(shocked: Stage) -> None:
    shocked.explain(SPEND, Saying([Draft(LYING, 900), Draft(GOOD, 700)]))

    assert spent(shocked) == (2, 1600)


def test_what_a_call_cost_that_did_not_answer_stays_reserved(shocked: Stage) -> None:
    shocked.explain(SPEND, Saying([Unavailable("gemini"), Draft(GOOD, 700)]))

    assert spent(shocked) == (2, 700 + most_tokens(brief(shocked.stored(SPEND), BRAND)))


@pytest.mark.parametrize(
    ("cap", "reason"),
    [(Cap(0, 1_000_000), "daily_calls_spent"), (Cap(100, 10), "daily_tokens_spent")],
)
def test_beyond_the_days_allowance_nobody_is_asked(shocked: Stage, cap: Cap, reason: str) -> None:
    shocked.cap = cap
    writer = Saying([GOOD])

    assert shocked.explain(SPEND, writer) == reason
    assert writer.briefs == []
    assert insight(shocked).origin == Origin(
        None, PROMPT_VERSION, brief(shocked.stored(SPEND), BRAND).fact_hash, reason
    )
    assert spent(shocked) == (0, 0)


def test_the_second_question_is_counted_too(shocked: Stage) -> None:
    shocked.cap = Cap(1, 1_000_000)
    writer = Saying([LYING])

    assert shocked.explain(SPEND, writer) == "daily_calls_spent"
    assert len(writer.briefs) == 1


def test_the_next_day_begins_anew(shocked: Stage) -> None:
    allowance = FirestoreAllowance(shocked.client, Cap(1, 1_000_000))

    first = allowance.take(BRAND.id, 10, LATER)
    second = allowance.take(BRAND.id, 10, LATER)
    later = allowance.take(BRAND.id, 10, LATER + timedelta(days=1))

    assert [each.refused for each in (first, second, later)] == [None, "daily_calls_spent", None]


def test_one_brands_calls_are_not_anothers(shocked: Stage) -> None:
    allowance = FirestoreAllowance(shocked.client, Cap(1, 1_000_000))
    allowance.take(BRAND.id, 10, LATER)

    assert allowance.take(BrandId("boreal"), 10, LATER).refused is None


def test_however_many_ask_at_once_no_more_are_let_through(shocked: Stage) -> None:
    allowance = FirestoreAllowance(shocked.client, Cap(7, 1_000_000))

    with ThreadPoolExecutor(20) as pool:
        granted = list(pool.map(lambda _: allowance.take(BRAND.id, 10, LATER), range(20)))

    assert sum(each.refused is None for each in granted) == 7
    assert allowance.take(BRAND.id, 10, LATER).refused == "daily_calls_spent"
    assert spent(shocked) == (7, 70)
