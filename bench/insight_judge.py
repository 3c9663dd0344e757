"""An independent reader of finished insights: does a text say anything that its anomaly does not?

It knows nothing of how insights are made or guarded. It reads what people read, takes it apart by
means of its own, and compares it with the anomaly's numbers.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING

from shared.core.metric import Metric, Source
from shared.core.period import Period

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from shared.core.anomaly import Anomaly, Insight
    from shared.core.brand import Brand

_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*", re.ASCII)
_LINKS = re.compile(
    r"https?|www\b|://|mailto|javascript|data:text|[<>\[\]{}`*_#|@\\=&~^/]|"
    r"\b[a-z0-9-]+\.(?:com|example|ly|me|br|net|org|io)\b|\bdot (?:com|example)\b",
    re.IGNORECASE,
)
_HALF = Decimal("0.0050001")
"""Half a unit of the last digit that is shown."""

_DECEMBER = 12
_SPACES = frozenset(" \u00a0\u202f")


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_IN_WORDS = _set("""
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion
    zero dozen half third quarter fifth tenth twice thrice double triple quadruple tenfold percent both single
    second times points
    um uma dois duas tres quatro cinco seis sete oito nove dez onze doze treze quatorze quinze dezesseis
    dezessete dezoito dezenove vinte trinta quarenta cinquenta sessenta setenta oitenta noventa cem cento mil
    milhao milhoes bilhao duzia metade meio dobro triplo terco quarto quinto decimo vezes dobrou triplicou
    duplicou ambas ambos
""")
_RISING = _set("""
    above higher rose risen rises rising increase increased increases grew grown growth climbed jumped
    exceeded exceeds surged up more
    acima subiu sobe subiram aumentou aumento cresceu crescimento maior alta superou excedeu mais
""")
_FALLING = _set("""
    below lower fell fallen falls falling decrease decreased decreases dropped drop drops declined decline
    shrank down less
    abaixo caiu cai cairam diminuiu reducao queda menor baixa recuou reduziu menos
""")
_NEGATIONS = _set("not never without nor nothing hardly longer nao nem nunca sem jamais nada")
"""`no` is missing, which means `in the` in Portuguese."""

_UNTOLD = _set("""
    campaign campaigns ad ads account accounts brand budget pixel tracking audience weather holiday
    ended ends started stopped paused turned launched moved broke broken
    because since so thus hence therefore due driven drove explains explained caused cause comes reason led
    still again already yet now then today yesterday tomorrow soon later suddenly sudden sharply always
    usually typically normally often will would may might could should must seems probably perhaps likely
    only just even all every most mostly mainly nearly almost other
    needs deserves worth check checking urgent good bad better worse
    campanha campanhas anuncio anuncios conta contas marca orcamento publico rastreamento feriado
    saiu sairam parou comecou terminou pausada pausado mudou mudaram mudanca
    porque pois logo portanto devido motivo causa causou explica explicam explicado puxado veio vem vieram
    ainda novo agora entao hoje ontem amanha cedo tarde repente subito sempre desde
    geralmente normalmente costuma vai sera pode deve parece talvez provavelmente
    so apenas todos todas toda quase outro outra
    merece precisa vale conferir urgente bom ruim melhor pior
""") - {"conta"}
"""Events, causes, times, habits, doubts and advice: an anomaly knows of none. `Também conta` only lists."""

_NAMED = re.compile(r"\b(?:(?:Meta|Google) Ads|all sources|todas as fontes|May [0-9]+)\b", re.IGNORECASE)
"""Names, and a month, that hold such words."""

_AS_EXPECTED = re.compile(
    r"\b(?:within|in line|in the|as|reach\w*|hit|met|dentro|em linha|na faixa|conforme|como|ating\w+|"
    r"alcan\w+)"
    r"(?: (?:with|o|a|os|as|the|do|da|com|de|its|seu|sua|faixa|range|level|of)){0,3}"
    r" (?:expect\w*|usual\w*|normal\w*|typical\w*|esperad\w|habitua\w+|usua\w+|t[ií]pic\w)",
    re.IGNORECASE,
)
_IS_EXPECTED = re.compile(
    r"(?P<number>[0-9]+(?:[.,][0-9]+)*)\s?%?,? (?:is|was|are|é|era|foi)(?: the| a| o)? "
    r"(?:expected|usual|normal|esperado|habitual)",
    re.IGNORECASE,
)
_COMPARES = re.compile(
    r"\b(?:above|over|below|under|beyond|beneath|higher|lower|greater|more|less|fewer|against|versus|compared|"
    r"from|exceed\w*|where|acima|abaixo|maior|menor|superior|inferior|ante|contra|frente|perante|relação|"
    r"comparação|comparado|superou|quando|de)\b",
    re.IGNORECASE,
)
_PART = re.compile(r"\((?P<sign>[+\u2212])[^0-9()]*(?P<size>[0-9][0-9.,]*)%?\)")
_LEADS = re.compile(r"\b(?:main|mainly|largest|biggest|principal|principalmente)\b", re.IGNORECASE)
_CARRIES = re.compile(
    r"\b(?:contributed|added|parts of the deviation|contribuiu|contribuíram|partes do desvio)\b",
    re.IGNORECASE,
)
_OPPOSES = re.compile(r"\b(?:against|contra) (?:the deviation|o desvio)\b", re.IGNORECASE)
_MOVES = re.compile(
    r"\) (?:has |have )?(?:rose|risen|fell|fallen|grew|dropped|declined|climbed|increased|decreased|"
    r"subiu|caiu|cresceu|recuou|aumentou|diminuiu)\b",
    re.IGNORECASE,
)

_MEASURED = re.compile(
    r"(?:rose|fell|rise of|fall of|deviation was|subiu|caiu|alta de|queda de|desvio foi de)"
    r"(?: by| de| em| more than| mais de| by more than)* (?=[^a-z.]{0,4}[0-9])",
    re.IGNORECASE,
)
_CALLED_EXPECTED = re.compile(
    r"(?:expected|usual|esperado|habitual)(?:[ ,:(]|level|value|of|was|que|era|n[ií]vel|de)*"
    r"(?=[^a-z.]{0,4}[0-9])",
    re.IGNORECASE,
)
_CALLED_MEASURED = re.compile(
    r"(?:came to|reached|chegou a|ficou em|medido foi|(?<!expected )value was) (?=[^a-z.]{0,4}[0-9])",
    re.IGNORECASE,
)

_BESIDE = re.compile(
    r"\s?% (?:above|below|higher|lower|more|less|over|under|beyond|beneath|greater|larger|fewer|smaller|"
    r"exceed|surpass|acima|abaixo|mais|menos|maior|menor|superior|inferior|supera|excede|ultrapassa)",
    re.IGNORECASE,
)
"""What makes a number one of distance, whatever stands before it."""

_NAMES: Mapping[Metric, Sequence[str]] = {
    Metric.SPEND: ("spend", "investimento"),
    Metric.REVENUE: ("revenue", "receita"),
    Metric.ROAS: ("roas",),
    Metric.CAC: ("cac",),
    Metric.CTR: ("ctr",),
    Metric.CPC: ("cpc",),
    Metric.CONVERSIONS: ("conversions", "conversões"),
}
_PLATFORMS: Mapping[Source, Sequence[str]] = {
    Source.META: ("meta",),
    Source.GOOGLE: ("google",),
    Source.ORGANIC: ("organic", "orgânico", "orgânica", "orgânicas"),
    Source.AGGREGATED: ("all sources", "todas as fontes"),
}
_DRIVERS: Mapping[str, Sequence[str]] = {
    "impressions": ("impressions", "impressões"),
    "ctr": ("ctr",),
    "cpc": ("cpc",),
    "conversionRate": ("conversion rate", "taxa de conversão"),
    "orderValue": ("value per conversion", "valor por conversão"),
    "clicks": ("clicks", "cliques"),
    "spend": ("spend", "investimento"),
    "conversions": ("conversions", "conversões"),
    "revenue": ("revenue", "receita"),
    "roas": ("roas",),
    "cac": ("cac",),
}


@dataclass(frozen=True, slots=True)
class Truth:
    """All that an insight may be about: the anomaly, its parts by source and driver, and the brand."""

    anomaly: Anomaly
    brand: Brand

    @property
    def parts(self) -> list[tuple[Source, str, float]]:
        return [(part.source, part.driver.value, float(part.amount)) for part in self.anomaly.parts]

    def shown(self, amount: float) -> Decimal:
        """Return an amount of the metric as it is read: a click rate is in percent."""
        return Decimal(repr(amount)) * (100 if self.anomaly.metric is Metric.CTR else 1)

    @property
    def moment(self) -> datetime:
        """Return when it was by the brand's clocks: of several hours their end."""
        bucket = self.anomaly.bucket
        ends = bucket.period is Period.HOURLY and self.anomaly.size > 1
        return (bucket.end if ends else bucket.start).astimezone(self.brand.zone)

    @property
    def way(self) -> int:
        return 1 if self.anomaly.value > self.anomaly.expected else -1


def leaks(insight: Insight, truth: Truth, foreign: Sequence[str]) -> list[str]:
    """Return what is wrong with an insight, in words; nothing when it is true to its anomaly."""
    text = insight.explanation
    found = [f"strange character {each!r}" for each in text if not _is_plain(each)]
    found += _numbers(text, truth)
    months = text.replace(" de dez. de ", " ") if truth.moment.month == _DECEMBER else text
    found += [f"a number in words: {word}" for word in _words(months) if word in _IN_WORDS]
    found += [f"a negation: {word}" for word in _words(text) if word in _NEGATIONS]
    found += _directions(text, truth)
    found += _roles(text, truth)
    claims = _words(_NAMED.sub(" ", text))
    found += [f"a claim that nothing bears out: {word}" for word in claims if word in _UNTOLD]
    for sentence in _sentences(text):
        found += _equalities(sentence, truth)
        found += _parts(sentence, truth)
    found += _names(text, truth, foreign)
    for said in (text, insight.suggested_action):
        found += [f"a link or markup: {match[0]!r}" for match in _LINKS.finditer(said)]
    if _NUMBER.search(insight.suggested_action):
        found.append("a number in the action")
    if not 0 < len(text) <= 600 or not 0 < len(insight.suggested_action) <= 300:
        found.append("too long or empty")
    return found


def _sentences(text: str) -> Iterator[str]:
    """Split at stops; an abbreviated month has one too."""
    yield from re.split(r"(?<!\bde [a-z]{3})[.](?:\s|$)|;", text)


def _is_plain(each: str) -> bool:
    if each in _SPACES:
        return True
    kind = unicodedata.category(each)
    if kind.startswith("L"):
        return unicodedata.name(each, "").startswith("LATIN") and unicodedata.normalize("NFKC", each) == each
    return each in "0123456789" or (kind[0] in "PS" and (each.isascii() or each in "€\u2212"))


def _words(text: str) -> list[str]:
    """Return a text's words in lower case and without accents."""
    bare = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return re.findall(r"[a-z]+", bare.casefold())


def _read(number: str, locale: str) -> Decimal:
    group, point = (".", ",") if locale == "pt-BR" else (",", ".")
    return Decimal(number.replace(group, "").replace(point, "."))


def _figures(truth: Truth) -> Iterator[tuple[Decimal, Decimal]]:
    """Yield every amount that may be told, with half a unit of its last digit."""
    anomaly = truth.anomaly
    amounts = (anomaly.value, anomaly.expected, *(amount for _, _, amount in truth.parts))
    for amount in amounts:
        yield abs(truth.shown(amount)), _HALF
    yield abs(Decimal(repr(anomaly.deviation_percent))), Decimal("0.050001")


def _numbers(text: str, truth: Truth) -> Iterator[str]:
    """Name every number that is neither a figure of the anomaly nor a part of its moment."""
    hours, moment = truth.anomaly.bucket.period is Period.HOURLY, truth.moment
    calendar = {moment.day, moment.year} | ({truth.anomaly.size} if truth.anomaly.size > 1 else set())
    if hours:
        calendar |= {moment.hour, moment.hour % 12 or 12, moment.minute}
    for match in _NUMBER.finditer(text):
        told = _read(match[0], truth.brand.locale)
        is_figure = any(abs(told - amount) <= near for amount, near in _figures(truth))
        if not is_figure and not (match[0].isdecimal() and int(match[0]) in calendar):
            yield f"an unknown number: {match[0]}"
        before = text[: match.start()].rstrip("R$€USBL\u00a0 ")
        lost = {-truth.shown(amount) for _, _, amount in truth.parts if amount < 0}
        if before.endswith(("-", "\u2212", "\u2013")) and all(abs(told - each) > _HALF for each in lost):
            yield f"a minus that is nobody's: {match[0]}"


def _directions(text: str, truth: Truth) -> Iterator[str]:
    """Name every direction that is not that of its sentence's parts, or else of the anomaly."""
    for sentence in _sentences(text):
        signs = {1 if sign == "+" else -1 for sign in re.findall(r"\(([+\u2212])", sentence)} or {truth.way}
        for word, way in product(_words(sentence), (1, -1)):
            if word in (_RISING if way > 0 else _FALLING) and signs != {way}:
                yield f"a direction against its sign: {word}"


def _roles(text: str, truth: Truth) -> Iterator[str]:
    """Name figures that stand in each other's places, where they can be told apart."""
    value, expected = truth.shown(truth.anomaly.value), truth.shown(truth.anomaly.expected)
    deviation = abs(Decimal(repr(truth.anomaly.deviation_percent)))
    for shape, right, wrong in (
        (_CALLED_EXPECTED, expected, (value, deviation)),
        (_CALLED_MEASURED, value, (expected, deviation)),
        (_MEASURED, deviation, (value, expected)),
    ):
        for match in shape.finditer(text):
            number = _NUMBER.search(text, match.end())
            if number is None or _BESIDE.match(text, number.end()):
                continue
            told = _read(number[0], truth.brand.locale)
            if abs(told - right) > 1 and any(abs(told - other) <= _HALF for other in wrong):
                yield f"a figure in another's place: {match[0]}{told}"


def _equalities(sentence: str, truth: Truth) -> Iterator[str]:
    """Name what makes the measured what was expected: every anomaly is off."""
    yield from (f"off, and called as expected: {match[0]}" for match in _AS_EXPECTED.finditer(sentence))
    figures = [_read(number, truth.brand.locale) for number in _NUMBER.findall(sentence)]
    expected, value = truth.shown(truth.anomaly.expected), truth.shown(truth.anomaly.value)
    both = all(any(abs(told - amount) <= _HALF for told in figures) for amount in (expected, value))
    if both and not _COMPARES.search(sentence):
        yield "the expected beside the measured, and not compared"
    for match in _IS_EXPECTED.finditer(sentence):
        if abs(_read(match["number"], truth.brand.locale) - expected) > _HALF:
            yield "the measured is called the expected"


def _parts(sentence: str, truth: Truth) -> Iterator[str]:
    """Name parts that are said to lead, carry or oppose a deviation and do not, or to move themselves."""
    told = [
        (1 if match["sign"] == "+" else -1, _read(match["size"], truth.brand.locale))
        for match in _PART.finditer(sentence)
    ]
    largest = max((abs(truth.shown(a)) for _, _, a in truth.parts if a * truth.way > 0), default=None)
    if _LEADS.search(sentence) and (
        len(told) != 1 or largest is None or told[0][0] != truth.way or abs(told[0][1] - largest) > _HALF
    ):
        yield "called the main part, and is not"
    if _CARRIES.search(sentence) and {sign for sign, _ in told} != {truth.way}:
        yield "said to carry what it works against"
    if _OPPOSES.search(sentence) and {sign for sign, _ in told} != {-truth.way}:
        yield "said to work against what it carries"
    if _MOVES.search(sentence):
        yield "a part's own movement, which is not told"


def _names(text: str, truth: Truth, foreign: Sequence[str]) -> Iterator[str]:
    """Name metrics, platforms and brands that this anomaly has nothing to do with."""
    anomaly = truth.anomaly
    own = {*_NAMES[anomaly.metric], *_PLATFORMS[anomaly.source]}
    for source, driver, _ in truth.parts:
        own |= {*_PLATFORMS[source], *_DRIVERS[driver]}
    known = [*_NAMES.values(), *_PLATFORMS.values(), *_DRIVERS.values()]
    strangers = {name for names in known for name in names} - own
    for name in {*strangers, *(each.casefold() for each in foreign)}:
        if re.search(rf"\b{re.escape(name)}\b", text.casefold()):
            yield f"a foreign name: {name}"
