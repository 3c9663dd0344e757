"""What a person is told about an anomaly, in the brand's language."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from shared.core.anomaly import Anomaly, AnomalyStatus
from shared.core.insight import brief, fallback
from shared.core.sentry.outage import Rule
from shared.core.sentry.severity import Severity
from shared.core.wording import figure, metric_name, moment, percent, source_name

if TYPE_CHECKING:
    from shared.core.brand import Brand

_MARK = {Severity.CRITICAL: "🔴", Severity.WARNING: "🟠", Severity.INFO: "🔵"}
_WORDS = {
    "pt-BR": {
        "above": "acima do esperado",
        "below": "abaixo do esperado",
        "value": "Valor",
        "expected": "esperado",
        "action": "Ação sugerida",
        "resolved": "Resolvido",
    },
    "en": {
        "above": "above expectation",
        "below": "below expectation",
        "value": "Value",
        "expected": "expected",
        "action": "Suggested action",
        "resolved": "Resolved",
    },
}


_RULES = {
    "pt-BR": {
        Rule.PERCENT: "alerta acima de {threshold}",
        Rule.SPEND_WITHOUT_CONVERSIONS: "investimento sem nenhuma conversão",
        Rule.SPEND_STOPPED: "o investimento parou",
        Rule.DELIVERY_STOPPED: "a veiculação parou",
        Rule.NOTHING_SOLD: "nenhuma venda",
    },
    "en": {
        Rule.PERCENT: "alert beyond {threshold}",
        Rule.SPEND_WITHOUT_CONVERSIONS: "spend without a single conversion",
        Rule.SPEND_STOPPED: "spend stopped",
        Rule.DELIVERY_STOPPED: "delivery stopped",
        Rule.NOTHING_SOLD: "nothing was sold",
    },
}


@dataclass(frozen=True, slots=True)
class Message:
    """A title that says it all in one line, and a few lines that prove it."""

    title: str
    lines: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """Change exactly when the words change: what tells an edit from a repetition."""
        return blake2b("\n".join((self.title, *self.lines)).encode(), digest_size=16).hexdigest()


def message_of(anomaly: Anomaly, brand: Brand) -> Message:
    """Write an anomaly's message; until it is explained, the facts speak for themselves."""
    locale, words = brand.locale, _WORDS[brand.locale]
    show = {"currency": anomaly.currency, "locale": locale}
    side = words["above"] if anomaly.value > anomaly.expected else words["below"]
    metric = metric_name(anomaly.metric, locale)
    name = " ".join(brand.name.split())  # a title is one line, whatever a name holds
    title = (
        f"{_MARK[anomaly.severity]} {name} · {source_name(anomaly.source, locale)}: "
        f"{metric} {percent(anomaly.deviation_percent, locale)} {side}"
    )
    if anomaly.status is AnomalyStatus.RESOLVED:
        title = f"✅ {words['resolved']}: {title}"
    insight = anomaly.insight or fallback(brief(anomaly, brand))
    return Message(
        title,
        (
            (
                f"{moment(anomaly.bucket, brand, anomaly.size)} · "
                f"{words['value']} {figure(anomaly.metric, anomaly.value, **show)} · "
                f"{words['expected']} {figure(anomaly.metric, anomaly.expected, **show)} · "
                f"{_why(anomaly, locale)}"
            ),
            insight.explanation,
            f"{words['action']}: {insight.suggested_action}",
        ),
    )


def _why(anomaly: Anomaly, locale: str) -> str:
    return _RULES[locale][anomaly.rule].format(threshold=percent(anomaly.threshold_percent, locale))
