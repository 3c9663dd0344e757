from __future__ import annotations

import json
from dataclasses import replace

import pytest

from shared.core.insight import Brief, InsightRefused, brief, fallback, unlock
from shared.core.metric import Metric
from tests.unit.core.anomalies import VERDICT, raised_anomaly
from tests.unit.core.insight.given import rising
from tests.unit.core.points import BRAND

GIVEN = brief(raised_anomaly(), BRAND)
GOOD = "{metric} on {source} came to {value}, {deviation} above the expected {expected}."
BRAZIL = replace(BRAND, locale="pt-BR", currency="BRL")


def answer(explanation: object = GOOD, action: object = "check_bids", **more: object) -> str:
    return json.dumps({"explanation": explanation, "suggestedAction": action, **more})


def test_placeholders_become_the_datas_own_figures() -> None:
    insight = unlock(answer(), GIVEN)

    assert insight.explanation == "CPC on Meta Ads came to €2.50, 150% above the expected €1.00."
    assert (
        insight.suggested_action
        == "Check whether bids, budget or audience changed, and cap the cost per click."
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("not json", "not_json"),
        ("[" * 100_000, "not_json"),
        ("[]", "wrong_shape"),
        (answer(more="field"), "wrong_shape"),
        (answer(["a"]), "wrong_shape"),
        (answer(None), "wrong_shape"),
        ('{"explanation": "{value}"}', "wrong_shape"),
        (answer(action="sell_everything"), "unlisted_action"),
        (answer("{value} and {revenue}"), "unknown_fact"),
        (answer("There was a deviation."), "sentence"),
        (answer("{metric} was above expected."), "cites_no_figure"),
        (answer("{value}, up 40%."), "digits"),
        (answer("{value}, up ٤٠."), "digits"),
        (answer("{value}, up ½."), "digits"),
        (answer("{value}, up Ⅷ."), "digits"),
        (answer("{value} see https://evil.example"), "markup"),
        (answer("{value} see www.evil.example"), "markup"),
        (answer("{value} <b>now</b>"), "markup"),
        (answer("{value} ask boss@example"), "markup"),
        (answer("{value} {"), "characters"),
        (answer("{value}\u202e reversed"), "characters"),
        (answer("{value}\n\nnew line"), "characters"),
        (answer("{value} " + "long " * 500), "length"),
        (answer("{metric} on {source} ({when}): {value}. " * 14), "length"),
        (answer("{value} see evil.example"), "glued"),
        (answer("{value} [click](javascript:alert)"), "markup"),
        (answer("{value} mailto:boss"), "markup"),
    ],
)
def test_what_may_not_be_shown_is_refused_by_the_lock_it_meets(text: str, reason: str) -> None:
    with pytest.raises(InsightRefused) as caught:
        unlock(text, GIVEN)

    assert caught.value.reason == reason


def test_our_own_words_say_the_same_facts_in_english() -> None:
    said = fallback(GIVEN).explanation

    assert said.startswith("CPC on Meta Ads (May 20, 2026, 2:00")
    assert said.endswith("€2.50, 150% above the expected €1.00.")


def test_our_own_words_say_the_same_facts_in_portuguese() -> None:
    falling = replace(VERDICT, value=0.5, deviation_percent=-50.0)
    anomaly = replace(raised_anomaly(verdict=falling), currency="BRL")

    said = fallback(brief(anomaly, BRAZIL)).explanation.replace("\xa0", " ")

    assert said == "CPC em Meta Ads (20 de mai. de 2026, 14:00): R$ 0,50, 50% abaixo do esperado (R$ 1,00)."


@pytest.mark.parametrize(
    ("locale", "said"),
    [("en", " The main part: CPC on Meta Ads (+€1.75)."), ("pt-BR", "CPC em Meta Ads (+R$ 1,75).")],
)
def test_our_own_words_name_the_leading_part_where_it_is_known(locale: str, said: str) -> None:
    assert fallback(rising(locale, parts=True)).explanation.replace("\xa0", " ").endswith(said)


def test_every_sentence_begins_with_a_capital_letter() -> None:
    said = unlock(answer("{metric} came to {value}. the deviation was {deviation}."), spend()).explanation

    assert said == "Spend came to €2.50. The deviation was 150%."


def spend() -> Brief:
    return brief(raised_anomaly(verdict=replace(VERDICT, metric=Metric.SPEND)), BRAND)
