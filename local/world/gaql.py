"""As much of the Google Ads query language as reports on a customer need."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from local.world.google_errors import ads_error
from local.world.wire import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

CUSTOMER = frozenset(
    f"customer.{name}"
    for name in (
        *("id", "resource_name", "descriptive_name", "currency_code", "time_zone"),
        *("manager", "test_account", "status"),
    )
)
SEGMENTS = frozenset({"segments.date", "segments.hour"})
METRICS = frozenset(
    f"metrics.{name}"
    for name in (
        *("cost_micros", "impressions", "clicks", "conversions", "conversions_value"),
        *("conversions_by_conversion_date", "conversions_value_by_conversion_date"),
    )
)
_QUERY = re.compile(
    r"\s*SELECT\s+(?P<select>.+?)\s+FROM\s+(?P<resource>\w+)"
    r"(?:\s+WHERE\s+(?P<where>.+?))?"
    r"(?:\s+ORDER\s+BY\s+(?P<order>.+?))?"
    r"(?:\s+LIMIT\s+(?P<limit>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_DATE = r"'(\d{4}-\d\d-\d\d)'"
_BETWEEN = re.compile(rf"segments\.date\s+BETWEEN\s+{_DATE}\s+AND\s+{_DATE}", re.IGNORECASE)
_ON = re.compile(rf"segments\.date\s*=\s*{_DATE}", re.IGNORECASE)
_DURING = re.compile(r"segments\.date\s+DURING\s+(\w+)", re.IGNORECASE)
_SPANS = {"TODAY": (0, 0), "YESTERDAY": (1, 1), "LAST_7_DAYS": (7, 1), "LAST_30_DAYS": (30, 1)}


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query; dates inclusive, None when it has no date filter."""

    select: tuple[str, ...]
    span: tuple[date, date] | None
    order: tuple[tuple[str, bool], ...]
    limit: int | None

    @property
    def metrics(self) -> list[str]:
        return [name for name in self.select if name in METRICS]

    @property
    def segments(self) -> list[str]:
        return [name for name in self.select if name in SEGMENTS]


def parse(text: str, today: date) -> Query:
    """Read a query; Refused with a queryError as Google does."""
    match = _QUERY.fullmatch(text)
    if match is None:
        raise refused("UNEXPECTED_INPUT", "Error in query: unexpected input.")
    if match["resource"] != "customer":
        raise refused(
            "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE", f"'{match['resource']}' is not known in this world."
        )
    select = tuple(name.strip() for name in match["select"].split(","))
    _known(select)
    span = None if match["where"] is None else _span(match["where"], today)
    if span is None and SEGMENTS & set(select):
        raise refused("EXPECTED_FILTERS_ON_DATE_RANGE", "Segments by date need a finite range of dates.")
    limit = match["limit"]
    if limit is not None and int(limit) == 0:
        raise refused("BAD_LIMIT_VALUE", "The limit must be positive.")
    order = tuple(_ordering(part, select) for part in (match["order"] or "").split(",") if part.strip())
    return Query(select, span, order, None if limit is None else int(limit))


def refused(name: str, message: str) -> Refused:
    return Refused(ads_error(400, "queryError", name, message))


def _known(names: Iterable[str]) -> None:
    unknown = [name for name in names if name not in CUSTOMER | SEGMENTS | METRICS]
    if unknown:
        raise refused("UNRECOGNIZED_FIELD", f"Unrecognized field in the query: '{unknown[0]}'.")


def _span(where: str, today: date) -> tuple[date, date]:
    where = where.strip()
    try:
        if between := _BETWEEN.fullmatch(where):
            span = date.fromisoformat(between[1]), date.fromisoformat(between[2])
        elif on := _ON.fullmatch(where):
            span = date.fromisoformat(on[1]), date.fromisoformat(on[1])
        elif (during := _DURING.fullmatch(where)) and during[1].upper() in _SPANS:
            first, last = _SPANS[during[1].upper()]
            span = today - timedelta(days=first), today - timedelta(days=last)
        else:
            raise refused("BAD_OPERATOR", "This world filters on segments.date only.")
    except ValueError:
        raise refused("BAD_VALUE", "Not a date.") from None
    if span[0] > span[1]:
        raise refused("INVALID_VALUE_WITH_BETWEEN_OPERATOR", "The first date is after the last.")
    return span


def _ordering(part: str, select: tuple[str, ...]) -> tuple[str, bool]:
    name, _, direction = part.strip().partition(" ")
    _known([name])
    if name not in select:
        raise refused("EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE", f"'{name}' is not selected.")
    return name, direction.strip().upper() == "DESC"
