"""The morning's digest: what is off or better than expected, but not worth a call in the night.

What is critical was told at once. Each day at nine by the brand's clocks, or as soon after it as anything
can be told, the rest of the last twenty-four hours is told in one message, a line an incident; where there
is nothing, nothing is.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from shared.core.incident import lead
from shared.core.message import Message, headline
from shared.core.sentry.severity import Severity
from shared.core.wording import day_name, figure, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shared.core.anomaly import Anomaly
    from shared.core.brand import Brand

HOUR = 9
LATEST = timedelta(days=3)
"""How late a digest is still worth telling."""

MOST_LINES = 10

_GRAVITY = list(Severity)
_WORDS = {
    "pt-BR": {
        "title": "resumo de {day}: {count}",
        "one": "1 desvio",
        "many": "{n} desvios",
        "more": "e mais {n}",
    },
    "en": {
        "title": "digest of {day}: {count}",
        "one": "1 deviation",
        "many": "{n} deviations",
        "more": "and {n} more",
    },
}
_AGAINST = {"pt-BR": "esperado {expected}", "en": "expected {expected}"}


def nine(day: date, brand: Brand) -> datetime:
    """Return when a day's digest is due."""
    return datetime.combine(day, time(HOUR), brand.zone)


def next_day(brand: Brand, now: datetime) -> date:
    """Return the first day whose digest is not due yet."""
    today = now.astimezone(brand.zone).date()
    return today if now < nine(today, brand) else today + timedelta(days=1)


def day_after(day: date, brand: Brand, now: datetime) -> date:
    """Return whose digest follows on a day's; what would be told too late is left out."""
    return max(day + timedelta(days=1), next_day(brand, now - LATEST))


def span_of(day: date, brand: Brand) -> tuple[datetime, datetime]:
    """Return the [start, end) that a day's digest tells of."""
    return nine(day - timedelta(days=1), brand), nine(day, brand)


def digest_of(found: Iterable[Anomaly], brand: Brand, day: date) -> Message | None:
    """Write a day's digest of what was raised or woke in its span; None when there is nothing to tell.

    Incidents with something critical in them have messages of their own.
    """

    def incident(each: Anomaly) -> str:
        return each.incident

    told, (start, end) = [], span_of(day, brand)
    for _, group in groupby(sorted(found, key=incident), key=incident):
        members = list(group)
        grave = any(each.severity is Severity.CRITICAL for each in members)
        standing = [each for each in members if each.is_open and not each.is_snoozed(end)]
        if standing and not grave and any(each.told for each in standing):
            told.append(lead(standing))
    if not told:
        return None
    told.sort(key=lambda each: (_GRAVITY.index(each.severity), -(each.at_risk or 0.0), each.id))
    words, left = _WORDS[brand.locale], len(told) - MOST_LINES
    count = words["one"] if len(told) == 1 else words["many"].format(n=len(told))
    title = words["title"].format(day=day_name(start + timedelta(days=1), brand), count=count)
    lines = _lines(told[:MOST_LINES], brand)
    more = (words["more"].format(n=left),) if left > 0 else ()
    name = " ".join(brand.name.split())
    return Message(f"{name} · {title}", (*lines, *more), about=told[0])


def _lines(told: Sequence[Anomaly], brand: Brand) -> tuple[str, ...]:
    return tuple(
        f"{headline(each, brand)} ("
        + figure(each.metric, each.value, currency=each.currency, locale=brand.locale)
        + ", "
        + _AGAINST[brand.locale].format(
            expected=figure(each.metric, each.expected, currency=each.currency, locale=brand.locale)
        )
        + f") · {moment(each.bucket, brand, each.size)}"
        for each in told
    )
