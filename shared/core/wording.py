"""Names, numbers and moments in the brand's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import (
    format_compact_currency,
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
)

from shared.core.explanation import Driver
from shared.core.integration import Problem
from shared.core.metric import MONEY, Metric, Source
from shared.core.period import Bucket, Period

if TYPE_CHECKING:
    from datetime import datetime

    from shared.core.brand import Brand

_METRICS = {
    "pt-BR": {
        Metric.SPEND: "investimento",
        Metric.REVENUE: "receita",
        Metric.ROAS: "ROAS",
        Metric.CAC: "CAC",
        Metric.CTR: "CTR",
        Metric.CPC: "CPC",
        Metric.CONVERSIONS: "conversões",
    },
    "en": {
        Metric.SPEND: "spend",
        Metric.REVENUE: "revenue",
        Metric.ROAS: "ROAS",
        Metric.CAC: "CAC",
        Metric.CTR: "CTR",
        Metric.CPC: "CPC",
        Metric.CONVERSIONS: "conversions",
    },
}

_SOURCES = {
    "pt-BR": {
        Source.META: "Meta Ads",
        Source.GOOGLE: "Google Ads",
        Source.ORGANIC: "orgânico",
        Source.AGGREGATED: "todas as fontes",
    },
    "en": {
        Source.META: "Meta Ads",
        Source.GOOGLE: "Google Ads",
        Source.ORGANIC: "organic",
        Source.AGGREGATED: "all sources",
    },
}


_DRIVERS = {
    "pt-BR": {
        Driver.IMPRESSIONS: "impressões",
        Driver.CLICKS: "cliques",
        Driver.CTR: "CTR",
        Driver.CPC: "CPC",
        Driver.CONVERSION_RATE: "taxa de conversão",
        Driver.ORDER_VALUE: "valor por conversão",
        Driver.SPEND: "investimento",
        Driver.CONVERSIONS: "conversões",
        Driver.REVENUE: "receita",
        Driver.ROAS: "ROAS",
        Driver.CAC: "CAC",
    },
    "en": {
        Driver.IMPRESSIONS: "impressions",
        Driver.CLICKS: "clicks",
        Driver.CTR: "CTR",
        Driver.CPC: "CPC",
        Driver.CONVERSION_RATE: "conversion rate",
        Driver.ORDER_VALUE: "value per conversion",
        Driver.SPEND: "spend",
        Driver.CONVERSIONS: "conversions",
        Driver.REVENUE: "revenue",
        Driver.ROAS: "ROAS",
        Driver.CAC: "CAC",
    },
}

_PROBLEMS = {
    "pt-BR": {
        Problem.CREDENTIAL_MALFORMED: "A chave está incompleta ou em formato errado.",
        Problem.CREDENTIAL_INVALID: "A plataforma não reconhece esta chave.",
        Problem.CREDENTIAL_EXPIRED: "A chave expirou. Gere uma nova.",
        Problem.CREDENTIAL_REVOKED: "A chave foi revogada. Gere uma nova.",
        Problem.USER_ACTION_REQUIRED: "A plataforma pede antes uma confirmação na conta.",
        Problem.PERMISSION_MISSING: "Falta à chave a permissão de leitura dos relatórios.",
        Problem.ACCOUNT_NOT_FOUND: "A conta não existe ou esta chave não tem acesso a ela.",
        Problem.ACCOUNT_INACTIVE: "A conta está inativa na plataforma.",
        Problem.ACCOUNT_IS_MANAGER: "Este id é de uma conta administradora. Informe o da conta de anúncios.",
        Problem.PROJECT_NOT_APPROVED: "O projeto dono da credencial ainda não tem acesso à API.",
        Problem.API_DISABLED: "A API está desligada no projeto dono da credencial.",
        Problem.BAD_REQUEST: "A plataforma não aceita esta conta como está configurada.",
        Problem.TOO_MUCH_DATA: "A conta tem dados demais para esta verificação.",
        Problem.KEY_UNREADABLE: "A chave guardada não pode mais ser lida. Informe-a de novo.",
    },
    "en": {
        Problem.CREDENTIAL_MALFORMED: "The key is incomplete or in the wrong format.",
        Problem.CREDENTIAL_INVALID: "The platform does not recognise this key.",
        Problem.CREDENTIAL_EXPIRED: "The key has expired. Create a new one.",
        Problem.CREDENTIAL_REVOKED: "The key was revoked. Create a new one.",
        Problem.USER_ACTION_REQUIRED: "The platform wants a confirmation in the account first.",
        Problem.PERMISSION_MISSING: "The key lacks the permission to read reports.",
        Problem.ACCOUNT_NOT_FOUND: "The account does not exist or this key has no access to it.",
        Problem.ACCOUNT_INACTIVE: "The account is inactive on the platform.",
        Problem.ACCOUNT_IS_MANAGER: "This is a manager account's id. Give the advertising account's.",
        Problem.PROJECT_NOT_APPROVED: "The project that owns the credential has no access to the API yet.",
        Problem.API_DISABLED: "The API is switched off in the project that owns the credential.",
        Problem.BAD_REQUEST: "The platform does not accept this account as it is set up.",
        Problem.TOO_MUCH_DATA: "The account has too much data for this check.",
        Problem.KEY_UNREADABLE: "The stored key can no longer be read. Give it again.",
    },
}


def metric_name(metric: Metric, locale: str) -> str:
    return _METRICS[locale][metric]


def source_name(source: Source, locale: str) -> str:
    return _SOURCES[locale][source]


def driver_name(driver: Driver, locale: str) -> str:
    return _DRIVERS[locale][driver]


def problem_text(problem: Problem, locale: str) -> str:
    """Say what a platform's refusal means, and what a person can do about it."""
    return _PROBLEMS[locale][problem]


def figure(metric: Metric, value: float, *, currency: str, locale: str) -> str:
    r"""Write a metric's value as its reader would.

    >>> figure(Metric.CPC, 1234.5, currency="BRL", locale="pt-BR").replace("\xa0", " ")
    'R$ 1.234,50'
    >>> figure(Metric.CTR, 0.0155, currency="USD", locale="en")
    '1.55%'
    >>> figure(Metric.ROAS, 3.254, currency="USD", locale="en")
    '3.25'
    """
    tag = _tag(locale)
    if metric in MONEY:
        return format_currency(value, currency, locale=tag)
    if metric is Metric.CTR:
        return format_percent(value, "#,##0.00%", locale=tag)
    return format_decimal(value, "#,##0.##", locale=tag)


def axis_figure(metric: Metric, value: float, step: float, *, currency: str, locale: str) -> str:
    r"""Write a round value beside an axis whose ticks are `step` apart, with no digit that says nothing.

    >>> axis_figure(Metric.SPEND, 1500, 500, currency="BRL", locale="pt-BR").replace("\xa0", " ")
    'R$ 1,5 mil'
    >>> axis_figure(Metric.CPC, 2.5, 0.5, currency="USD", locale="en")
    '$2.50'
    >>> axis_figure(Metric.CTR, 0.015, 0.005, currency="USD", locale="en")
    '1.5%'
    """
    tag = _tag(locale)
    if metric is Metric.CTR:
        return format_percent(value, "#,##0" + _decimals(step * 100) + "%", locale=tag)
    if metric in MONEY:
        if abs(value) >= _COMPACT_FROM:
            return format_compact_currency(value, currency, locale=tag, fraction_digits=2)
        if step < _CENT or step == int(step):
            return format_currency(value, currency, _money(tag, step), locale=tag, currency_digits=False)
        return format_currency(value, currency, locale=tag)
    if abs(value) >= _COMPACT_FROM:
        return format_compact_decimal(value, locale=tag, fraction_digits=2)
    return format_decimal(value, "#,##0" + _decimals(step), locale=tag)


def added(metric: Metric, amount: float, *, currency: str, locale: str) -> str:
    """Write what is added to a metric's value, with its sign.

    >>> added(Metric.REVENUE, 12.5, currency="USD", locale="en")
    '+$12.50'
    """
    sign = "\N{MINUS SIGN}" if amount < 0 else "+"
    return sign + figure(metric, abs(amount), currency=currency, locale=locale)


def percent(value: float, locale: str) -> str:
    """Write a percentage without its sign: 118.42 becomes 118.4%."""
    return format_percent(abs(value) / 100, "#,##0.#%", locale=_tag(locale))


def day_and_month(instant: datetime, brand: Brand) -> str:
    """Name a moment's day without its year."""
    local = instant.astimezone(brand.zone)
    return str(format_skeleton("MMMd", local, locale=_tag(brand.locale)))


def hour_of_day(instant: datetime, brand: Brand) -> str:
    """Name a moment's hour by the brand's clocks."""
    local = instant.astimezone(brand.zone)
    return str(format_time(local.time(), "short", locale=_tag(brand.locale)))


def day_name(instant: datetime, brand: Brand) -> str:
    """Name the brand's day that holds an instant."""
    local = instant.astimezone(brand.zone).date()
    return str(format_date(local, "medium", locale=_tag(brand.locale)))


def minute(instant: datetime, brand: Brand) -> str:
    """Name an instant in the brand's zone, to the minute."""
    local = instant.astimezone(brand.zone)
    return f"{day_name(instant, brand)}, {format_time(local.time(), 'short', locale=_tag(brand.locale))}"


def moment(bucket: Bucket, brand: Brand, size: int = 1) -> str:
    """Name a bucket in the brand's zone: an hour with its date, a day, a week by its first day.

    Of the last `size` hours it names the end.
    """
    hours = bucket.period is Period.HOURLY and size > 1
    start = bucket.end if hours else bucket.start
    local, tag, day = start.astimezone(brand.zone), _tag(brand.locale), day_name(start, brand)
    if hours:
        until = {"pt-BR": f"{size} h até", "en": f"{size} h until"}[brand.locale]
        return f"{until} {day}, {format_time(local.time(), 'short', locale=tag)}"
    if bucket.period is Period.HOURLY:
        return f"{day}, {format_time(local.time(), 'short', locale=tag)}"
    if bucket.period is Period.DAILY:
        return day
    return {"pt-BR": f"semana de {day}", "en": f"week of {day}"}[brand.locale]


_COMPACT_FROM = 1_000
_CENT = 0.01


def _decimals(step: float) -> str:
    """Return a pattern for as many decimals as a step has, three at most.

    >>> _decimals(0.25), _decimals(2.0)
    ('.00', '')
    """
    text = f"{step:.3f}".rstrip("0").partition(".")[2]
    return f".{'0' * len(text)}" if text else ""


def _money(tag: str, step: float) -> str:
    """Return a language's own pattern for money, with as many decimals as a step has."""
    pattern: str = Locale.parse(tag).currency_formats["standard"].pattern
    return pattern.replace(".00", _decimals(step))


def _tag(locale: str) -> str:
    return locale.replace("-", "_")
