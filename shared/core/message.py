"""What a person is told about an anomaly, in the brand's language."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING
from urllib.parse import urlencode

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
        "expected": "Esperado",
        "action": "Ação sugerida",
        "resolved": "Resolvido",
        "when": "Quando",
        "why": "Por quê",
        "open": "Abrir o painel",
    },
    "en": {
        "above": "above expectation",
        "below": "below expectation",
        "value": "Value",
        "expected": "Expected",
        "action": "Suggested action",
        "resolved": "Resolved",
        "when": "When",
        "why": "Why",
        "open": "Open the dashboard",
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
class Link:
    url: str
    label: str


@dataclass(frozen=True, slots=True)
class Message:
    """A title that says it all in one line, figures by name, and a few lines that prove it.

    `about` is the anomaly it tells of, `over` says that this is the end of it. `link` leads to the
    dashboard, whose label is in the language that `locale` names; `trend` is a line of blocks and
    `picture` a PNG of the anomaly's chart, on channels that show them.
    """

    title: str
    lines: tuple[str, ...]
    figures: tuple[tuple[str, str], ...] = ()
    about: Anomaly | None = None
    over: bool = False
    link: Link | None = None
    locale: str = "en"
    trend: str | None = None
    picture: bytes | None = field(default=None, repr=False)

    @property
    def fingerprint(self) -> str:
        """Change exactly when the words change: what tells an edit from a repetition."""
        words = (self.title, *(f"{name}: {figure}" for name, figure in self.figures), *self.lines)
        return blake2b("\n".join(words).encode(), digest_size=16).hexdigest()


def linked(message: Message, brand: Brand, dashboard: str) -> Message:
    """Lead a message's reader to the brand's dashboard at this base URL, and there to its anomaly.

    >>> from zoneinfo import ZoneInfo
    >>> from shared.core.brand import Brand, BrandId
    >>> brand = Brand(BrandId("aurora"), "ana", "Aurora", ZoneInfo("UTC"), "USD", "en", "purchase")
    >>> linked(Message("CPC", ()), brand, "https://aurora.web.app").link
    Link(url='https://aurora.web.app/?brand=aurora', label='Open the dashboard')
    """
    asked = {"brand": brand.id} | ({} if message.about is None else {"anomaly": message.about.id})
    link = Link(f"{dashboard.rstrip('/')}/?{urlencode(asked)}", _WORDS[brand.locale]["open"])
    return replace(message, link=link, locale=brand.locale)


def followed_up(message: Message) -> Message:
    """Say briefly what a message says by now, below what it said before.

    >>> followed_up(Message("CPC", ("It fell.", "Look."), (("Value", "1"),))).title
    '↳ CPC'
    """
    return replace(message, title=f"↳ {message.title}", figures=(), trend=None)


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
    over = anomaly.status is AnomalyStatus.RESOLVED
    if over:
        title = f"✅ {words['resolved']}: {title}"
    insight = anomaly.insight or fallback(brief(anomaly, brand))
    return Message(
        title,
        (insight.explanation, f"{words['action']}: {insight.suggested_action}"),
        figures=(
            (words["value"], figure(anomaly.metric, anomaly.value, **show)),
            (words["expected"], figure(anomaly.metric, anomaly.expected, **show)),
            (words["when"], moment(anomaly.bucket, brand, anomaly.size)),
            (words["why"], _why(anomaly, locale)),
        ),
        about=anomaly,
        over=over,
    )


def _why(anomaly: Anomaly, locale: str) -> str:
    return _RULES[locale][anomaly.rule].format(threshold=percent(anomaly.threshold_percent, locale))
