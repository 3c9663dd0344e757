"""What is asked of a GA4 property, and the rows of its report."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from local.world.google_errors import rpc_error
from local.world.wire import Refused, decimal
from shared.core.metric import MICROS, Source

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from local.world.story import Seen, Story

# Each channel's share in percent of the organic truth: the four organic ones are all of it, and
# a report without a filter shows three times as much.
_SHARES = {
    "organic search": 70,
    "organic social": 15,
    "organic shopping": 10,
    "organic video": 5,
    "direct": 110,
    "paid search": 60,
    "referral": 30,
}
TYPES = {
    "sessions": "TYPE_INTEGER",
    "ecommercePurchases": "TYPE_INTEGER",
    "transactions": "TYPE_INTEGER",
    "keyEvents": "TYPE_FLOAT",
    "firstTimePurchasers": "TYPE_INTEGER",
    "purchaseRevenue": "TYPE_CURRENCY",
}
_ORDERS = frozenset({"ecommercePurchases", "transactions", "keyEvents"})
_DIMENSIONS = ("dateHour", "date")
_CHANNEL = "sessionDefaultChannelGroup"
_PER_DOLLAR = {"USD": 100, "EUR": 92, "BRL": 540}
_AGO = re.compile(r"(\d+)daysAgo", re.ASCII)
_MAX_LIMIT = 250_000
_DEFAULT_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Ask:
    """One report: both dates inclusive in the property's zone, the share in percent, one page."""

    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    since: date
    until: date
    share: int
    currency: str
    first: int
    limit: int

    @classmethod
    def of(cls, fields: dict[str, Any], story: Story, now: datetime) -> Ask:
        """Read a request's body; Refused as GA4 does."""
        metrics = _names(fields, "metrics", "metric", TYPES)
        if not metrics:
            raise invalid("At least one metric is required.")
        since, until = _range(fields.get("dateRanges"), now.astimezone(story.zone).date())
        currency = str(fields.get("currencyCode") or story.currency)
        if currency not in _PER_DOLLAR:
            raise invalid(f"{currency} is not a currency of this world.")
        return cls(
            dimensions=_names(fields, "dimensions", "dimension", _DIMENSIONS),
            metrics=metrics,
            since=since,
            until=until,
            share=_share(fields.get("dimensionFilter")),
            currency=currency,
            first=_number(fields, "offset", 0),
            limit=min(_number(fields, "limit", _DEFAULT_LIMIT), _MAX_LIMIT),
        )


def rows(ask: Ask, story: Story, now: datetime) -> list[dict[str, object]]:
    """Return all rows in order of time; one in which nothing happened is absent."""
    groups: defaultdict[tuple[str, ...], list[Seen]] = defaultdict(list)
    for seen in story.seen(Source.ORGANIC, ask.since, ask.until, now):
        day = f"{seen.day:%Y%m%d}"
        labels = {"date": day, "dateHour": f"{day}{seen.hour:02d}"}
        groups[tuple(labels[name] for name in ask.dimensions)].append(seen)
    rate = (_PER_DOLLAR[ask.currency], _PER_DOLLAR[story.currency])
    found: list[dict[str, object]] = []
    for where, hours in groups.items():
        values = [_value(name, hours, ask.share, rate) for name in ask.metrics]
        if any(value != "0" for value in values):
            row = {"dimensionValues": where, "metricValues": values}
            found.append({name: [{"value": value} for value in part] for name, part in row.items()})
    return found


def invalid(message: str) -> Refused:
    return Refused(rpc_error(400, message))


def _value(name: str, hours: list[Seen], share: int, rate: tuple[int, int]) -> str:
    """Sum one metric over some hours, each taken at the channels' share of it."""
    if name == "sessions":
        return str(sum(seen.sessions * share // 100 for seen in hours))
    orders = sum((seen.sums.conversions or 0) // MICROS * share // 100 for seen in hours)
    if name in _ORDERS:
        return str(orders)
    if name == "firstTimePurchasers":
        return str(orders * 3 // 5)
    revenue = sum((seen.sums.revenue or 0) * share // 100 for seen in hours)
    return decimal(revenue * rate[0] // rate[1])


def _names(fields: dict[str, Any], room: str, kind: str, known: Iterable[str]) -> tuple[str, ...]:
    try:
        names = tuple(str(entry["name"]) for entry in fields.get(room, []))
    except (TypeError, KeyError):
        raise invalid(f"Invalid value at '{room}'.") from None
    if unknown := [name for name in names if name not in known]:
        raise invalid(f"Field {unknown[0]} is not a valid {kind}.")
    return names


def _range(ranges: object, today: date) -> tuple[date, date]:
    if not isinstance(ranges, list) or len(ranges) != 1:
        raise invalid("This world reports on exactly one of dateRanges.")
    try:
        since, until = _day(ranges[0]["startDate"], today), _day(ranges[0]["endDate"], today)
    except (TypeError, ValueError, KeyError):
        raise invalid("dateRanges need a startDate and an endDate.") from None
    if since > until:
        raise invalid("The startDate is after the endDate.")
    return since, until


def _day(text: str, today: date) -> date:
    if match := _AGO.fullmatch(text):
        return today - timedelta(days=int(match[1]))
    named = {"today": today, "yesterday": today - timedelta(days=1)}
    return named.get(text) or date.fromisoformat(text)


def _share(asked: dict[str, Any] | None) -> int:
    """Return the percentage of the organic truth that a filter lets through."""
    if not asked:
        return sum(_SHARES.values())
    only = asked.get("filter", {})
    values = only.get("inListFilter", {}).get("values")
    if set(asked) != {"filter"} or only.get("fieldName") != _CHANNEL or not isinstance(values, list):
        raise invalid(f"This world filters by an inListFilter on {_CHANNEL} only.")
    return sum(_SHARES.get(channel, 0) for channel in {str(value).lower() for value in values})


def _number(fields: dict[str, Any], name: str, default: int) -> int:
    text = str(fields.get(name, default))
    if not text.isdecimal():
        raise invalid(f"Invalid value at '{name}' (TYPE_INT64).")
    return int(text)
