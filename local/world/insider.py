"""A liar who knows the guards: it says allowed sentences, and some of them with a few wrong words in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from shared.core.insight.facts import Fact, Kind
from shared.core.insight.grammar import grammar
from shared.core.insight.vocabulary import VOCABULARIES

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

    from shared.core.insight.grammar import Grammar

_CHOICE = re.compile(r"\[(?P<maybe>[^\[\]<>]*)\]|<(?P<among>[^\[\]<>]*)>")
_MOST_SENTENCES = 3
_MOST_CHANGES = 3
_SIGNS = {"up": 1, "down": -1}


def insider(prompt: Mapping[str, Any], chance: random.Random) -> str:
    """Say what may be said, in any order; half the time change words for allowed ones, facts for facts."""
    language = "en" if prompt.get("language") == "en" else "pt-BR"
    allowed = grammar(_facts(prompt), rising=prompt.get("direction") != "down", language=language)
    text = " ".join(said(allowed, chance) for _ in range(chance.randint(1, _MOST_SENTENCES)))
    if chance.random() < 1 / 2:
        return text
    words, tokens = VOCABULARIES[language], text.split(" ")
    claims = sorted(words.claims(rising=True) | words.claims(rising=False))
    another = (sorted(words.words), claims, [f"{{{name}}}" for name in prompt["facts"]])
    for _ in range(chance.randint(1, _MOST_CHANGES)):
        place = chance.randrange(len(tokens))
        new = chance.choice(chance.choice(another))
        tail = re.search(r"[.,:;)]*$", tokens[place])
        tokens[place] = new + (tail[0] if tail else "")
        if chance.random() < 1 / 4:
            tokens.insert(place, chance.choice(claims))
    return " ".join(tokens)


def said(allowed: Grammar, chance: random.Random) -> str:
    """Choose a sentence, and one way to say it."""

    def chosen(match: re.Match[str]) -> str:
        if match["maybe"] is not None and chance.random() < 1 / 2:
            return ""
        ways: str = match["maybe"] or match["among"]
        return chance.choice(ways.split("|"))

    text = allowed.opened(chance.choice(allowed.sentences))
    while _CHOICE.search(text):
        text = _CHOICE.sub(chosen, text)
    text = re.sub(r" (?=[,:)])|(?<=\() ", "", " ".join(text.split()))
    return f"{text}."


def _facts(prompt: Mapping[str, Any]) -> list[Fact]:
    """Read the facts off a prompt, where the largest part stands first."""
    return [
        Fact(name, Kind(fact["kind"]), _SIGNS.get(fact.get("moves", ""), 0), 1 / place)
        for place, (name, fact) in enumerate(prompt["facts"].items(), 1)
        if "kind" in fact
    ]
