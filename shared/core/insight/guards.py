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

from shared.core.insight.facts import FIGURES
from shared.core.insight.rendering import PLACEHOLDER
from shared.core.insight.vocabulary import NUMERALS, VOCABULARIES
from shared.errors import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared.core.insight.facts import Fact
    from shared.core.insight.grammar import Grammar
    from shared.core.insight.prompt import Brief
    from shared.core.insight.vocabulary import Vocabulary

LONGEST_TEMPLATE = 2_000

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzáâãàçéêíóôõú")
_PUNCTUATION = frozenset(".,;:()")
_STOPS = frozenset(".;")
_ALPHABET = _LETTERS | {each.upper() for each in _LETTERS} | _PUNCTUATION | {" "}
_LINK_OR_MARKUP = re.compile(r"[<>`*_#|\\\[\]@/&=~^$]|www\.|https?:|mailto:", re.IGNORECASE)
_TOKEN = re.compile(r"\{[^{}]*\}|[^\W\d_]+|[.,;:()]")
_APART = re.compile(r"[^\W\d_]|\(|[,;:.] ")
_TIGHT = re.compile(r"[.,;:](?![ )]|$)")
_BEFORE, _BEHIND = frozenset(" ("), frozenset(" .,;:)")


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
    words, allowed = VOCABULARIES[given.language], given.grammar
    for sentence in sentences:
        known_words(sentence, words)
        keeps_direction(sentence, words, given)
        says_what_may_be_said(sentence, allowed)
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


def cites_a_figure(sentences: Sequence[Sequence[Token]]) -> None:
    """Refuse a text that gives its reader no figure at all."""
    if not any(token.fact and token.fact.kind in FIGURES for sentence in sentences for token in sentence):
        raise InsightRefused("cites_no_figure")


def keeps_direction(sentence: Sequence[Token], words: Vocabulary, given: Brief) -> None:
    """Refuse, by its own name, the side that the metric is not on."""
    if not words.claims(rising=not given.rising).isdisjoint(token.text for token in sentence):
        raise InsightRefused("direction")


def says_what_may_be_said(sentence: Sequence[Token], allowed: Grammar) -> None:
    """Refuse a sentence that is none of those which fit these facts, or names a fact twice.

    So figures keep their places, only the leading part is called the main one, and a part is said to
    have worked the way it did.
    """
    named = [token.fact for token in sentence if token.fact]
    if not allowed.allows(token.text for token in sentence) or len(named) > len(set(named)):
        raise InsightRefused("sentence")


def _sentences(text: str, given: Brief) -> Iterator[list[Token]]:
    """Split a text at its full stops and semicolons; ids may hold some stops."""
    facts = {fact.id: fact for fact in given.facts}
    sentence: list[Token] = []
    for found in _TOKEN.findall(text):
        place = PLACEHOLDER.fullmatch(found)
        if found in _STOPS:
            yield sentence
            sentence = []
        else:
            sentence.append(Token(found, facts[place[1]]) if place else Token(found.lower()))
    if sentence:
        yield sentence
