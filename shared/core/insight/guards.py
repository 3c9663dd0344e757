"""What the writer's text must be before anybody reads it, one guard a rule.

The text is read as it was written, with placeholders, so that every digit in it would be the
writer's own. Each guard raises InsightRefused with its own reason, or lets the text pass.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from shared.core.insight.facts import FIGURES, Kind, leading
from shared.core.insight.rendering import PLACEHOLDER
from shared.core.insight.vocabulary import NUMERALS, VOCABULARIES
from shared.errors import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared.core.insight.facts import Fact
    from shared.core.insight.prompt import Brief
    from shared.core.insight.vocabulary import Vocabulary

LONGEST_TEMPLATE = 2_000

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzáâãàçéêíóôõú")
_PUNCTUATION = frozenset(".,;:()")
_ALPHABET = _LETTERS | {each.upper() for each in _LETTERS} | _PUNCTUATION | {" "}
_LINK_OR_MARKUP = re.compile(r"[<>`*_#|\\\[\]@/&=~^$]|www\.|https?:|mailto:", re.IGNORECASE)
_TOKEN = re.compile(r"\{[^{}]*\}|[^\W\d_]+|[.,;:()]")
_APART = re.compile(r"[^\W\d_]|\(|[,;:.] ")
_TIGHT = re.compile(r"[.,;:](?![ )]|$)")
_BEFORE, _BEHIND = frozenset(" ("), frozenset(" .,;:)")
_BY = frozenset({"by", "a", "an", "em", "more", "less", "than", "mais", "menos"})


class InsightRefused(Terminal):
    """The writer's answer may not be shown; `reason` says which guard it met."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Token:
    """A word (in lower case), a punctuation mark, or a fact that is named."""

    text: str
    fact: Fact | None = None


def check(template: str, given: Brief) -> str:
    """Return the text, composed (NFC) and with the spaces around it gone, when every guard lets it pass."""
    if len(template) > LONGEST_TEMPLATE:
        raise InsightRefused("length")
    text = unicodedata.normalize("NFC", template).strip()
    plain = PLACEHOLDER.sub("", text)
    no_digits(plain)
    no_link_or_markup(plain)
    known_characters(plain)
    known_facts(text, given)
    places_apart(text)
    sentences = list(_sentences(text, given))
    words = VOCABULARIES[given.language]
    for sentence in sentences:
        known_words(sentence, words)
        cites_a_fact(sentence)
        keeps_direction(sentence, words, given)
        keeps_roles(sentence, words)
        first_is_first(sentence, words, given)
    cites_a_figure(sentences)
    return text


def no_digits(plain: str) -> None:
    """Refuse whatever Unicode counts as a number: digits of any script, fractions, Roman, circled."""
    if any(each.isnumeric() or unicodedata.category(each).startswith("N") for each in plain):
        raise InsightRefused("digits")


def no_link_or_markup(plain: str) -> None:
    """Refuse what a reader's program could make a link, a tag or a format of."""
    if _LINK_OR_MARKUP.search(plain):
        raise InsightRefused("markup")


def known_characters(plain: str) -> None:
    """Refuse all but the two languages' letters, spaces and six marks.

    So there are no other scripts, no look-alikes, nothing invisible or turned around, no line breaks,
    no minus that would join a figure, no percent sign.
    """
    if not _ALPHABET.issuperset(plain):
        raise InsightRefused("characters")


def known_facts(text: str, given: Brief) -> None:
    """Refuse places for facts that were not given: invented ones, or another brand's."""
    if not {fact.id for fact in given.facts}.issuperset(PLACEHOLDER.findall(text)):
        raise InsightRefused("unknown_fact")


def places_apart(text: str) -> None:
    """Refuse figures that would run into each other or into a word: `{value}{expected}` reads as one."""
    for match in PLACEHOLDER.finditer(text):
        before, behind = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
        if (before and before not in _BEFORE) or (behind and behind not in _BEHIND):
            raise InsightRefused("glued")
    for left, right in pairwise(PLACEHOLDER.finditer(text)):
        if not _APART.search(text[left.end() : right.start()]):
            raise InsightRefused("glued")
    if _TIGHT.search(PLACEHOLDER.sub("", text)):
        raise InsightRefused("glued")


def known_words(sentence: Sequence[Token], words: Vocabulary) -> None:
    """Refuse numbers in words, by their own name, and every word that is not in the vocabulary."""
    said = [token.text for token in sentence if token.fact is None and token.text not in _PUNCTUATION]
    if not NUMERALS.isdisjoint(said):
        raise InsightRefused("spelled_number")
    if not words.words.issuperset(said):
        raise InsightRefused("vocabulary")


def cites_a_fact(sentence: Sequence[Token]) -> None:
    """Refuse a sentence about nothing that was given."""
    if not any(token.fact for token in sentence):
        raise InsightRefused("uncited")


def cites_a_figure(sentences: Sequence[Sequence[Token]]) -> None:
    """Refuse a text that gives its reader no figure at all."""
    if not any(token.fact and token.fact.kind in FIGURES for sentence in sentences for token in sentence):
        raise InsightRefused("cites_no_figure")


def keeps_direction(sentence: Sequence[Token], words: Vocabulary, given: Brief) -> None:
    """Refuse a direction that is not that of every fact in its sentence.

    A sentence over facts of both directions may use no word of direction: nobody could say of which
    it is true. One that names no fact with a direction speaks of the metric.
    """
    signs = {token.fact.sign for token in sentence if token.fact and token.fact.sign}
    signs = signs or {1 if given.rising else -1}
    said = {token.text for token in sentence}
    claimed = {sign for sign, claims in ((1, words.up), (-1, words.down)) if not claims.isdisjoint(said)}
    if claimed and (len(signs) > 1 or claimed != signs):
        raise InsightRefused("direction")


def keeps_roles(sentence: Sequence[Token], words: Vocabulary) -> None:
    """Refuse figures in each other's places.

    What was expected is called so, or stands right behind a comparison; nothing else is or does; and
    words such as `usual` speak of what was expected, never of what was measured. How far something
    rose or fell is told by the deviation or a part, and by no other figure (`rose by {value}`).
    """
    for place, token in enumerate(sentence):
        kind = token.fact.kind if token.fact else None
        if kind in FIGURES and _announced(sentence, place, words) is not (kind is Kind.EXPECTED):
            raise InsightRefused("roles")
        if kind in {Kind.VALUE, Kind.EXPECTED} and _measures(sentence, place, words):
            raise InsightRefused("roles")
        if kind is Kind.DEVIATION and not _deviates(sentence, place, words):
            raise InsightRefused("roles")
        if token.text in words.norm and not _bound(sentence, place, words):
            raise InsightRefused("roles")


def first_is_first(sentence: Sequence[Token], words: Vocabulary, given: Brief) -> None:
    """Refuse to call anything the main part but the leading one, by itself in its sentence."""
    if words.first.isdisjoint(token.text for token in sentence):
        return
    parts = {token.fact for token in sentence if token.fact and token.fact.kind is Kind.PART}
    if parts != {leading(given.facts)}:
        raise InsightRefused("leading")


def _announced(sentence: Sequence[Token], place: int, words: Vocabulary) -> bool:
    """Say whether a figure is called the expected one: by a norm before it, or a comparison right there."""
    direct = True
    for token in reversed(sentence[:place]):
        if token.text in _PUNCTUATION:
            direct = False
        elif token.text not in words.between:
            return token.text in words.norm or (direct and token.text in words.against)
    return False


def _measures(sentence: Sequence[Token], place: int, words: Vocabulary) -> bool:
    """Say whether a figure is said to be the size of a change: `rose by`, `the deviation was`."""
    passed = (words.between | _BY) - {"to"}
    for token in reversed(sentence[:place]):
        if token.text not in passed:
            return token.text in ((words.up | words.down) - words.against) | words.change
    return False


def _deviates(sentence: Sequence[Token], place: int, words: Vocabulary) -> bool:
    """Say whether a deviation is called one: by what stands before it, or by `above` or such behind it."""
    behind = sentence[place + 1].text if place + 1 < len(sentence) else ""
    return behind in (words.up | words.down) & words.against or _measures(sentence, place, words)


def _bound(sentence: Sequence[Token], place: int, words: Vocabulary) -> bool:
    """Say whether a norm is compared with, or names the expected figure."""
    for token in reversed(sentence[:place]):
        if token.text not in words.between:
            if token.text in words.against:
                return True
            break
    for token in sentence[place + 1 :]:
        if token.text not in words.between | _PUNCTUATION:
            return token.fact is not None and token.fact.kind is Kind.EXPECTED
    return False


def _sentences(text: str, given: Brief) -> Iterator[list[Token]]:
    """Split a text at its full stops; ids may hold some."""
    facts = {fact.id: fact for fact in given.facts}
    sentence: list[Token] = []
    for found in _TOKEN.findall(text):
        place = PLACEHOLDER.fullmatch(found)
        if found == ".":
            yield sentence
            sentence = []
        else:
            sentence.append(Token(found, facts[place[1]]) if place else Token(found.lower()))
    if sentence:
        yield sentence
