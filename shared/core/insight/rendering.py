"""Facts in the brand's language: the only place where an insight's figures come from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shared.core.insight.facts import Kind, leading
from shared.core.metric import Source
from shared.core.wording import driver_name, figure, metric_name, moment, percent, source_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared.core.anomaly import Anomaly
    from shared.core.brand import Brand
    from shared.core.insight.facts import Fact

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
"""What stands in a text for a fact: its id in braces."""

_FIRST_LETTER = re.compile(r"(?:^|[.] )[^\W\d_]")
_MINUS = "\N{MINUS SIGN}"
_SIDES = {
    ("pt-BR", True): "acima",
    ("pt-BR", False): "abaixo",
    ("en", True): "above",
    ("en", False): "below",
}
_OURS = {
    "pt-BR": "{metric} em {source} ({when}): {value}, {deviation} %s do esperado ({expected}).",
    "en": "{metric} on {source} ({when}): {value}, {deviation} %s the expected {expected}.",
}
_ORGANIC = {"pt-BR": "do tráfego orgânico", "en": "of organic traffic"}
_OUR_PART = {"pt-BR": " A parte principal: {%s}.", "en": " The main part: {%s}."}


def texts_of(facts: Sequence[Fact], anomaly: Anomaly, brand: Brand) -> dict[str, str]:
    """Write each fact as its reader would, by id."""
    return {fact.id: _text(fact, anomaly, brand) for fact in facts}


def filled(template: str, texts: Mapping[str, str]) -> str:
    """Put the figures in, and let every sentence begin with a capital letter.

    >>> filled("{metric} came to {value}. {metric} rose.", {"metric": "spend", "value": "€2.50"})
    'Spend came to €2.50. Spend rose.'
    """
    whole = _FIRST_LETTER.sub(lambda match: match[0].upper(), template.strip())

    def text(match: re.Match[str]) -> str:
        said, before = texts[match[1]], whole[: match.start()]
        return said[:1].upper() + said[1:] if not before or before.endswith(". ") else said

    return PLACEHOLDER.sub(text, whole)


def our_words(facts: Sequence[Fact], *, rising: bool, language: str) -> str:
    """Return a template of our own over the same facts."""
    first = leading(facts)
    whole = _OURS[language] % _SIDES[language, rising]
    return whole + _OUR_PART[language] % first.id if first else whole


def _text(fact: Fact, anomaly: Anomaly, brand: Brand) -> str:
    locale, amount = brand.locale, fact.amount or 0.0
    match fact.kind:
        case Kind.METRIC:
            return metric_name(anomaly.metric, locale)
        case Kind.SOURCE:
            return source_name(anomaly.source, locale)
        case Kind.WHEN:
            return moment(anomaly.bucket, brand, anomaly.size)
        case Kind.DEVIATION:
            return percent(amount, locale)
        case Kind.PART:
            return _part(fact, anomaly, locale)
        case _:
            return figure(anomaly.metric, amount, currency=anomaly.currency, locale=locale)


def _part(fact: Fact, anomaly: Anomaly, locale: str) -> str:
    """Name a part with its signed amount, so that no sentence can say it of anything else."""
    name = driver_name(fact.driver, locale) if fact.driver else ""
    if fact.source is Source.ORGANIC:
        name = f"{name} {_ORGANIC[locale]}"
    elif fact.source is not None:
        name = f"{name} {'em' if locale == 'pt-BR' else 'on'} {source_name(fact.source, locale)}"
    size = figure(anomaly.metric, abs(fact.amount or 0.0), currency=anomaly.currency, locale=locale)
    return f"{name} ({'+' if fact.sign > 0 else _MINUS}{size})"
