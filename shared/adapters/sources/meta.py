"""Meta Ads: account-level reports of the Marketing API, read with a token in the header.

Purchases do not exist by hour here: hours carry spend, impressions and link clicks, and days
carry day-to-date totals with purchases.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from shared.adapters.platform_http import PlatformHttp
from shared.adapters.sources._graph import VERSION, Graph, MetaKey
from shared.adapters.sources._meta_errors import NAME, failure
from shared.adapters.sources._reading import Reader, added, closed_hours, days_of, has_hours, local_hour
from shared.core.integration import Account, Problem
from shared.core.metric import Source, Sums
from shared.core.report import Report, ReportRow
from shared.errors import BadRequest, PlatformRefused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date
    from zoneinfo import ZoneInfo

    from shared.core.period import Bucket
    from shared.core.report import Asked
    from shared.core.secret import Secret

__all__ = ["VERSION", "MetaAds", "account_digits"]

_HOUR = "hourly_stats_aggregated_by_advertiser_time_zone"
_FIELDS = "account_id,account_currency,spend,impressions,clicks,inline_link_clicks"
_ACTIVE = 1
_SCOPES = frozenset({"ads_read", "ads_management"})
_COMPLETED, _FAILED = "Job Completed", frozenset({"Job Failed", "Job Skipped"})
_FULL = 100
_BLIND_LOOKS = 10
_NEVER = 32_503_680_000  # the year 3000


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
    """Reads accounts; an account's zone and currency never change and are asked while unknown."""

    def __init__(self, base: str) -> None:
        self._http = PlatformHttp(NAME, base)
        self._read = Reader(NAME)
        self._unseen: Counter[str] = Counter()

    def app_of(self, key: Secret) -> str | None:
        return MetaKey.parse(key).app_id

    def check(self, key: Secret, account_id: str) -> Account:
        account, graph = account_digits(account_id), self._graph(key)
        node = self._ask_node(graph, account)
        graph.get(f"/act_{account}/insights", level="account", date_preset="today", fields="spend")
        warning = None if node.active else Problem.ACCOUNT_INACTIVE
        return Account(node.currency, node.zone.key, warning, self._end_of(graph))

    def report(self, key: Secret, account_id: str, asked: Asked) -> Report:
        """Read two reports, hours and days; at night, what the token's app tells of its end, too.

        An outage of that alone is no reason to go without the numbers.
        """
        account, graph = account_digits(account_id), self._graph(key)
        node = self._node(graph, account, asked)
        first, last = asked.first_hours(node.zone), asked.last(node.zone)
        rows: Iterable[Mapping[str, object]] = ()
        if has_hours(asked, node.zone):
            rows = self._insights(graph, account, first, last, fields=_FIELDS, breakdowns=_HOUR)
        expires_at = None
        if asked.lookback:
            with suppress(Unavailable):
                expires_at = self._end_of(graph)
        return self._report(graph, account, node, asked, rows, expires_at)

    def order(self, key: Secret, account_id: str, asked: Asked) -> str:
        """Start a report run of hours, which Meta prepares in its own time; return its id."""
        account, graph = account_digits(account_id), self._graph(key)
        node = self._node(graph, account, asked)
        first, last = asked.first_hours(node.zone), asked.last(node.zone)
        if not has_hours(asked, node.zone):
            return ""
        wanted = _span(first, last) | {"fields": _FIELDS, "breakdowns": _HOUR}
        order = self._read.text(graph.post(f"/act_{account}/insights", **wanted).get("report_run_id"))
        if not re.fullmatch(r"[0-9]+", order, re.ASCII):
            raise self._read.nonsense()
        return order

    def progress(self, key: Secret, order: str) -> float:
        """Return how much of a run is prepared, 0 to 1; done is only what says so at 100 percent.

        A run that was started this moment may not be there yet, which Meta tells as an unknown
        object: for the first few looks that is no progress, and then a refusal.
        """
        if not order:
            return 1.0
        try:
            run = self._graph(key).get(f"/{order}")
        except PlatformRefused as refusal:
            self._unseen[order] += 1
            if refusal.reason == Problem.ACCOUNT_NOT_FOUND.value and self._unseen[order] <= _BLIND_LOOKS:
                return 0.0
            raise
        self._unseen.pop(order, None)
        status, percent = self._read.text(run.get("async_status")), run.get("async_percent_completion")
        if status in _FAILED:
            told = {"code": run.get("error_code"), "error_subcode": run.get("error_subcode")}
            raise failure(told, {})
        done = percent if isinstance(percent, int | float) else 0
        if status == _COMPLETED and done >= _FULL:
            return 1.0
        return min(done / _FULL, 0.99)

    def collect(self, key: Secret, account_id: str, asked: Asked, order: str) -> Report:
        """Read what was ordered, and its days."""
        account, graph = account_digits(account_id), self._graph(key)
        node = self._node(graph, account, asked)
        rows = graph.rows(f"/{order}/insights") if order else ()
        return self._report(graph, account, node, asked, rows, None)

    def _report(
        self,
        graph: Graph,
        account: str,
        node: _Node,
        asked: Asked,
        rows: Iterable[Mapping[str, object]],
        expires_at: datetime | None,
    ) -> Report:
        zone = node.zone
        hours: dict[Bucket, ReportRow] = {}
        for row in rows:
            day = self._one_day(row)
            if _HOUR in row:  # a day without delivery comes without its hour
                bucket, flags = local_hour(day, self._hour(row[_HOUR]), zone)
                added(hours, ReportRow(bucket, self._sums(row), flags))
        whole = self._insights(
            graph,
            account,
            asked.first_days(zone),
            asked.last(zone),
            fields=f"{_FIELDS},actions,action_values",
        )
        totals = {self._one_day(row): self._with_purchases(row, asked.event) for row in whole}
        return Report(
            currency=node.currency,
            zone=zone,
            fetched_at=asked.now,
            hours=closed_hours(hours, Source.META, asked, zone),
            days=days_of(totals, Source.META, asked, zone),
            snapshots=True,
            usage=graph.usage,
            expires_at=expires_at,
        )

    def _graph(self, key: Secret) -> Graph:
        return Graph(self._http, self._read, MetaKey.parse(key))

    def _node(self, graph: Graph, account: str, asked: Asked) -> _Node:
        if asked.account is not None:
            return _Node(asked.account.currency, self._read.zone(asked.account.time_zone), active=True)
        return self._ask_node(graph, account)

    def _ask_node(self, graph: Graph, account: str) -> _Node:
        node = graph.get(f"/act_{account}", fields="account_id,currency,timezone_name,account_status")
        zone = self._read.zone(node.get("timezone_name"))
        return _Node(self._read.text(node.get("currency")), zone, node.get("account_status") == _ACTIVE)

    def _end_of(self, graph: Graph) -> datetime | None:
        """Return when the token ends, if its app was given with it; refuse one that may not read ads."""
        if graph.key.app_id is None or graph.key.app_secret is None:
            return None
        token = graph.inspect()
        scopes = token.get("scopes")
        if token.get("is_valid") is True and isinstance(scopes, list) and not _SCOPES & {*map(str, scopes)}:
            raise PlatformRefused(NAME, Problem.PERMISSION_MISSING.value)
        ends = [token.get(name) for name in ("expires_at", "data_access_expires_at")]
        known = [end for end in ends if isinstance(end, int) and 0 < end < _NEVER]  # 0 stands for never
        return datetime.fromtimestamp(min(known), UTC) if known else None

    def _insights(
        self, graph: Graph, account: str, first: date, last: date, **asked: str
    ) -> list[dict[str, object]]:
        """Read a report; one that is too much for Meta is read in halves."""
        try:
            return list(graph.rows(f"/act_{account}/insights", **_span(first, last), **asked))
        except PlatformRefused as refusal:
            if refusal.reason != Problem.TOO_MUCH_DATA.value or first == last:
                raise
        middle = first + (last - first) // 2
        early = self._insights(graph, account, first, middle, **asked)
        return early + self._insights(graph, account, middle + timedelta(days=1), last, **asked)

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
        actions, values = self._by_type(row.get("actions")), self._by_type(row.get("action_values"))
        chosen = next((name for name in _tiers(event) if name in actions), None)
        sums = self._sums(row)
        return Sums(
            sums.spend,
            self._read.micros(values.get(chosen, "0")) if chosen else 0,
            sums.impressions,
            sums.clicks,
            self._read.micros(actions[chosen]) if chosen else 0,
        )

    def _by_type(self, told: object) -> dict[str, object]:
        return {self._read.text(a.get("action_type")): a.get("value") for a in self._read.rows(told)}


def _span(first: date, last: date) -> dict[str, str]:
    """Return the parameters of every report: one account, day by day, both ends inclusive."""
    days = json.dumps({"since": first.isoformat(), "until": last.isoformat()})
    return {"level": "account", "time_increment": "1", "time_range": days}


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
