"""Each guard by itself: what it lets pass, what it refuses, and that nothing gets around all of them."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.core.insight.guards import InsightRefused, check
from shared.core.insight.rendering import filled, our_words
from shared.core.insight.vocabulary import NUMERALS, VOCABULARIES
from tests.unit.core.insight.given import falling, rising

if TYPE_CHECKING:
    from shared.core.insight import Brief

UP, DOWN, ALTA, QUEDA = rising(), falling(), rising("pt-BR"), falling("pt-BR")
WITH_PARTS, COM_PARTES = rising(parts=True), rising("pt-BR", parts=True)

FINE = [
    (UP, "On {source}, {metric} came to {value} ({when}), {deviation} above the expected {expected}."),
    (UP, "The measured value was {value}, above the expected {expected}."),
    (UP, "{metric} CAME TO {value}; the deviation was {deviation}."),
    (UP, "{metric} on {source} was {deviation} higher than expected. {expected} was expected."),
    (UP, "{value} is above the expected level ({expected})."),
    (UP, "{metric} stood at {value} ({deviation} more than the expected level of {expected})."),
    (UP, "There was a deviation of {deviation} from what was expected ({expected})."),
    (DOWN, "{metric} came to {value}, where {expected} was expected."),
    (
        DOWN,
        "{metric} deviated by {deviation} from the expected {expected}. {value} was measured on {source}.",
    ),
    (ALTA, "Em {source}, {metric} ficou em {value} ({when}), {deviation} acima do esperado ({expected})."),
    (ALTA, "O valor medido foi {value}, acima do esperado, que era {expected}."),
    (ALTA, "{metric} chegou a {value} ante o esperado de {expected}."),
    (COM_PARTES, "{meta.ctr} pesou contra o desvio. {metric} marcou {value}."),
    (QUEDA, "{metric} ficou {deviation} abaixo do esperado. O valor foi {value}, frente ao esperado."),
    (
        WITH_PARTS,
        "{metric} came to {value}. The main part was {meta.cpc}. {meta.ctr} worked against the deviation.",
    ),
    (WITH_PARTS, "{google.cpc} and {meta.cpc} contributed to the deviation."),
    (WITH_PARTS, "Also of note: {meta.cpc}, {meta.ctr} and {google.cpc}."),
    (
        COM_PARTES,
        "A parte principal do desvio foi {meta.cpc}. {value} foi o valor medido.",
    ),
]

REFUSED = [
    # digits
    (UP, "{value}, up 4 above {expected}.", "digits"),
    (UP, "{value} \u00b9 above {expected}.", "digits"),
    (UP, "{value} above \u0969.", "digits"),
    (UP, "{value} above \u5341.", "digits"),
    # characters
    (UP, "{value} is up!", "characters"),
    (UP, "{value} \u2013 up.", "characters"),
    (UP, "{value} ab\u043eve {expected}.", "characters"),
    (UP, "{value} ab\u200bove {expected}.", "characters"),
    (UP, "{value}\xa0up.", "characters"),
    (UP, "{value} is 'up'.", "characters"),
    # facts and places
    (UP, "{value} above {f3}.", "unknown_fact"),
    (UP, "{value} above {boreal.value}.", "unknown_fact"),
    (UP, "{value}{expected}.", "glued"),
    (UP, "{value}.{expected}.", "glued"),
    (UP, "{value},{expected}.", "glued"),
    (UP, "{value} {deviation} up.", "glued"),
    (UP, "{value}up.", "glued"),
    # words
    (UP, "{value} is half of {expected}.", "spelled_number"),
    (UP, "{value} is TWICE {expected}.", "spelled_number"),
    (ALTA, "{value} \u00e9 o dobro.", "spelled_number"),
    (ALTA, "Um aumento: {value}.", "spelled_number"),
    (ALTA, "{value} acima em vinte por cento.", "spelled_number"),
    (UP, "{value} is above that of Boreal.", "vocabulary"),
    (UP, "{value} is not above {expected}.", "vocabulary"),
    (UP, "{value} because of clicks.", "vocabulary"),
    (UP, "{value} ficou acima.", "vocabulary"),
    (ALTA, "{value} rose.", "vocabulary"),
    (UP, "{value} see evil dot example.", "vocabulary"),
    (UP, "{value} is within {expected}.", "vocabulary"),
    (ALTA, "{metric} atingiu {value}.", "vocabulary"),
    # a figure in every text
    (UP, "{metric} was above the expected level on {source}.", "cites_no_figure"),
    (UP, "", "cites_no_figure"),
    (UP, "{value} is above expected..", "glued"),
    # direction
    (UP, "{metric} was below the expected {expected}.", "direction"),
    (UP, "{value} is above and below the expected {expected}.", "direction"),
    (DOWN, "{metric} was higher than the expected {expected}.", "direction"),
    (DOWN, "{value} is below expected. On {source}, {metric} was above expected.", "direction"),
    (ALTA, "{metric} ficou ABAIXO do esperado: {value}.", "direction"),
    (QUEDA, "{value}, acima do esperado ({expected}).", "direction"),
    # sentences
    (UP, "{value} is above expected. There was a deviation.", "sentence"),
    (UP, "{metric} came to {expected}, above the expected {value}.", "sentence"),
    (UP, "{metric} came to {expected}.", "sentence"),
    (UP, "{metric} was above the expected level: {value}.", "sentence"),
    (UP, "{metric} from {expected} to {value}.", "sentence"),
    (UP, "{value} is above {deviation}.", "sentence"),
    (UP, "{metric} came to {deviation}.", "sentence"),
    (UP, "{value} was expected.", "sentence"),
    (UP, "{value} is the expected {expected}.", "sentence"),
    (UP, "{metric} was at the expected level: {value}.", "sentence"),
    (UP, "The expected value was {value}.", "sentence"),
    (UP, "The deviation was {value}.", "sentence"),
    (UP, "{source} was above the expected {expected}.", "sentence"),
    (UP, "{metric} came to {value} on {when}.", "sentence"),
    (UP, "{metric} came to {value}, and {metric} was above expected.", "sentence"),
    (ALTA, "O esperado era {value}.", "sentence"),
    (ALTA, "{metric} ficou em {expected}, acima do esperado, que era {value}.", "sentence"),
    (ALTA, "{metric} ficou no n\u00edvel esperado: {value}.", "vocabulary"),
    (QUEDA, "O desvio foi de {expected}.", "sentence"),
    # parts
    (WITH_PARTS, "{value} is above the expected {meta.cpc}.", "sentence"),
    (WITH_PARTS, "{meta.cpc} was above the expected {expected}.", "sentence"),
    (WITH_PARTS, "The main part was {google.cpc}.", "sentence"),
    (WITH_PARTS, "The main part was {meta.cpc} and {google.cpc}.", "sentence"),
    (WITH_PARTS, "{meta.ctr} contributed to the deviation.", "sentence"),
    (WITH_PARTS, "{meta.cpc} and {meta.ctr} contributed to the deviation.", "sentence"),
    (WITH_PARTS, "{meta.cpc} worked against the deviation.", "sentence"),
    (WITH_PARTS, "{meta.cpc} and {meta.cpc} contributed to the deviation.", "sentence"),
    (COM_PARTES, "{meta.ctr} contribuiu para o desvio.", "sentence"),
    (UP, "The main part was {value}.", "sentence"),
    # length
    (UP, "{value} is up. " * 200, "length"),
]


UNFOUNDED = [
    (UP, "{metric} came to {value}, within the usual range of {expected}."),
    (UP, "{metric} came to {value}, as expected: {expected}."),
    (UP, "{value} is the expected {expected}."),
    (UP, "{metric} reached the expected {expected}. {metric} came to {value}."),
    (UP, "The campaign ended ({when}). {metric} came to {value}."),
    (UP, "The ads on {source} changed, so {metric} came to {value}."),
    (WITH_PARTS, "The change was driven by {meta.ctr}. {metric} came to {value}."),
    (WITH_PARTS, "{metric} came to {value}. {meta.ctr} explains it."),
    (WITH_PARTS, "{metric} came to {value}. {meta.ctr} rose."),
    (UP, "{metric} rose from {expected} to {value}."),
    (UP, "{metric} is still at {value}."),
    (UP, "{metric} suddenly came to {value}."),
    (UP, "{metric} is usually above the expected {expected}."),
    (UP, "{metric} is expected to be {expected}."),
    (UP, "{metric} also came to {value}."),
    (UP, "{value} needs attention."),
    (ALTA, "{metric} ficou em {value}, dentro da faixa normal de {expected}."),
    (ALTA, "{metric} ficou em {value}, como esperado: {expected}."),
    (ALTA, "{value} \u00e9 o esperado: {expected}."),
    (ALTA, "{metric} atingiu o esperado, {expected}. {metric} ficou em {value}."),
    (ALTA, "A campanha saiu ({when}). {metric} ficou em {value}."),
    (ALTA, "Os an\u00fancios em {source} mudaram, por isso {metric} ficou em {value}."),
    (COM_PARTES, "A mudan\u00e7a veio de {meta.ctr}. {metric} ficou em {value}."),
    (COM_PARTES, "{metric} ficou em {value}. {meta.ctr} explica o desvio."),
    (COM_PARTES, "{metric} ficou em {value}. {meta.ctr} subiu."),
    (ALTA, "{metric} subiu de {expected} para {value}."),
    (ALTA, "{metric} ainda est\u00e1 em {value}."),
    (ALTA, "{metric} subiu de repente para {value}."),
    (ALTA, "{metric} normalmente fica acima do esperado ({expected})."),
    (ALTA, "{metric} tamb\u00e9m ficou em {value}."),
    (ALTA, "{value} merece aten\u00e7\u00e3o."),
]
"""Equalities, events, causes, movements, times, habits, scope and advice that no fact bears out."""


@pytest.mark.parametrize(("brief", "text"), UNFOUNDED)
def test_what_no_fact_bears_out_is_not_said(brief: object, text: str) -> None:
    assert not passes(text, brief)


@pytest.mark.parametrize(("brief", "text"), FINE)
def test_what_is_true_to_its_facts_passes(brief: object, text: str) -> None:
    assert check(text, brief) == text  # type: ignore[arg-type]


@pytest.mark.parametrize(("brief", "text", "reason"), REFUSED)
def test_each_guard_refuses_what_it_is_for(brief: object, text: str, reason: str) -> None:
    with pytest.raises(InsightRefused) as caught:
        check(text, brief)  # type: ignore[arg-type]

    assert caught.value.reason == reason


def test_accents_may_come_in_two_pieces() -> None:
    text = "O nível esperado era {expected}. {value} foi o nível medido."

    assert check(unicodedata.normalize("NFD", text), ALTA) == text


BRIEFS = st.sampled_from([UP, DOWN, ALTA, QUEDA, WITH_PARTS])


def passes(text: str, brief: object) -> bool:
    try:
        check(text, brief)  # type: ignore[arg-type]
    except InsightRefused:
        return False
    return True


@for_all(
    st.sampled_from(FINE),
    st.characters(categories=("Nd", "Nl", "No")),
    st.data(),
)
def test_no_digit_of_any_script_passes_wherever_it_stands(
    fine: tuple[object, str], digit: str, data: st.DataObject
) -> None:
    brief, text = fine
    place = data.draw(st.integers(0, len(text)))

    assert not passes(text[:place] + digit + text[place:], brief)


@for_all(
    st.sampled_from(FINE),
    st.characters(exclude_characters=" .,;:()", exclude_categories=("Lu", "Ll", "Mn")),
    st.data(),
)
def test_no_other_character_passes_wherever_it_stands(
    fine: tuple[object, str], strange: str, data: st.DataObject
) -> None:
    brief, text = fine
    place = data.draw(st.integers(1, len(text) - 1))

    assert not passes(text[:place] + strange + text[place:], brief)


@for_all(BRIEFS, st.text(max_size=200))
def test_free_text_of_any_kind_does_not_pass(brief: object, text: str) -> None:
    if passes(text, brief):
        assert "{" in text


@for_all(st.sampled_from(FINE), st.sampled_from(sorted(NUMERALS)), st.data())
def test_no_number_in_words_passes_between_any_two_words(
    fine: tuple[object, str], numeral: str, data: st.DataObject
) -> None:
    brief, text = fine
    words = text.split(" ")
    place = data.draw(st.integers(0, len(words)))

    assert not passes(" ".join([*words[:place], numeral, *words[place:]]), brief)


@st.composite
def likely(draw: st.DrawFn) -> tuple[object, str]:
    """Make a text out of one that passes, with some of its words changed for other allowed ones and facts."""
    brief, text = draw(st.sampled_from(FINE))
    words = VOCABULARIES[brief.language].words  # type: ignore[attr-defined]
    places = [f"{{{fact.id}}}" for fact in brief.facts]  # type: ignore[attr-defined]
    tokens = text.split(" ")
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(tokens) - 1))
        new = draw(st.one_of(st.sampled_from(sorted(words)), st.sampled_from(places)))
        tokens[place] = new + "".join(each for each in tokens[place][-2:] if each in ".,:;")
    return brief, " ".join(tokens)


@for_all(likely())
def test_whatever_passes_has_the_facts_figures_and_no_other(told: tuple[object, str]) -> None:
    brief, text = told
    if not passes(text, brief):
        return

    said = filled(text, brief.texts)  # type: ignore[attr-defined]

    known = [brief.texts[fact.id] for fact in brief.facts]  # type: ignore[attr-defined]
    for figure in sorted(known, key=len, reverse=True):
        said = said.replace(figure, "").replace(figure[:1].upper() + figure[1:], "")
    assert not any(character.isnumeric() for character in said)


@for_all(likely())
def test_whatever_passes_points_no_figure_the_wrong_way(told: tuple[object, str]) -> None:
    brief, text = told
    if not passes(text, brief):
        return

    wrong = VOCABULARIES[brief.language].claims(rising=not brief.rising)  # type: ignore[attr-defined]
    assert wrong.isdisjoint(re.findall(r"[^\W\d_]+", text.lower()))


@pytest.mark.parametrize("brief", [UP, DOWN, ALTA, QUEDA, WITH_PARTS, COM_PARTES])
def test_our_own_words_pass(brief: Brief) -> None:
    assert passes(our_words(brief.facts, rising=brief.rising, language=brief.language), brief)
