"""Each guard by itself: what it lets pass, what it refuses, and that nothing gets around all of them."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.core.insight.facts import FIGURES
from shared.core.insight.guards import InsightRefused, check
from shared.core.insight.rendering import filled
from shared.core.insight.vocabulary import NUMERALS, VOCABULARIES
from tests.unit.core.insight.given import falling, rising

UP, DOWN, ALTA, QUEDA = rising(), falling(), rising("pt-BR"), falling("pt-BR")
WITH_PARTS = rising(parts=True)

FINE = [
    (UP, "On {source}, {metric} came to {value} ({when}), {deviation} above the expected {expected}."),
    (UP, "The measured value was {value}, above the expected {expected}. Also of note: {when} and {source}."),
    (UP, "{metric} rose from {expected} to {value}."),
    (UP, "{metric} exceeded {expected}: it reached {value}."),
    (UP, "{value} is higher than usual."),
    (UP, "{metric} ROSE BY {deviation} against the usual level, {expected}."),
    (UP, "The deviation was {deviation}."),
    (UP, "It was a rise of {deviation}."),
    (DOWN, "{metric} fell below {expected}: {value}."),
    (DOWN, "{metric} fell to {value} on {source}; that is below the expected level of {expected}."),
    (ALTA, "Em {source}, {metric} ficou em {value} ({when}), {deviation} acima do esperado ({expected})."),
    (ALTA, "O valor medido foi {value}, acima do esperado, que era {expected}."),
    (ALTA, "{metric} superou {expected} e chegou a {value}."),
    (QUEDA, "{metric} caiu {deviation} em relação ao habitual. Conta {value} ante {expected}."),
    (WITH_PARTS, "{metric} came to {value}. It is mainly explained by {meta.cpc}. {meta.ctr} reduced it."),
    (WITH_PARTS, "The parts are {meta.cpc}, {meta.ctr} and {google.cpc}."),
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
    # facts in every sentence
    (UP, "{value} is up. It changed.", "uncited"),
    (UP, "{value} is up..", "glued"),
    (UP, "{metric} rose on {source}.", "cites_no_figure"),
    (UP, "", "cites_no_figure"),
    # direction
    (UP, "{metric} fell to {value}.", "direction"),
    (UP, "{value}, down.", "direction"),
    (UP, "{value} is above and below the expected {expected}.", "direction"),
    (DOWN, "{metric} rose to {value}.", "direction"),
    (DOWN, "{value} is below. On {source} it grew.", "direction"),
    (ALTA, "{metric} CAIU: {value}.", "direction"),
    (QUEDA, "{value}, acima do esperado ({expected}).", "direction"),
    (WITH_PARTS, "{meta.ctr} rose.", "direction"),
    (WITH_PARTS, "{value} rose: {meta.ctr}.", "direction"),
    (WITH_PARTS, "{meta.cpc} fell and {meta.ctr} rose.", "direction"),
    # roles
    (UP, "{metric} came to {expected}, above the expected {value}.", "roles"),
    (UP, "{metric} came to {expected}.", "roles"),
    (UP, "{metric} rose to {expected}.", "roles"),
    (UP, "{metric} rose from {value} to {expected}.", "roles"),
    (UP, "{value} is above {deviation}.", "roles"),
    (UP, "{metric} came to {deviation}.", "roles"),
    (UP, "{value}, as expected.", "roles"),
    (UP, "{value} is usual.", "roles"),
    (UP, "{metric} was within the normal range at {value}.", "roles"),
    (UP, "The expected value was {value}.", "roles"),
    (ALTA, "O esperado era {value}.", "roles"),
    (ALTA, "{metric} ficou em {expected}, acima do esperado, que era {value}.", "roles"),
    (ALTA, "{metric} ficou no n\u00edvel habitual: {value}.", "roles"),
    (WITH_PARTS, "{value} is above the expected {meta.cpc}.", "roles"),
    (UP, "{metric} rose by {value}.", "roles"),
    (UP, "{metric} rose {value}.", "roles"),
    (UP, "It was a rise of {value}.", "roles"),
    (UP, "The deviation was {value}.", "roles"),
    (UP, "{metric} grew by more than {expected}.", "roles"),
    (UP, "{metric} reached {deviation} against the usual level.", "roles"),
    (ALTA, "Houve aumento de {value}.", "roles"),
    (QUEDA, "{metric} caiu em {value}.", "roles"),
    (QUEDA, "A queda foi de {expected}.", "roles"),
    # the leading part
    (WITH_PARTS, "It is mainly {google.cpc}.", "leading"),
    (WITH_PARTS, "It is mainly {meta.cpc} and {google.cpc}.", "leading"),
    (UP, "It is mainly {value}.", "leading"),
    # length
    (UP, "{value} is up. " * 200, "length"),
]


@pytest.mark.parametrize(("brief", "text"), FINE)
def test_what_is_true_to_its_facts_passes(brief: object, text: str) -> None:
    assert check(text, brief) == text  # type: ignore[arg-type]


@pytest.mark.parametrize(("brief", "text", "reason"), REFUSED)
def test_each_guard_refuses_what_it_is_for(brief: object, text: str, reason: str) -> None:
    with pytest.raises(InsightRefused) as caught:
        check(text, brief)  # type: ignore[arg-type]

    assert caught.value.reason == reason


def test_accents_may_come_in_two_pieces() -> None:
    text = "{metric} está acima do padrão esperado: {expected}. {value} é a medição."

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

    words = VOCABULARIES[brief.language]  # type: ignore[attr-defined]
    wrong = {1: words.down, -1: words.up}
    for sentence in re.split(r"\.(?: |$)", text):
        facts = [fact for fact in brief.facts if f"{{{fact.id}}}" in sentence]  # type: ignore[attr-defined]
        said = set(re.findall(r"[^\W\d_]+", re.sub(r"\{[^}]*\}", "", sentence).lower()))
        for fact in facts:
            if fact.sign and fact.kind in FIGURES:
                assert not said & wrong[fact.sign]
