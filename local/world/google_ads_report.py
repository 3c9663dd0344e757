"""The rows of a Google Ads search: hours grouped by the selected segments, in the API's JSON spelling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.world.gaql import METRICS
from shared.core.metric import MICROS, total

if TYPE_CHECKING:
    from datetime import date

    from local.world.gaql import Query
    from local.world.story import Seen
    from shared.core.metric import Sums

Row = dict[str, dict[str, object]]


def rows(query: Query, hours: list[Seen], customer: dict[str, object]) -> list[Row]:
    """Return the rows in the order asked for, no more than the query's limit."""
    return _sorted(_grouped(query, hours, customer), query)[: query.limit]


def _grouped(query: Query, hours: list[Seen], customer: dict[str, object]) -> list[Row]:
    """Group the hours by the selected segments; under a segment, rows of zeros are left out."""
    groups: dict[tuple[date | None, int | None], list[Sums]] = {}
    by_day, by_hour = "segments.date" in query.segments, "segments.hour" in query.segments
    for seen in hours:
        key = (seen.day if by_day else None, seen.hour if by_hour else None)
        groups.setdefault(key, []).append(seen.sums)
    if not query.segments:
        groups.setdefault((None, None), [])
    found: list[Row] = []
    for (day, hour), parts in groups.items():
        numbers = {name: _metric(name, total(parts)) for name in query.metrics}
        if query.segments and not any(float(value) for value in numbers.values()):
            continue
        row: Row = {"customer": {"resourceName": customer["resourceName"]}}
        for name in query.select:
            room, _, field = name.partition(".")
            key_in_row = camel(field)
            if room == "customer" and key_in_row in customer:
                row["customer"][key_in_row] = customer[key_in_row]
            elif name in numbers:
                row.setdefault("metrics", {})[key_in_row] = numbers[name]
        if by_day and day is not None:
            row.setdefault("segments", {})["date"] = day.isoformat()
        if by_hour and hour is not None:
            row.setdefault("segments", {})["hour"] = hour
        found.append(row)
    return found


def _metric(name: str, sums: Sums) -> str | float:
    """Write a number as the API does: int64 as a string, a double as a number."""
    if name == "metrics.cost_micros":
        return str(sums.spend or 0)
    if name == "metrics.impressions":
        return str(sums.impressions or 0)
    if name == "metrics.clicks":
        return str(sums.clicks or 0)
    amount = sums.revenue if "conversions_value" in name else sums.conversions
    return (amount or 0) / MICROS


def _sorted(found: list[Row], query: Query) -> list[Row]:
    def value(row: Row, name: str) -> tuple[float, str]:
        room, _, field = name.partition(".")
        held = row[room].get(camel(field), "")
        is_number = name in METRICS or isinstance(held, int)
        return (float(str(held)), "") if is_number else (0.0, str(held))

    for name, descending in reversed(query.order):
        found.sort(key=lambda row: value(row, name), reverse=descending)
    return found


def camel(name: str) -> str:
    """Turn a field's name into its JSON spelling.

    >>> camel("conversions_value")
    'conversionsValue'
    """
    head, *tail = name.split("_")
    return head + "".join(part.title() for part in tail)
