"""What the simulated model says: sentences over the facts given, in their language, without a digit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# The richest sentence whose facts were all given is said.
_SENTENCES = {
    "pt-BR": {
        "up": (
            "Em {source}, {metric} ficou em {value} ({when}), {deviation} acima do esperado ({expected}).",
            "O valor medido foi {value}, acima do esperado, que era {expected}.",
        ),
        "down": (
            "Em {source}, {metric} ficou em {value} ({when}), {deviation} abaixo do esperado ({expected}).",
            "O valor medido foi {value}, abaixo do esperado, que era {expected}.",
        ),
    },
    "en": {
        "up": (
            "On {source}, {metric} came to {value} ({when}), {deviation} above the expected {expected}.",
            "The measured value was {value}, above the expected {expected}.",
        ),
        "down": (
            "On {source}, {metric} came to {value} ({when}), {deviation} below the expected {expected}.",
            "The measured value was {value}, below the expected {expected}.",
        ),
    },
}
_LIST = {"pt-BR": ("Os fatos medidos: ", " e "), "en": ("The measured facts: ", " and ")}
_MORE = {"pt-BR": "Também conta: ", "en": "Also of note: "}
_CHECK = {
    "pt-BR": "Revise as campanhas e o rastreamento antes de mexer no orçamento.",
    "en": "Review the campaigns and the tracking before touching the budget.",
}
_PLAIN = {
    "pt-BR": "Não recebi fatos para explicar.",
    "en": "I was given no facts to explain.",
}
_MOST_EXTRAS = 2


def plain(prompt: Mapping[str, Any]) -> str:
    return _PLAIN[_language(prompt)]


def write(prompt: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, str]:
    """Fill the schema's string properties: an explanation, and an action out of those allowed."""
    language = _language(prompt)
    explanation = _explanation(prompt, language)
    answer = {}
    for name, rule in schema.get("properties", {}).items():
        if name == "explanation":
            answer[name] = explanation
        else:
            answer[name] = _choice(rule, prompt, language)
    return answer


def _explanation(prompt: Mapping[str, Any], language: str) -> str:
    facts = list(prompt["facts"])
    side = "down" if prompt.get("direction") == "down" else "up"
    for sentence in _SENTENCES[language][side]:
        said = [name for name in facts if f"{{{name}}}" in sentence]
        if len(said) == sentence.count("{"):
            extras = [f"{{{name}}}" for name in facts if name not in said][:_MOST_EXTRAS]
            if not extras:
                return sentence
            return f"{sentence} {_MORE[language]}{_LIST[language][1].join(extras)}."
    start, joint = _LIST[language]
    return start + joint.join(f"{{{name}}}" for name in facts) + "."


def _choice(rule: Mapping[str, Any], prompt: Mapping[str, Any], language: str) -> str:
    allowed = rule.get("enum") or list(prompt.get("actions") or ())
    return str(allowed[0]) if allowed else _CHECK[language]


def _language(prompt: Mapping[str, Any]) -> str:
    return "en" if str(prompt.get("language", "pt-BR")).startswith("en") else "pt-BR"
