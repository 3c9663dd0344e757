"""The lying model, the independent reader, and that both would notice a missing guard."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bench import adversary
from bench.insight_judge import Truth, leaks
from local.world.insider import said
from local.world.liar import FOREIGN_NAMES, TEXT_LIES
from shared.core.anomaly import Insight
from shared.core.explanation import Driver, Part
from shared.core.insight import brief, unlocking
from shared.core.insight.rendering import filled
from shared.core.metric import Source
from tests.unit.core.anomalies import raised_anomaly
from tests.unit.core.insight.given import FALLING
from tests.unit.core.points import BRAND
from tests.world import running_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.core.insight import Brief

PARTS = (Part(Source.META, Driver.CPC, 1.75, 1.0, 2.5), Part(Source.META, Driver.CTR, -0.25, 0.02, 0.03))
FALLEN_PARTS = (
    Part(Source.META, Driver.CPC, -0.75, 1.0, 0.25),
    Part(Source.META, Driver.CTR, 0.25, 0.02, 0.03),
)
ROSE = Truth(replace(raised_anomaly(), parts=PARTS), BRAND)
FELL = Truth(raised_anomaly(verdict=FALLING), BRAND)
IN_BRAZIL = Truth(replace(raised_anomaly(), currency="BRL"), replace(BRAND, locale="pt-BR", currency="BRL"))


@pytest.fixture(scope="module")
def world() -> Iterator[str]:
    with running_world() as url:
        yield url


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_the_model_answers_people_read_what_is_true_or_our_own_words(world: str, seed: int) -> None:
    counts = adversary.run(150, seed, world)

    assert counts.pop("insider_shown") > 10
    assert counts == {
        "adversarial_cases": 150,
        "insight_leaks": 0,
        "fallbacks": 150,
        "insider_cases": 150,
        "honest_cases": 30,
        "honest_shown": 30,
        "most_calls": 2,
    }


def test_cases_are_the_same_for_a_seed_and_of_every_kind() -> None:
    cases = list(adversary.made(400, 7))

    assert [case.mode for case in cases] == [case.mode for case in adversary.made(400, 7)]
    assert set(TEXT_LIES) | {"hang", "nonsense", "429", None} <= {case.mode for case in cases}
    assert {case.truth.brand.locale for case in cases} == {"pt-BR", "en"}


def test_without_the_guards_the_reader_finds_the_lies(world: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def let_through(template: str, given: Brief) -> str:
        return re.sub(r"\{([^{}]*)\}", lambda m: m[0] if m[1] in given.texts else m[1], template)

    monkeypatch.setattr(unlocking, "check", let_through)

    counts = adversary.run(100, 7, world)

    assert counts["insight_leaks"] > 40
    assert counts["fallbacks"] < counts["adversarial_cases"]


@pytest.mark.parametrize("locale", ["pt-BR", "en"])
def test_whatever_may_be_said_the_reader_finds_true(locale: str) -> None:
    chance = random.Random(locale)
    for anomaly in (ROSE.anomaly, replace(FELL.anomaly, parts=FALLEN_PARTS)):
        truth = Truth(anomaly, replace(BRAND, locale=locale))
        given = brief(anomaly, truth.brand)
        for _ in range(500):
            text = filled(said(given.grammar, chance), given.texts)
            assert leaks(Insight(text, "Check the tags."), truth, FOREIGN_NAMES) == [], text


TRUE = [
    (ROSE, "On Meta Ads, CPC came to €2.50 (May 20, 2026, 2:00 PM), 150% above the expected €1.00."),
    (ROSE, "CPC rose from €1.00 to €2.50. CTR on Meta Ads (−€0.25) reduced it."),
    (FELL, "CPC fell to €0.50, 50% below the expected €1.00."),
    (IN_BRAZIL, "CPC em Meta Ads (20 de mai. de 2026, 14:00): R$ 2,50, 150% acima do esperado (R$ 1,00)."),
]
UNTRUE = [
    (ROSE, "CPC came to €2.51.", "unknown number"),
    (ROSE, "CPC came to €2.50, 15% above.", "unknown number"),
    (ROSE, "CPC came to €2.50€1.00, up 1502.50.", "unknown number"),
    (ROSE, "CPC came to -€2.50.", "minus"),
    (ROSE, "CPC came to ٢.", "strange character"),
    (ROSE, "CPC came to ½.", "strange character"),
    (ROSE, "CPC is аbove €1.00.", "strange character"),
    (ROSE, "CPC is \u202eabove €1.00.", "strange character"),
    (ROSE, "CPC is twice the expected €1.00.", "number in words"),
    (IN_BRAZIL, "CPC é o DOBRO do esperado.", "number in words"),
    (ROSE, "CPC fell to €2.50.", "direction"),
    (FELL, "CPC rose to €0.50.", "direction"),
    (ROSE, "CTR on Meta Ads (−€0.25) rose.", "direction"),
    (ROSE, "CPC did not change: €2.50.", "negation"),
    (ROSE, "CPC came to €1.00, above the expected €2.50.", "another's place"),
    (ROSE, "CPC rose by €2.50.", "another's place"),
    (ROSE, "CPC and ROAS rose.", "foreign name"),
    (ROSE, "CPC on Google Ads rose.", "foreign name"),
    (ROSE, "CPC at boreal rose.", "foreign name"),
    (ROSE, "CPC €2.50, see evil.example", "link"),
    (ROSE, "CPC €2.50 <b>up</b>", "link"),
    (ROSE, "CPC [up](x)", "link"),
    (ROSE, "", "empty"),
    (ROSE, "CPC came to €2.50, within the usual range of €1.00.", "as expected"),
    (ROSE, "CPC came to €2.50, as expected: €1.00.", "as expected"),
    (ROSE, "CPC reached the expected €1.00. CPC came to €2.50.", "as expected"),
    (IN_BRAZIL, "CPC ficou em R$ 2,50, dentro da faixa normal de R$ 1,00.", "as expected"),
    (ROSE, "€2.50 is the expected €1.00.", "called the expected"),
    (IN_BRAZIL, "R$ 2,50 é o esperado: R$ 1,00.", "called the expected"),
    (ROSE, "CPC: €2.50 and €1.00.", "not compared"),
    (ROSE, "The campaign ended. CPC came to €2.50.", "nothing bears out: ended"),
    (ROSE, "The ads changed, so CPC came to €2.50.", "nothing bears out: so"),
    (IN_BRAZIL, "A campanha saiu. CPC ficou em R$ 2,50.", "nothing bears out: saiu"),
    (ROSE, "The change was driven by CPC on Meta Ads (+€1.75).", "nothing bears out: driven"),
    (ROSE, "CPC is still at €2.50.", "nothing bears out: still"),
    (ROSE, "The main part: CTR on Meta Ads (−€0.25).", "main part"),
    (ROSE, "CTR on Meta Ads (−€0.25) contributed to the deviation.", "said to carry"),
    (ROSE, "CPC on Meta Ads (+€1.75) worked against the deviation.", "work against"),
    (ROSE, "CPC on Meta Ads (+€1.75) rose.", "own movement"),
]


@pytest.mark.parametrize(("truth", "text"), TRUE)
def test_what_is_true_is_no_leak(truth: Truth, text: str) -> None:
    assert leaks(Insight(text, "Check the tags."), truth, FOREIGN_NAMES) == []


@pytest.mark.parametrize(("truth", "text", "found"), UNTRUE)
def test_the_reader_finds_each_kind_of_untruth(truth: Truth, text: str, found: str) -> None:
    assert any(found in each for each in leaks(Insight(text, "Check the tags."), truth, FOREIGN_NAMES))


@pytest.mark.parametrize("action", ["Add 5 tags.", "See https://evil.example.", ""])
def test_the_action_is_read_too(action: str) -> None:
    assert leaks(Insight("CPC came to €2.50.", action), ROSE, FOREIGN_NAMES)
