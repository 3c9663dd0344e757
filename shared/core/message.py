"""What a person is told about an anomaly, in the brand's language."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from shared.core.anomaly import AnomalyStatus
from shared.core.incident import lead, placed
from shared.core.insight import brief, fallback
from shared.core.metric import Metric, Source
from shared.core.sentry.outage import Rule
from shared.core.sentry.severity import Severity
from shared.core.wording import added, driver_name, figure, metric_name, moment, percent, source_name

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from shared.core.anomaly import Anomaly
    from shared.core.brand import Brand

_MARK = {Severity.CRITICAL: "🔴", Severity.WARNING: "🟠", Severity.INFO: "🔵"}
_WORDS = {
    "pt-BR": {
        "above": "acima do esperado",
        "below": "abaixo do esperado",
        "value": "Valor",
        "expected": "Esperado",
        "action": "Ação sugerida",
        "resolved": "✅ Resolvido",
        "ignored": "🔕 Ignorado",
        "when": "Quando",
        "why": "Por quê",
        "origin": "De onde vem",
        "also": "Também fora do esperado",
        "open": "Abrir o painel",
    },
    "en": {
        "above": "above expectation",
        "below": "below expectation",
        "value": "Value",
        "expected": "Expected",
        "action": "Suggested action",
        "resolved": "✅ Resolved",
        "ignored": "🔕 Ignored",
        "when": "When",
        "why": "Why",
        "origin": "Where it comes from",
        "also": "Also off",
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


def message_of(members: Sequence[Anomaly], brand: Brand) -> Message:
    """Write what people hear of an incident: what was told last, where it comes from, what else is off.

    It is over when nobody has to look at any of it. Until it is explained, the facts speak for
    themselves.
    """
    anomaly, locale, words = _told_of(members), brand.locale, _WORDS[brand.locale]
    show = {"currency": anomaly.currency, "locale": locale}
    name = " ".join(brand.name.split())  # a title is one line, whatever a name holds
    title = headline(anomaly, brand, name)
    over = not any(each.is_open for each in members)
    insight = anomaly.insight or fallback(brief(anomaly, brand))
    others = {(each.source, each.metric) for each in members if each.is_open}
    told = {
        words["origin"]: _origin(anomaly, locale),
        words["action"]: insight.suggested_action,
        words["also"]: _names(others - {(anomaly.source, anomaly.metric)}, locale),
    }
    return Message(
        f"{words[_end(members)]}: {title}" if over else title,
        (insight.explanation, *(f"{name}: {text}" for name, text in told.items() if text)),
        figures=(
            (words["value"], figure(anomaly.metric, anomaly.value, **show)),
            (words["expected"], figure(anomaly.metric, anomaly.expected, **show)),
            (words["when"], moment(anomaly.bucket, brand, anomaly.size)),
            (words["why"], _why(anomaly, locale)),
        ),
        about=anomaly,
        over=over,
    )


def _told_of(members: Sequence[Anomaly]) -> Anomaly:
    """Return what people hear of; of what was taken back altogether, what they heard of while it stood."""
    if any(each.resolved_by != "machine" for each in members):
        return lead(members)
    heard = lead(placed(replace(each, resolved_by=None) for each in members))
    return next(each for each in members if each.id == heard.id)


def _end(members: Sequence[Anomaly]) -> str:
    """Name how an incident ended: ignored where a person said so of all that was not taken back."""
    ends = {each.status for each in members if each.resolved_by != "machine"}
    return "ignored" if ends == {AnomalyStatus.IGNORED} else "resolved"


def headline(anomaly: Anomaly, brand: Brand, *names: str) -> str:
    """Say what is off and by how much, behind the mark of how grave it is and any names."""
    locale, rising = brand.locale, anomaly.value > anomaly.expected
    told = (
        f"{source_name(anomaly.source, locale)}: {metric_name(anomaly.metric, locale)} "
        f"{percent(anomaly.deviation_percent, locale)} {_WORDS[locale]['above' if rising else 'below']}"
    )
    return f"{_MARK[anomaly.severity]} {' · '.join((*names, told))}"


_FEWEST_TOLD_OF = 0.1
_MOST_PARTS = 3


def _origin(anomaly: Anomaly, locale: str) -> str:
    """Name the largest parts of a deviation, those that matter; nothing where it is its own part."""
    if [part.driver.value for part in anomaly.parts] == [anomaly.metric.value]:
        return ""
    smallest = _FEWEST_TOLD_OF * abs(anomaly.value - anomaly.expected)
    told = [part for part in anomaly.parts if abs(float(part.amount)) >= smallest]
    return "; ".join(
        f"{source_name(part.source, locale)}, {driver_name(part.driver, locale)} "
        + added(anomaly.metric, float(part.amount), currency=anomaly.currency, locale=locale)
        for part in told[:_MOST_PARTS]
    )


def _names(others: Collection[tuple[Source, Metric]], locale: str) -> str:
    return "; ".join(
        f"{source_name(source, locale)}: "
        + ", ".join(metric_name(metric, locale) for metric in Metric if (source, metric) in others)
        for source in Source
        if any(each is source for each, _ in others)
    )


def _why(anomaly: Anomaly, locale: str) -> str:
    return _RULES[locale][anomaly.rule].format(threshold=percent(anomaly.threshold_percent, locale))
