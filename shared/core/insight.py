"""An anomaly explained: facts for the writer, locks on what it may say, and words of our own.

The writer gets facts with ids and answers with placeholders such as `{value}`; every figure a
reader sees was put in by us. What it answers is refused when it holds a digit, an unknown
placeholder, a link or markup, cites nothing, or names an action that is not on the list.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.core.anomaly import Anomaly, Insight
from shared.core.metric import Metric
from shared.core.wording import figure, metric_name, moment, percent, source_name
from shared.errors import Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.core.brand import Brand

EXPLANATION_LIMIT = 600
ACTION_LIMIT = 300


class InsightRefused(Terminal):
    """The writer's answer may not be shown; `reason` says which lock it met."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Brief:
    """What the writer is given: an instruction, facts by id, and the actions it may choose from."""

    instruction: str
    facts: Mapping[str, str]
    actions: Mapping[str, str]
    language: str
    rising: bool

    def prompt(self) -> str:
        """Return the facts as JSON: data under a fixed instruction, no free text of anyone's."""
        facts = {name: {"text": text} for name, text in self.facts.items()}
        direction = "up" if self.rising else "down"
        return json.dumps(
            {
                "language": self.language,
                "direction": direction,
                "facts": facts,
                "actions": dict(self.actions),
            },
            ensure_ascii=False,
        )

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


_INSTRUCTION = (
    "You explain one deviation of a marketing metric to the person who runs the campaigns. "
    "Write one to three short sentences in the given language, using only the given facts. "
    "Write no digits and no numerals in words: name a figure by its placeholder, for example {value}. "
    "Do not guess causes that the facts do not show. "
    "As suggestedAction answer the id of the one given action that fits best."
)

_ACTIONS: dict[str, dict[str, str]] = {
    "check_bids": {
        "pt-BR": "Confira se lances, orçamento ou público mudaram e limite o custo por clique.",
        "en": "Check whether bids, budget or audience changed, and cap the cost per click.",
    },
    "check_tracking": {
        "pt-BR": "Verifique o pixel, as tags e a API de conversões antes de mexer nas campanhas.",
        "en": "Verify the pixel, the tags and the conversions API before touching the campaigns.",
    },
    "check_landing_page": {
        "pt-BR": "Abra a página de destino, o carrinho e o pagamento e procure por erros.",
        "en": "Open the landing page, the cart and the checkout and look for errors.",
    },
    "check_delivery": {
        "pt-BR": "Veja se há campanhas pausadas, reprovadas ou sem saldo.",
        "en": "See whether campaigns are paused, rejected or out of funds.",
    },
    "refresh_creative": {
        "pt-BR": "Troque os anúncios com a menor taxa de cliques e revise o público.",
        "en": "Replace the ads with the lowest click rate and review the audience.",
    },
    "hold_budget": {
        "pt-BR": "Segure o orçamento até entender o desvio.",
        "en": "Hold the budget until the deviation is understood.",
    },
    "keep_going": {
        "pt-BR": "Mantenha a campanha e registre o que mudou.",
        "en": "Keep the campaign running and note what changed.",
    },
}

_FITTING = {
    (Metric.SPEND, True): ("check_bids", "hold_budget"),
    (Metric.SPEND, False): ("check_delivery",),
    (Metric.REVENUE, False): ("check_tracking", "check_landing_page", "hold_budget"),
    (Metric.ROAS, False): ("check_bids", "check_tracking", "hold_budget"),
    (Metric.CAC, True): ("check_bids", "check_landing_page", "check_tracking"),
    (Metric.CTR, False): ("refresh_creative", "check_delivery"),
    (Metric.CPC, True): ("check_bids", "refresh_creative"),
    (Metric.CONVERSIONS, False): ("check_tracking", "check_landing_page"),
}


def brief(anomaly: Anomaly, brand: Brand) -> Brief:
    locale, rising = brand.locale, anomaly.value > anomaly.expected
    chosen = _FITTING.get((anomaly.metric, rising), ("keep_going", "check_tracking"))
    show = {"currency": anomaly.currency, "locale": locale}
    return Brief(
        instruction=_INSTRUCTION,
        facts={
            "metric": metric_name(anomaly.metric, locale),
            "source": source_name(anomaly.source, locale),
            "when": moment(anomaly.bucket, brand, anomaly.size),
            "value": figure(anomaly.metric, anomaly.value, **show),
            "expected": figure(anomaly.metric, anomaly.expected, **show),
            "deviation": percent(anomaly.deviation_percent, locale),
        },
        actions={name: _ACTIONS[name][locale] for name in chosen},
        language=locale,
        rising=rising,
    )


_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_LINK_OR_MARKUP = re.compile(r"[<>`*_#|\\@\[\]]|:[\w/]|\w\.\w{2}")
"""What would be markup, an address, or what mail and chat programs make a link of, such as a bare host."""

_FIGURES = frozenset({"value", "expected", "deviation"})


def unlock(answer: str, given: Brief) -> Insight:
    """Check the writer's raw answer and put the figures in; InsightRefused names the lock it met."""
    try:
        fields = json.loads(answer)
    except (ValueError, RecursionError):
        raise InsightRefused("not_json") from None
    if not isinstance(fields, dict) or set(fields) != {"explanation", "suggestedAction"}:
        raise InsightRefused("wrong_shape")
    explanation, action = fields["explanation"], fields["suggestedAction"]
    if not isinstance(explanation, str) or not isinstance(action, str):
        raise InsightRefused("wrong_shape")
    if action not in given.actions:
        raise InsightRefused("unlisted_action")
    cited = set(_PLACEHOLDER.findall(explanation))
    plain = _PLACEHOLDER.sub("", explanation)
    if not cited <= set(given.facts):
        raise InsightRefused("unknown_fact")
    if not cited & _FIGURES:
        raise InsightRefused("cites_no_figure")
    _check_words(plain, given)
    text = _PLACEHOLDER.sub(lambda match: given.facts[match[1]], explanation).strip()
    if not text or len(text) > EXPLANATION_LIMIT:
        raise InsightRefused("length")
    return Insight(text, given.actions[action])


def _check_words(plain: str, given: Brief) -> None:
    """Check what is left of a text without its placeholders."""
    if any(character.isnumeric() for character in plain):
        raise InsightRefused("digits")
    if _LINK_OR_MARKUP.search(plain) or "{" in plain or "}" in plain or not plain.isprintable():
        raise InsightRefused("markup")
    rules = _PLACEHOLDER.sub("", given.instruction).casefold().split(". ")
    if any(rule in plain.casefold() for rule in rules):
        raise InsightRefused("instruction")


def fallback(given: Brief) -> Insight:
    """Say the same facts in our own words."""
    side = {
        ("pt-BR", True): "acima",
        ("pt-BR", False): "abaixo",
        ("en", True): "above",
        ("en", False): "below",
    }[given.language, given.rising]
    f = given.facts
    sentence = {
        "pt-BR": f"{f['metric']} em {f['source']} ({f['when']}): {f['value']}, "
        f"{f['deviation']} {side} do esperado ({f['expected']}).",
        "en": f"{f['metric']} on {f['source']} ({f['when']}): {f['value']}, "
        f"{f['deviation']} {side} the expected {f['expected']}.",
    }[given.language]
    return Insight(sentence[0].upper() + sentence[1:], next(iter(given.actions.values())))
