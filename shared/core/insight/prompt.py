"""What the writer is asked: an instruction, facts as data, a schema for the answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from shared.core.insight.actions import ACTIONS, allowed
from shared.core.insight.facts import facts_of
from shared.core.insight.grammar import grammar
from shared.core.insight.rendering import our_words, texts_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.core.anomaly import Anomaly
    from shared.core.brand import Brand
    from shared.core.insight.facts import Fact
    from shared.core.insight.grammar import Grammar

PROMPT_VERSION = "3"
"""Goes up when the instruction, the schema or a sentence changes: what was written before is then old."""

_INSTRUCTION = (
    "You explain one deviation of a marketing metric to the person who runs the campaigns. "
    "Write one to three short sentences in the given language, using only the given facts. "
    "Write no digits and no numerals in words: name a figure by its placeholder, for example {value}, "
    "and at least one figure in all. Name no fact twice in a sentence. "
    "As suggestedAction answer the id of the one given action that fits best. "
    "Every sentence ends with a full stop and follows one of the patterns below, with nothing added. "
    "In a pattern [x] may be left out, <x|y> is one of them, a name in capitals stands for what is said of "
    "it at the end, placeholders in braces are written as they are. "
    "Begin with what deviated and by how much; then name the part that matters, if parts are given. "
)

_MOVES = {1: "up", -1: "down"}


@dataclass(frozen=True, slots=True)
class Brief:
    """What the writer is given: facts with their texts by id, and the actions it may choose from.

    `anomaly_id` is whose facts they are, `rising` says which way the metric went.
    """

    anomaly_id: str
    facts: tuple[Fact, ...]
    texts: Mapping[str, str]
    actions: Mapping[str, str]
    language: str
    rising: bool

    @property
    def instruction(self) -> str:
        example = our_words(self.facts, rising=self.rising, language=self.language)
        return f"{_INSTRUCTION}For example: {example}\nPatterns:\n{self.grammar}"

    @property
    def grammar(self) -> Grammar:
        return grammar(self.facts, rising=self.rising, language=self.language)

    def prompt(self, refused: str | None = None) -> str:
        """Return the facts as JSON: data under a fixed instruction, no free text of anyone's.

        `refused` tells the writer which guard its last answer met.
        """
        said = {"refused": refused} if refused else {}
        return json.dumps(self._given() | said, ensure_ascii=False)

    def schema(self) -> dict[str, object]:
        """Return the JSON schema of an answer."""
        return {
            "type": "object",
            "properties": {
                "explanation": {"type": "string"},
                "suggestedAction": {"type": "string", "enum": list(self.actions)},
            },
            "required": ["explanation", "suggestedAction"],
            "propertyOrdering": ["explanation", "suggestedAction"],
        }

    @property
    def fact_hash(self) -> str:
        """Name these facts: the same whenever a reader would read the same."""
        whole = json.dumps(self._given(), ensure_ascii=False, sort_keys=True)
        return blake2b(whole.encode(), digest_size=16).hexdigest()

    @property
    def draft_id(self) -> str:
        """Name all briefs that one text with placeholders fits: an anomaly's facts, whatever their amounts.

        So a restatement that changes figures and no direction or driver needs no other words.
        """
        shape = (
            *(self.anomaly_id, self.language, self.rising, list(self.actions)),
            [(fact.id, fact.kind.value, fact.sign) for fact in self.facts],
        )
        return blake2b(json.dumps(shape).encode(), digest_size=16).hexdigest()

    def _given(self) -> dict[str, object]:
        return {
            "language": self.language,
            "direction": "up" if self.rising else "down",
            "facts": {fact.id: self._fact(fact) for fact in self.facts},
            "actions": dict(self.actions),
        }

    def _fact(self, fact: Fact) -> dict[str, str]:
        moves = {"moves": _MOVES[fact.sign]} if fact.sign else {}
        return {"text": self.texts[fact.id], "kind": fact.kind.value} | moves


def brief(anomaly: Anomaly, brand: Brand) -> Brief:
    facts = facts_of(anomaly)
    return Brief(
        anomaly_id=anomaly.id,
        facts=facts,
        texts=texts_of(facts, anomaly, brand),
        actions={name: ACTIONS[name][brand.locale] for name in allowed(anomaly, facts)},
        language=brand.locale,
        rising=anomaly.value > anomaly.expected,
    )
