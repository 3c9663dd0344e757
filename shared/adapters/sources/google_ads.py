"""Google Ads through REST: the account's own hours, with fractional conversions."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.adapters.sources._google_api import AtOnce, GoogleApi
from shared.adapters.sources._google_errors import PageGone
from shared.adapters.sources._reading import Reader, added, closed_hours, days_of, local_hour
from shared.adapters.sources.google_token import GoogleCredential, GoogleTokens
from shared.core.integration import Account, Problem
from shared.core.metric import Source, Sums
from shared.core.report import Report, ReportRow
from shared.errors import BadRequest, PlatformRefused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from zoneinfo import ZoneInfo

    from shared.core.period import Bucket
    from shared.core.report import Asked
    from shared.core.secret import Secret

VERSION = "v26"
SCOPE = "https://www.googleapis.com/auth/adwords"
_NAME = "google_ads"
_MOST_PAGES = 50

_CUSTOMER = (
    "SELECT customer.id, customer.currency_code, customer.time_zone, customer.manager, customer.status "
    "FROM customer LIMIT 1"
)
_METRICS = (
    "metrics.cost_micros, metrics.impressions, metrics.clicks, metrics.conversions, metrics.conversions_value"
)
_HOURS = (
    f"SELECT segments.date, segments.hour, {_METRICS} FROM customer "
    "WHERE segments.date BETWEEN '{first}' AND '{last}' ORDER BY segments.date, segments.hour"
)
_DAYS = (
    f"SELECT segments.date, {_METRICS} FROM customer "
    "WHERE segments.date BETWEEN '{first}' AND '{last}' ORDER BY segments.date"
)


def customer_digits(text: str) -> str:
    """Return a customer id's ten digits; dashes are accepted."""
    digits = text.replace("-", "")
    if not re.fullmatch(r"[0-9]{10}", digits, re.ASCII):
        raise BadRequest("accountId", "ten digits, with or without dashes")
    return digits


@dataclass(frozen=True, slots=True)
class _Customer:
    currency: str
    zone: ZoneInfo
    enabled: bool


class GoogleAds(AtOnce):
    """Reads accounts; an account's zone and currency never change and are asked while unknown."""

    def __init__(self, base: str, token_url: str) -> None:
        self._api = GoogleApi(_NAME, base, GoogleTokens(_NAME, token_url, SCOPE))
        self._read = Reader(_NAME)

    def app_of(self, key: Secret) -> str | None:
        return GoogleCredential.parse(_NAME, key).project

    def check(self, key: Secret, account_id: str) -> Account:
        credential = GoogleCredential.parse(_NAME, key)
        customer = self._ask_customer(credential, customer_digits(account_id))
        warning = None if customer.enabled else Problem.ACCOUNT_INACTIVE
        return Account(customer.currency, customer.zone.key, warning, self._api.end_of(credential))

    def report(self, key: Secret, account_id: str, asked: Asked) -> Report:
        """Read hours, whose sums are their days; a lookback's days in a second query.

        What counts as a conversion is set in the account.
        """
        credential, account = GoogleCredential.parse(_NAME, key), customer_digits(account_id)
        customer = self._customer(credential, account, asked)
        zone, last = customer.zone, asked.last(customer.zone)
        first = asked.first_hours(zone)
        hours: dict[Bucket, ReportRow] = {}
        days: dict[date, Sums] = {}
        for day, segments, sums in self._rows(credential, account, _HOURS, first, last):
            bucket, flags = local_hour(day, self._hour(segments), zone)
            added(hours, ReportRow(bucket, sums, flags))
            days[day] = days.get(day, Sums()) + sums
        if asked.first_days(zone) < first:
            days |= {
                day: sums
                for day, _, sums in self._rows(credential, account, _DAYS, asked.first_days(zone), last)
            }
        return Report(
            currency=customer.currency,
            zone=zone,
            fetched_at=asked.now,
            hours=closed_hours(hours, Source.GOOGLE, asked, zone),
            days=days_of(days, Source.GOOGLE, asked, zone),
            expires_at=self._api.end_of(credential),
        )

    def _rows(
        self, credential: GoogleCredential, account: str, query: str, first: date, last: date
    ) -> Iterator[tuple[date, dict[str, object], Sums]]:
        """Yield each row's local day, its segments and its sums."""
        for row in self._search(credential, account, query.format(first=first, last=last)):
            segments = self._read.table(row.get("segments"))
            yield (
                self._read.day(segments.get("date")),
                segments,
                self._sums(self._read.table(row.get("metrics", {}))),
            )

    def _hour(self, segments: dict[str, object]) -> int:
        hour = segments.get("hour")
        if not isinstance(hour, int) or isinstance(hour, bool) or not 0 <= hour <= 23:
            raise self._read.nonsense()
        return hour

    def _sums(self, metrics: dict[str, object]) -> Sums:
        """Read a row; a selected metric that is absent is 0. Whole numbers come as text."""
        return Sums(
            spend=self._read.count(metrics.get("costMicros", "0")),
            revenue=self._read.signed_micros(metrics.get("conversionsValue", 0)),
            impressions=self._read.count(metrics.get("impressions", "0")),
            clicks=self._read.count(metrics.get("clicks", "0")),
            conversions=self._read.micros(metrics.get("conversions", 0)),
        )

    def _customer(self, credential: GoogleCredential, account: str, asked: Asked) -> _Customer:
        if asked.account is not None:
            return _Customer(asked.account.currency, self._read.zone(asked.account.time_zone), enabled=True)
        return self._ask_customer(credential, account)

    def _ask_customer(self, credential: GoogleCredential, account: str) -> _Customer:
        rows = self._search(credential, account, _CUSTOMER)
        customer = self._read.table(rows[0].get("customer") if rows else None)
        if customer.get("manager") is True:
            raise PlatformRefused(_NAME, Problem.ACCOUNT_IS_MANAGER.value)
        zone = self._read.zone(customer.get("timeZone"))
        currency = self._read.text(customer.get("currencyCode"))
        return _Customer(currency, zone, customer.get("status") == "ENABLED")

    def _search(self, credential: GoogleCredential, account: str, query: str) -> list[dict[str, object]]:
        """Read every page; when one grew too old meanwhile, all of them once more from the first."""
        for _ in range(2):
            with suppress(PageGone):
                return list(self._pages(credential, account, query))
        raise Unavailable(_NAME, "forgot its own pages")

    def _pages(self, credential: GoogleCredential, account: str, query: str) -> Iterator[dict[str, object]]:
        body: dict[str, object] = {"query": query}
        for _ in range(_MOST_PAGES):
            page = self._post(credential, account, body)
            yield from self._read.rows(page.get("results"))
            if not page.get("nextPageToken"):
                return
            body["pageToken"] = self._read.text(page["nextPageToken"])
        raise Unavailable(_NAME, "answered pages without end")

    def _post(self, credential: GoogleCredential, account: str, body: dict[str, object]) -> dict[str, object]:
        return self._api.post(f"/{VERSION}/customers/{account}/googleAds:search", credential, body)
