"""The sentences that fit one anomaly's facts: what the writer is shown is what its text is held against.

In a pattern `[x]` may be left out, `<x|y>` is one of them, and a name in capitals stands for a pattern
of its own; whatever else there is, is said as it stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.core.insight.facts import Kind, leading
from shared.core.insight.vocabulary import VOCABULARIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from shared.core.insight.facts import Fact

_NAME = re.compile(r"\b[A-Z]+\b")
_TOKEN = re.compile(r"\{[^{}]*\}|[^\W\d_]+|[\[\]<>|,:()]")
_OPERATORS = {"[": "(?:", "]": ")?", "<": "(?:", ">": ")", "|": "|"}


@dataclass(frozen=True, slots=True)
class Grammar:
    """Sentences in patterns, and what the names in them stand for."""

    sentences: tuple[str, ...]
    names: Mapping[str, str]

    def __str__(self) -> str:
        names = (f"{name} = {pattern}" for name, pattern in self.names.items())
        return "\n".join([*self.sentences, "where", *names])

    def allows(self, tokens: Iterable[str]) -> bool:
        """Say whether words, marks and places, in this order, are a sentence."""
        said = "".join(f"{token} " for token in tokens)
        return any(re.fullmatch(self._regex(each), said) for each in self.sentences)

    def opened(self, pattern: str) -> str:
        """Write a pattern without names."""
        while _NAME.search(pattern):
            pattern = _NAME.sub(lambda match: f"<{self.names[match[0]]}>", pattern)
        return pattern

    def _regex(self, pattern: str) -> str:
        tokens = _TOKEN.findall(self.opened(pattern))
        return "".join(_OPERATORS.get(each) or re.escape(f"{each} ") for each in tokens)


def grammar(facts: Sequence[Fact], *, rising: bool, language: str) -> Grammar:
    """Return what may be said of these facts: the side they are on, the parts that went either way."""
    words, first = VOCABULARIES[language], leading(facts)
    parts = [fact for fact in facts if fact.kind is Kind.PART]
    same = [part.id for part in parts if (part.sign > 0) is rising]
    others = [part.id for part in parts if part.id not in same]
    listed = {
        "FIRST": [first.id] if first else [],
        "SAME": same,
        "OPPOSITE": others,
        "PARTS": [part.id for part in parts],
    }
    names = {name: _list(ids, words.conjunction) for name, ids in listed.items() if ids}
    fitting = (each for each in words.sentences if listed.keys() & _NAME.findall(each) <= names.keys())
    return Grammar(tuple(fitting), {**words.names, "SIDE": words.up if rising else words.down, **names})


def _list(ids: Sequence[str], conjunction: str) -> str:
    """Write the pattern of one or several out of these: `a, b and c`."""
    each = "<" + " | ".join(f"{{{name}}}" for name in ids) + ">"
    more = f"[, {each}] " * (len(ids) - 2)
    return f"{each} [{more}{conjunction} {each}]" if len(ids) > 1 else each
