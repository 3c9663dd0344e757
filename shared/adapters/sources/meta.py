"""Meta Ads: account-level reports of the Marketing API, read with a token in the header.

Purchases do not exist by hour here: hours carry spend, impressions and link clicks, and days
carry day-to-date totals with purchases. HTTP status means nothing; errors are told by code.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from shared.adapters.platform_http import PlatformHttp, Reply, patiently
from shared.adapters.sources._reading import Reader, added, closed_hours, days_of, local_hour
from shared.core.integration import Account, Problem
from shared.core.metric import Source, Sums
from shared.core.report import Report, ReportRow
from shared.errors import BadRequest, PlatformRefused, RateLimited, Unavailable, WarRoomError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from zoneinfo import ZoneInfo

    from shared.core.period import Bucket
    from shared.core.report import Asked
    from shared.core.secret import Secret

VERSION = "v26.0"
_NAME = "meta"
_HOUR = "hourly_stats_aggregated_by_advertiser_time_zone"
_FIELDS = "account_id,account_currency,spend,impressions,clicks,inline_link_clicks"
_ROWS_A_PAGE, _MOST_PAGES = 500, 50
_ACTIVE = 1
_REDIRECT = 300
_WAIT_S, _LONGEST_WAIT_S = 900, 24 * 3600

_REFUSALS: dict[tuple[int, int | None], Problem] = {
    (190, 463): Problem.CREDENTIAL_EXPIRED,
    (190, 460): Problem.CREDENTIAL_REVOKED,
    (190, 458): Problem.CREDENTIAL_REVOKED,
    (190, 459): Problem.USER_ACTION_REQUIRED,
    (190, 464): Problem.USER_ACTION_REQUIRED,
    (190, None): Problem.CREDENTIAL_INVALID,
    (102, None): Problem.CREDENTIAL_INVALID,
    (10, None): Problem.PERMISSION_MISSING,
    (100, 3191001): Problem.PERMISSION_MISSING,
    (100, 33): Problem.ACCOUNT_NOT_FOUND,
    (100, 1504018): Problem.TOO_MUCH_DATA,
    (100, 1504038): Problem.TOO_MUCH_DATA,
    (100, 1487534): Problem.TOO_MUCH_DATA,
    (-3, 1504045): Problem.TOO_MUCH_DATA,
    (100, None): Problem.BAD_REQUEST,
    (2, 1504041): Problem.BAD_REQUEST,
    (2, 1504042): Problem.BAD_REQUEST,
    (2, 1504018): Problem.TOO_MUCH_DATA,
    (2, 1504038): Problem.TOO_MUCH_DATA,
    (3018, None): Problem.BAD_REQUEST,
    (368, None): Problem.USER_ACTION_REQUIRED,
}
"""By code and subcode; None stands for any other subcode."""

_BY_WORDS: tuple[tuple[int, str, Problem | None], ...] = (
    (100, "missing permissions", Problem.PERMISSION_MISSING),
    (100, "summary param", None),
    (1, "reduce the amount of data", Problem.TOO_MUCH_DATA),
)
"""Errors without a subcode that only their English message tells apart; None passes by itself."""

_APP_THROTTLES = frozenset({4, 341})
_ACCOUNT_THROTTLES = frozenset(
    {17, 32, 613, 80000, 80001, 80002, 80003, 80004, 80005, 80006, 80008, 80009, 80014}
)
_PERMISSIONS = range(200, 300)


def account_digits(text: str) -> str:
    """Return an account id's digits; BadRequest for anything but digits, with or without `act_`."""
    match = re.fullmatch(r"(?:act_)?([0-9]{1,20})", text, re.ASCII)
    if match is None:
        raise BadRequest("accountId", "digits, with or without act_ before them")
    return match[1]


@dataclass(frozen=True, slots=True)
class _Node:
    currency: str
    zone: ZoneInfo
    active: bool


class MetaAds:
    """Reads accounts; an account's zone and currency never change and are asked once."""

    def __init__(self, base: str) -> None:
        self._http = PlatformHttp(_NAME, base)
        self._read = Reader(_NAME)
        self._nodes: dict[str, _Node] = {}

    def app_of(self, key: Secret) -> str | None:
        """Return None: a plain token does not say which app it was given to."""
        del key
        return None

    def check(self, key: Secret, account_id: str) -> Account:
        account = account_digits(account_id)
        node = self._ask_node(key, account)
        self._get(key, f"/act_{account}/insights", level="account", date_preset="today", fields="spend")
        return Account(node.currency, node.zone.key, None if node.active else Problem.ACCOUNT_INACTIVE)

    def report(self, key: Secret, account_id: str, asked: Asked) -> Report:
        account = account_digits(account_id)
        node = self._nodes.get(account) or self._ask_node(key, account)
        zone, last = node.zone, asked.last(node.zone)
        hours: dict[Bucket, ReportRow] = {}
        for row in self._insights(
            key, account, asked.first_hours(zone), last, fields=_FIELDS, breakdowns=_HOUR
        ):
            day = self._one_day(row)
            if _HOUR in row:  # a day without delivery comes without its hour
                bucket, flags = local_hour(day, self._hour(row[_HOUR]), node.zone)
                added(hours, ReportRow(bucket, self._sums(row), flags))
        whole = f"{_FIELDS},actions,action_values"
        rows = self._insights(key, account, asked.first_days(zone), last, fields=whole)
        totals = {self._one_day(row): self._with_purchases(row, asked.event) for row in rows}
        return Report(
            currency=node.currency,
            zone=zone,
            fetched_at=asked.now,
            hours=closed_hours(hours, Source.META, asked, zone),
            days=days_of(totals, Source.META, asked, zone),
            snapshots=True,
        )

    def _ask_node(self, key: Secret, account: str) -> _Node:
        node = self._get(key, f"/act_{account}", fields="account_id,currency,timezone_name,account_status")
        zone = self._read.zone(node.get("timezone_name"))
        known = _Node(self._read.text(node.get("currency")), zone, node.get("account_status") == _ACTIVE)
        self._nodes[account] = known
        return known

    def _insights(
        self, key: Secret, account: str, first: date, last: date, **asked: str
    ) -> Iterator[dict[str, object]]:
        """Yield every row, page by page, by cursor: a page's `next` is a URL that may hold the token."""
        span = json.dumps({"since": first.isoformat(), "until": last.isoformat()})
        asked |= {"level": "account", "time_increment": "1", "limit": str(_ROWS_A_PAGE), "time_range": span}
        seen: set[str] = set()
        for _ in range(_MOST_PAGES):
            page = self._get(key, f"/act_{account}/insights", **asked)
            if page.get("data") is None:  # not the same as no rows, which would be zeros
                raise self._read.nonsense()
            yield from self._read.rows(page["data"])
            paging = page.get("paging")
            if not isinstance(paging, dict) or "next" not in paging:
                return
            after = self._read.text(self._read.table(paging.get("cursors")).get("after"))
            if after in seen:
                break
            seen.add(after)
            asked["after"] = after
        raise Unavailable(_NAME, "answered pages without end")

    def _get(self, key: Secret, path: str, **query: str) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {_token(key)}"}

        def once() -> dict[str, object]:
            reply = self._http.call("GET", f"/{VERSION}{quote(path)}", headers=headers, query=query)
            body = self._read.table(reply.body)
            if "error" in body:
                raise _failure(body["error"], reply)
            if reply.status >= _REDIRECT:
                raise Unavailable(_NAME, f"status {reply.status}")
            return body

        return patiently(once)

    def _one_day(self, row: Mapping[str, object]) -> date:
        start, stop = self._read.day(row.get("date_start")), self._read.day(row.get("date_stop"))
        if start != stop:
            raise self._read.nonsense()
        return start

    def _hour(self, label: object) -> int:
        match = re.fullmatch(r"([01]\d|2[0-3]):00:00 - \1:59:59", self._read.text(label), re.ASCII)
        if match is None:
            raise self._read.nonsense()
        return int(match[1])

    def _sums(self, row: Mapping[str, object]) -> Sums:
        """Read what hours and days share; link clicks are the clicks that compare with other sources."""
        return Sums(
            spend=self._read.micros(row.get("spend", "0")),
            impressions=self._read.count(row.get("impressions", "0")),
            clicks=self._read.count(row.get("inline_link_clicks", "0")),
        )

    def _with_purchases(self, row: Mapping[str, object], event: str) -> Sums:
        """Add one action type's count and value: the same sale stands under several aliases."""
        actions = {a.get("action_type"): a.get("value") for a in self._read.rows(row.get("actions"))}
        values = {a.get("action_type"): a.get("value") for a in self._read.rows(row.get("action_values"))}
        chosen = next((name for name in _tiers(event) if name in actions), None)
        sums = self._sums(row)
        return Sums(
            sums.spend,
            self._read.micros(values.get(chosen, "0")),
            sums.impressions,
            sums.clicks,
            self._read.micros(actions[chosen]) if chosen else 0,
        )


def _token(key: Secret) -> str:
    token = key.reveal()
    if not re.fullmatch(r"[!-~]+", token):
        raise PlatformRefused(_NAME, Problem.CREDENTIAL_MALFORMED.value)
    return token


def _tiers(event: str) -> tuple[str, ...]:
    """Return an event's action types, the most deduplicated first."""
    if event.startswith("offsite_conversion.custom."):
        return (event,)
    single = {
        "purchase": (
            "offsite_conversion.fb_pixel_purchase",
            "onsite_conversion.purchase",
            "app_custom_event.fb_mobile_purchase",
        )
    }
    return (f"omni_{event}", event, *single.get(event, (f"offsite_conversion.fb_pixel_{event}",)))


def _failure(error: object, reply: Reply) -> WarRoomError:
    """Name what an error body means; its own words never go further."""
    if not isinstance(error, dict) or not isinstance(error.get("code"), int):
        return Unavailable(_NAME, "answered something unexpected")
    code, subcode = error["code"], error.get("error_subcode")
    if not isinstance(subcode, int):
        subcode = None
    if code in _APP_THROTTLES:
        return RateLimited(_NAME, _wait_s(reply), "app")
    if code in _ACCOUNT_THROTTLES:
        return RateLimited(_NAME, _wait_s(reply), "account")
    said = str(error.get("message")).lower()
    told = next((row for row in _BY_WORDS if not subcode and row[0] == code and row[1] in said), None)
    problem = told[2] if told else _REFUSALS.get((code, subcode)) if subcode else None
    if problem is None and told is None and not error.get("is_transient"):
        problem = Problem.PERMISSION_MISSING if code in _PERMISSIONS else _REFUSALS.get((code, None))
    if problem is not None:
        return PlatformRefused(_NAME, problem.value)
    return Unavailable(_NAME, f"code {code}")


def _wait_s(reply: Reply) -> int:
    """Read how long to wait from the usage headers, whose values are JSON texts of their own."""
    waits = [_WAIT_S]
    for name, field, unit_s in (
        ("x-business-use-case-usage", "estimated_time_to_regain_access", 60),
        ("x-ad-account-usage", "reset_time_duration", 1),
    ):
        try:
            told = json.loads(reply.headers.get(name, "null"))
        except (ValueError, RecursionError):
            continue
        waits += [math.ceil(value * unit_s) for value in _found(told, field)]
    return min(max(waits[1:], default=_WAIT_S), _LONGEST_WAIT_S)


def _found(told: object, field: str) -> Iterator[float]:
    if isinstance(told, list):
        for item in told:
            yield from _found(item, field)
    elif isinstance(told, dict):
        value = told.get(field)
        if isinstance(value, int | float) and 0 < value <= _LONGEST_WAIT_S:
            yield value
        for item in told.values():
            yield from _found(item, field)
