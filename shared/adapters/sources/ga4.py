"""Organic traffic through the GA4 Data API: purchases and revenue of the organic channel groups."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from shared.adapters.sources._google_api import AtOnce, GoogleApi
from shared.adapters.sources._reading import Reader, added, closed_hours, days_of, local_hour
from shared.adapters.sources.google_token import GoogleCredential, GoogleTokens
from shared.core.integration import Account
from shared.core.metric import Source, Sums
from shared.core.report import Report, ReportRow, Usage
from shared.errors import BadRequest, Unavailable

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from shared.core.period import Bucket
    from shared.core.report import Asked
    from shared.core.secret import Secret

VERSION = "v1beta"
SCOPE = "https://www.googleapis.com/auth/analytics.readonly"
CHANNELS = ("Organic Search", "Organic Social", "Organic Video", "Organic Shopping")
_NAME = "ga4"
_ROWS_A_PAGE, _MOST_PAGES = 1000, 50
_ALLOWANCES = {
    "tokensPerDay": (200_000, 6 * 3600),
    "tokensPerHour": (40_000, 1800),
    "tokensPerProjectPerHour": (14_000, 1800),
}
"""A standard property's tokens, and how long to rest in seconds when they are nearly gone."""

_DOUBTS = {
    "dataLossFromOtherRow": "other_row",
    "samplingMetadatas": "sampled",
    "subjectToThresholding": "thresholded",
}
"""What a report may admit of itself, and how its rows are flagged then."""

_REST = "(other)"  # a row of what belongs to no hour; the report admits it


def property_digits(text: str) -> str:
    """Return a property id; a measurement id (G-XXXX) names a stream and is refused."""
    if not re.fullmatch(r"[0-9]{1,20}", text, re.ASCII):
        raise BadRequest("accountId", "the property's number, not its G- measurement id")
    return text


class Ga4(AtOnce):
    """Reads properties; a property's zone, which an administrator may change, is asked while unknown."""

    def __init__(self, base: str, token_url: str) -> None:
        self._api = GoogleApi(_NAME, base, GoogleTokens(_NAME, token_url, SCOPE))
        self._read = Reader(_NAME)

    def app_of(self, key: Secret) -> str | None:
        return GoogleCredential.parse(_NAME, key).project

    def check(self, key: Secret, account_id: str) -> Account:
        credential, account = GoogleCredential.parse(_NAME, key), property_digits(account_id)
        metadata = self._probe(credential, account)
        zone, currency = self._read.zone(metadata.get("timeZone")), metadata.get("currencyCode")
        return Account(self._read.text(currency), zone.key, None, self._api.end_of(credential))

    def report(self, key: Secret, account_id: str, asked: Asked) -> Report:
        """Read hours of the property's own zone, whose sums are their days, in the brand's currency.

        A brand that converts by another event than purchases counts its key events instead. What a
        report admits not to be exact is flagged: `sampled`, `thresholded`, `other_row`.
        """
        credential, account = GoogleCredential.parse(_NAME, key), property_digits(account_id)
        known = asked.account.time_zone if asked.account else self._probe(credential, account).get("timeZone")
        zone = self._read.zone(known)
        whole = replace(asked, days=max(asked.days, asked.lookback + 1))
        pages = self._pages(credential, account, _body(whole, zone))
        metadata = self._read.table(pages[0].get("metadata"))
        if (told := self._read.zone(metadata.get("timeZone"))) is not zone:  # its days are others then
            zone, pages = told, self._pages(credential, account, _body(whole, told))
        doubts = tuple(sorted(flag for name, flag in _DOUBTS.items() if metadata.get(name)))
        hours: dict[Bucket, ReportRow] = {}
        days: dict[date, Sums] = {}
        for row in (row for page in pages for row in self._named_rows(page)):
            label = self._read.text(row.get("dateHour"))
            if label == _REST:
                continue
            if not re.fullmatch(r"[0-9]{8}([01][0-9]|2[0-3])", label, re.ASCII):
                raise self._read.nonsense()
            day = self._read.day(f"{label[:4]}-{label[4:6]}-{label[6:8]}")
            bucket, flags = local_hour(day, int(label[8:]), zone)
            sums = Sums(
                revenue=self._read.signed_micros(row.get("purchaseRevenue")),
                conversions=self._read.micros(row.get(_counted(asked.event))),
            )
            added(hours, ReportRow(bucket, sums, flags))
            days[day] = days.get(day, Sums()) + sums
        return Report(
            currency=self._read.text(metadata.get("currencyCode")),
            zone=zone,
            fetched_at=asked.now,
            hours=_doubted(closed_hours(hours, Source.ORGANIC, whole, zone), doubts),
            days=_doubted(days_of(days, Source.ORGANIC, whole, zone), doubts),
            usage=self._used(pages[-1].get("propertyQuota")),
            expires_at=self._api.end_of(credential),
        )

    def _probe(self, credential: GoogleCredential, account: str) -> dict[str, object]:
        """Ask for next to nothing; return what a property tells of itself with it."""
        asked: dict[str, object] = {
            "dateRanges": [{"startDate": "yesterday", "endDate": "yesterday"}],
            "metrics": [{"name": "sessions"}],
            "limit": "1",
        }
        return self._read.table(self._post(credential, account, asked).get("metadata"))

    def _used(self, quota: object) -> Usage | None:
        """Read the fullest of a property's token allowances, against those of a standard property."""
        if not isinstance(quota, dict):
            return None
        found = Usage(0.0, 0)
        for name, (tokens, rest_s) in _ALLOWANCES.items():
            bucket = quota.get(name)
            left = bucket.get("remaining") if isinstance(bucket, dict) else None
            if isinstance(left, int) and (percent := 100.0 * (1 - left / tokens)) > found.percent:
                found = Usage(percent, rest_s)
        return found

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


def _doubted(rows: tuple[ReportRow, ...], doubts: tuple[str, ...]) -> tuple[ReportRow, ...]:
    """Flag every row, those of zeros too: what is withheld may be what they lack."""
    return tuple(replace(row, flags=(*row.flags, *doubts)) for row in rows)


def _counted(event: str) -> str:
    return "ecommercePurchases" if event == "purchase" else "keyEvents"


def _body(asked: Asked, zone: ZoneInfo) -> dict[str, object]:
    channels: dict[str, object] = {
        "fieldName": "sessionDefaultChannelGroup",
        "inListFilter": {"values": list(CHANNELS)},
    }
    days = {"startDate": f"{asked.first_hours(zone)}", "endDate": f"{asked.last(zone)}"}
    return {
        "dateRanges": [days],
        "dimensions": [{"name": "dateHour"}],
        "metrics": [{"name": _counted(asked.event)}, {"name": "purchaseRevenue"}],
        "dimensionFilter": {"filter": channels},
        "currencyCode": asked.currency,
        "returnPropertyQuota": True,
    }
