"""What Google Ads does."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from local.world.story import Shock
from local.world.tenants import DEMO, MANAGER_ACCOUNT
from shared.adapters.platform_http import PlatformHttp
from shared.adapters.sources import _google_errors, google_ads
from shared.adapters.sources._google_api import GoogleApi
from shared.adapters.sources._google_errors import PageGone
from shared.adapters.sources._reading import Reader
from shared.adapters.sources.google_ads import GoogleAds
from shared.adapters.sources.google_token import GoogleCredential, GoogleTokens
from shared.core.integration import Account
from shared.core.metric import MICROS, Source
from shared.core.report import Asked
from shared.core.secret import Secret
from shared.errors import Unavailable
from tests.unit.adapters.sources.traps.far import NOW, Far, Told, Trap, account_of, key_of, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pytest

    from shared.adapters.platform_http import Reply
    from shared.core.period import Bucket
    from shared.core.report import ReportRow

GOOGLE = Source.GOOGLE
_ASKED = Asked(NOW, "purchase", "BRL")
_NIGHT = Shock(GOOGLE, NOW - timedelta(hours=12), NOW - timedelta(hours=8), *(0.0,) * 5)


def _counts_whole_conversions(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Reader, "micros", lambda self, value: int(self._number(value)) * MICROS)


def _takes_no_row_for_unknown(patch: pytest.MonkeyPatch) -> None:
    def found_alone(
        found: Mapping[Bucket, ReportRow], _source: Source, asked: Asked, _zone: object
    ) -> tuple[ReportRow, ...]:
        return tuple(row for bucket, row in sorted(found.items()) if bucket.end <= asked.now)

    patch.setattr(google_ads, "closed_hours", found_alone)


def _reads_one_page(patch: pytest.MonkeyPatch) -> None:
    def pages(
        self: GoogleAds, credential: GoogleCredential, account: str, query: str
    ) -> Iterator[dict[str, object]]:
        yield from self._read.rows(self._post(credential, account, {"query": query}).get("results"))

    patch.setattr(GoogleAds, "_pages", pages)


def _keeps_what_it_read_before(patch: pytest.MonkeyPatch) -> None:
    pages = GoogleAds._pages

    def search(
        self: GoogleAds, credential: GoogleCredential, account: str, query: str
    ) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        for _ in range(2):
            with suppress(PageGone):
                found.extend(row for row in pages(self, credential, account, query))
                break
        return found

    patch.setattr(GoogleAds, "_search", search)


def _a_page_is_gone(far: Far, patch: pytest.MonkeyPatch) -> None:
    """Let Google forget, once, the page that is asked for after another."""
    far.control("pages", **{"google-ads": 7})
    call, forgotten = PlatformHttp.call, False

    def forgetful(self: PlatformHttp, method: str, path: str, **sent: Any) -> Reply:
        nonlocal forgotten
        if not forgotten and "pageToken" in (sent.get("body") or {}):
            far.fault(GOOGLE, "page_token")
            forgotten = True
        return call(self, method, path, **sent)

    patch.setattr(PlatformHttp, "call", forgetful)


def _says_how_large_a_page_is(patch: pytest.MonkeyPatch) -> None:
    post = GoogleAds._post

    def sized(
        self: GoogleAds, credential: GoogleCredential, account: str, body: dict[str, object]
    ) -> dict[str, object]:
        return post(self, credential, account, body | {"pageSize": 1000})

    patch.setattr(GoogleAds, "_post", sized)


def _streams(patch: pytest.MonkeyPatch) -> None:
    post = GoogleApi.post

    def streamed(
        self: GoogleApi, path: str, credential: GoogleCredential, body: dict[str, object]
    ) -> dict[str, object]:
        return post(self, f"{path}Stream", credential, body)

    patch.setattr(GoogleApi, "post", streamed)


def _overlooks_managers(patch: pytest.MonkeyPatch) -> None:
    search = GoogleAds._search

    def found(
        self: GoogleAds, credential: GoogleCredential, account: str, query: str
    ) -> list[dict[str, object]]:
        return [
            {**row, "customer": {**self._read.table(row.get("customer", {})), "manager": False}}
            for row in search(self, credential, account, query)
        ]

    patch.setattr(GoogleAds, "_search", found)


def _goes_by_status(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(_google_errors, "_BY_NAME", {})


def _names_no_date(patch: pytest.MonkeyPatch) -> None:
    without = google_ads._HOURS.replace("SELECT segments.date, ", "SELECT ")
    patch.setattr(google_ads, "_HOURS", without.replace("ORDER BY segments.date, ", "ORDER BY "))


def _reads_what_is_cut_as_empty(patch: pytest.MonkeyPatch) -> None:
    parsed = PlatformHttp._parsed

    def forgiving(self: PlatformHttp, raw: bytes) -> object:
        return parsed(self, raw) if raw.rstrip().endswith(b"}") else {}

    patch.setattr(PlatformHttp, "_parsed", forgiving)


def _takes_every_refusal_for_an_outage(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(GoogleTokens, "_failure", lambda *_: Unavailable("google_ads"))


def _check_manager(far: Far, _trap: Trap) -> Account:
    return far.reader(GOOGLE).check(key_of(GOOGLE), MANAGER_ACCOUNT)


def _report_of_manager(far: Far, trap: Trap) -> Told:
    asked = replace(trap.asked, account=Account("BRL", "America/Sao_Paulo"))
    return told(far.reader(GOOGLE).report(key_of(GOOGLE), MANAGER_ACCOUNT, asked))


def _check_revoked(far: Far, _trap: Trap) -> Account:
    fields: dict[str, str] = json.loads(DEMO.google_key)
    revoked = Secret(json.dumps(fields | {"refresh_token": "1//demo-revoked"}))
    return far.reader(GOOGLE).check(revoked, account_of(GOOGLE))


TRAPS = [
    Trap("conversions are fractions", GOOGLE, _counts_whole_conversions),
    Trap(
        "rows of zeros are left out",
        GOOGLE,
        _takes_no_row_for_unknown,
        story=replace(DEMO.story, shocks=(_NIGHT,)),
    ),
    Trap(
        "results come in pages",
        GOOGLE,
        _reads_one_page,
        arrange=lambda far, _: far.control("pages", **{"google-ads": 7}),
    ),
    Trap(
        "a page may be gone before it is asked for",
        GOOGLE,
        _keeps_what_it_read_before,
        arrange=_a_page_is_gone,
    ),
    Trap("pages have a size of their own", GOOGLE, _says_how_large_a_page_is, "bad_request"),
    Trap("a stream is an array", GOOGLE, _streams, "unavailable"),
    Trap("hours are summed over days unless the day is selected", GOOGLE, _names_no_date, "unavailable"),
    Trap(
        "a manager looks like an account",
        GOOGLE,
        _overlooks_managers,
        read=_check_manager,
        right=lambda _: "account_is_manager",
    ),
    Trap(
        "a manager has no metrics",
        GOOGLE,
        _goes_by_status,
        "bad_request",
        read=_report_of_manager,
        right=lambda _: "account_is_manager",
    ),
    Trap(
        "a consent may be withdrawn",
        GOOGLE,
        _takes_every_refusal_for_an_outage,
        "unavailable",
        read=_check_revoked,
        right=lambda _: "credential_revoked",
    ),
    Trap(
        "an answer that is cut is not an empty one",
        GOOGLE,
        _reads_what_is_cut_as_empty,
        arrange=lambda far, _: far.fault(GOOGLE, "truncated_json"),
    ),
]
