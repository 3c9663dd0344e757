"""Organic traffic through the GA4 Data API: purchases and revenue of the organic channel groups."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shared.adapters.sources._google_api import GoogleApi
from shared.adapters.sources._reading import Reader, added, closed_hours, days_of, local_hour
from shared.adapters.sources.google_token import GoogleCredential, GoogleTokens
from shared.core.integration import Account
from shared.core.metric import Source, Sums
from shared.core.report import Report, ReportRow
from shared.errors import BadRequest, Unavailable

if TYPE_CHECKING:
    from datetime import date

    from shared.core.period import Bucket
    from shared.core.report import Asked
    from shared.core.secret import Secret

VERSION = "v1beta"
SCOPE = "https://www.googleapis.com/auth/analytics.readonly"
CHANNELS = ("Organic Search", "Organic Social", "Organic Video", "Organic Shopping")
_NAME = "ga4"
_ROWS_A_PAGE, _MOST_PAGES = 1000, 50


def property_digits(text: str) -> str:
    """Return a property id; a measurement id (G-XXXX) names a stream and is refused."""
    if not re.fullmatch(r"[0-9]{1,20}", text, re.ASCII):
        raise BadRequest("accountId", "the property's number, not its G- measurement id")
    return text


class Ga4:
    def __init__(self, base: str, token_url: str) -> None:
        self._api = GoogleApi(_NAME, base, GoogleTokens(_NAME, token_url, SCOPE))
        self._read = Reader(_NAME)

    def app_of(self, key: Secret) -> str | None:
        return GoogleCredential.parse(_NAME, key).project

    def check(self, key: Secret, account_id: str) -> Account:
        asked: dict[str, object] = {
            "dateRanges": [{"startDate": "yesterday", "endDate": "yesterday"}],
            "metrics": [{"name": "sessions"}],
            "limit": "1",
        }
        page = self._post(GoogleCredential.parse(_NAME, key), property_digits(account_id), asked)
        metadata = self._read.table(page.get("metadata"))
        zone = self._read.zone(metadata.get("timeZone"))
        return Account(self._read.text(metadata.get("currencyCode")), zone.key)

    def report(self, key: Secret, account_id: str, asked: Asked) -> Report:
        """Read hours and days of the property's own zone.

        A brand that converts by another event than purchases counts its key events instead.
        """
        credential, account = GoogleCredential.parse(_NAME, key), property_digits(account_id)
        pages = self._pages(credential, account, _body(asked))
        metadata = self._read.table(pages[0].get("metadata"))
        zone = self._read.zone(metadata.get("timeZone"))
        hours: dict[Bucket, ReportRow] = {}
        days: dict[date, Sums] = {}
        for row in (row for page in pages for row in self._named_rows(page)):
            label = self._read.text(row.get("dateHour"))
            if not re.fullmatch(r"[0-9]{8}([01][0-9]|2[0-3])", label, re.ASCII):
                raise self._read.nonsense()
            day = self._read.day(f"{label[:4]}-{label[4:6]}-{label[6:8]}")
            bucket, flags = local_hour(day, int(label[8:]), zone)
            conversions = self._read.micros(row.get(_counted(asked.event)))
            sums = Sums(revenue=self._read.micros(row.get("purchaseRevenue")), conversions=conversions)
            added(hours, ReportRow(bucket, sums, flags))
            days[day] = days.get(day, Sums()) + sums
        return Report(
            currency=self._read.text(metadata.get("currencyCode")),
            zone=zone,
            fetched_at=asked.now,
            hours=closed_hours(hours, Source.ORGANIC, asked, zone),
            days=days_of(days, Source.ORGANIC, asked, zone),
        )

    def _pages(
        self, credential: GoogleCredential, account: str, asked: dict[str, object]
    ) -> list[dict[str, object]]:
        pages: list[dict[str, object]] = []
        read = 0
        for _ in range(_MOST_PAGES):
            page = self._post(credential, account, asked | {"offset": str(read), "limit": str(_ROWS_A_PAGE)})
            pages.append(page)
            rows = self._read.rows(page.get("rows"))
            read += len(rows)
            if read >= self._read.count(page.get("rowCount", 0)):
                return pages
            if not rows:
                break
        raise Unavailable(_NAME, "answered pages without end")

    def _named_rows(self, page: dict[str, object]) -> list[dict[str, object]]:
        """Give positional values their names, as the answer's own headers order them."""
        heads = [*self._read.rows(page.get("dimensionHeaders")), *self._read.rows(page.get("metricHeaders"))]
        names = [self._read.text(head.get("name")) for head in heads]
        named = []
        for row in self._read.rows(page.get("rows")):
            cells = [
                *self._read.rows(row.get("dimensionValues")),
                *self._read.rows(row.get("metricValues")),
            ]
            if len(cells) != len(names):
                raise self._read.nonsense()
            named.append({name: cell.get("value") for name, cell in zip(names, cells, strict=True)})
        return named

    def _post(self, credential: GoogleCredential, account: str, body: dict[str, object]) -> dict[str, object]:
        return self._api.post(f"/{VERSION}/properties/{account}:runReport", credential, body)


def _counted(event: str) -> str:
    return "ecommercePurchases" if event == "purchase" else "keyEvents"


def _body(asked: Asked) -> dict[str, object]:
    channels: dict[str, object] = {
        "fieldName": "sessionDefaultChannelGroup",
        "inListFilter": {"values": list(CHANNELS)},
    }
    return {
        "dateRanges": [{"startDate": f"{max(asked.days - 1, asked.lookback)}daysAgo", "endDate": "today"}],
        "dimensions": [{"name": "dateHour"}],
        "metrics": [{"name": "sessions"}, {"name": _counted(asked.event)}, {"name": "purchaseRevenue"}],
        "dimensionFilter": {"filter": channels},
        "returnPropertyQuota": True,
    }
