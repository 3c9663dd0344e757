"""A liar who knows the guards: it uses allowed words, marks and given facts only, and puts them wrongly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from shared.core.insight.vocabulary import VOCABULARIES

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

_SHAPES = {
    "en": (
        "On {source}, {metric} came to {value} ({when}), {deviation} SIDE the expected {expected}.",
        "{metric} MOVED from {expected} to {value}. The parts are PART.",
        "It is mainly explained by FIRST.",
        "{value} is SIDE the usual level. {metric} MOVED.",
        "{metric} MOVED by {deviation} against the usual level, {expected}.",
        "The measured value was {value}, SIDE the expected {expected}. Also of note: PART.",
    ),
    "pt-BR": (
        "Em {source}, {metric} ficou em {value} ({when}), {deviation} SIDE do esperado ({expected}).",
        "O valor medido foi {value}, SIDE do esperado, que era {expected}.",
        "{metric} MOVED {deviation} em relação ao habitual. Conta {value} ante {expected}.",
        "{metric} MOVED para {value}. A parte principal: FIRST. Também conta: PART.",
    ),
}
_SIDES = {"en": ("below", "above"), "pt-BR": ("abaixo", "acima")}
_MOVED = {"en": ("fell", "rose"), "pt-BR": ("caiu", "subiu")}
_MOST_CHANGES = 3


def insider(prompt: Mapping[str, Any], chance: random.Random) -> str:
    """Take a true text and change some of its words for other allowed ones, or facts for other facts."""
    language = "en" if prompt.get("language") == "en" else "pt-BR"
    words, up = VOCABULARIES[language], prompt.get("direction") != "down"
    names = list(prompt["facts"])
    parts = [name for name, fact in prompt["facts"].items() if fact.get("kind") == "part"] or ["value"]
    text = chance.choice(_SHAPES[language])
    for mark, said in (
        ("SIDE", _SIDES[language][up]),
        ("MOVED", _MOVED[language][up]),
        ("FIRST", f"{{{parts[0]}}}"),
        ("PART", f"{{{chance.choice(parts)}}}"),
    ):
        text = text.replace(mark, said)
    tokens = text.split(" ")
    claims = sorted(words.up | words.down | words.norm | words.against | words.change | words.first)
    for _ in range(chance.randint(1, _MOST_CHANGES)):
        place = chance.randrange(len(tokens))
        another = (sorted(words.words), claims, [f"{{{name}}}" for name in names])
        new = chance.choice(chance.choice(another))
        tail = re.search(r"[.,:;]*$", tokens[place])
        tokens[place] = new + (tail[0] if tail else "")
        if chance.random() < 1 / 4:
            tokens.insert(place, chance.choice(claims))
    return " ".join(tokens)
