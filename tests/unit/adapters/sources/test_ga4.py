from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from shared.adapters.sources.ga4 import Ga4, property_digits
from shared.adapters.sources.google_token import GoogleTokens
from shared.core.integration import Account
from shared.core.metric import MICROS, Sums
from shared.core.report import Asked, Usage
from shared.core.secret import Secret
from shared.errors import BadRequest, PlatformRefused, RateLimited, Unavailable

if TYPE_CHECKING:
    from shared.core.report import Report
    from tests.scripted import Script

KEY = Secret(json.dumps({"client_id": "c", "client_secret": "s", "refresh_token": "1//r"}))
TOKEN = {
    "access_token": "ya29.fake",
    "expires_in": 3599,
    "scope": "https://www.googleapis.com/auth/analytics.readonly",
}
ROME = Account("EUR", "Europe/Rome")
METADATA = {"currencyCode": "EUR", "timeZone": "Europe/Rome"}
EMPTY = {
    "dimensionHeaders": [{"name": "dateHour"}],
    "metricHeaders": [{"name": "sessions"}],
    "metadata": METADATA,
}
NOW = datetime(2026, 5, 4, 8, 30, tzinfo=UTC)  # 10:30 in Rome


def page(*rows: tuple[str, str, str], count: int | None = None) -> dict[str, object]:
    """Return an answer with (dateHour, purchases, revenue) rows, revenue column first."""
    return {
        "dimensionHeaders": [{"name": "dateHour"}],
        "metricHeaders": [{"name": "purchaseRevenue"}, {"name": "sessions"}, {"name": "ecommercePurchases"}],
        "rows": [
            {
                "dimensionValues": [{"value": hour}],
                "metricValues": [{"value": revenue}, {"value": "41"}, {"value": purchases}],
            }
            for hour, purchases, revenue in rows
        ],
        "rowCount": len(rows) if count is None else count,
        "metadata": METADATA,
    }


def report(platform: Script, *pages: object, event: str = "purchase") -> Report:
    for answer in (TOKEN, *pages):
        platform.answer(200, answer)
    reader = Ga4(platform.url, f"{platform.url}/token")
    return reader.report(KEY, "345678901", Asked(NOW, event, "EUR", 2, account=ROME))


def test_columns_are_read_by_name_and_not_by_place(platform: Script) -> None:
    found = report(platform, page(("2026050407", "3", "212.5")))

    by_key = {row.bucket.key: row.sums for row in found.hours}
    assert by_key["2026-05-04T05Z"] == Sums(revenue=212_500_000, conversions=3 * MICROS)


def test_rows_beyond_the_first_page_are_read(platform: Script) -> None:
    found = report(
        platform,
        page(("2026050400", "1", "10"), ("2026050401", "2", "20"), count=3),
        page(("2026050402", "3", "30"), count=3),
    )

    assert [asked.json().get("offset") for asked in platform.asked[1:]] == ["0", "2"]
    assert sum(row.sums.conversions or 0 for row in found.hours) == 6 * MICROS


def test_a_property_whose_zone_is_unknown_tells_it_first(platform: Script) -> None:
    for answer in (TOKEN, EMPTY, page(("2026050407", "3", "1"))):
        platform.answer(200, answer)

    found = Ga4(platform.url, f"{platform.url}/token").report(KEY, "345678901", Asked(NOW, "purchase", "EUR"))

    assert found.zone.key == "Europe/Rome"
    assert len(platform.asked) == 3


def test_a_property_that_was_moved_to_another_zone_is_read_again_there(platform: Script) -> None:
    moved = page(("2026050402", "3", "1")) | {
        "metadata": METADATA | {"timeZone": "America/New_York"},
    }

    found = report(platform, page(("2026050402", "9", "9")) | {"metadata": moved["metadata"]}, moved)

    ranges = [asked.json()["dateRanges"][0] for asked in platform.asked[1:]]  # type: ignore[index]
    assert [r["startDate"] for r in ranges] == ["2026-05-03", "2026-05-03"]
    assert found.zone.key == "America/New_York"
    assert [r.bucket.key for r in found.hours if r.sums.conversions] == ["2026-05-04T06Z"]


def test_a_past_last_day_is_honoured(platform: Script) -> None:
    for answer in (TOKEN, EMPTY):
        platform.answer(200, answer)
    asked = Asked(NOW, "purchase", "EUR", 2, account=ROME, until=date(2026, 3, 30))

    found = Ga4(platform.url, f"{platform.url}/token").report(KEY, "345678901", asked)

    assert platform.asked[1].json()["dateRanges"] == [{"startDate": "2026-03-29", "endDate": "2026-03-30"}]
    assert len(found.hours) == 23 + 24


def test_a_property_off_whole_hours_has_days_and_no_hours(platform: Script) -> None:
    answer = page(("2026050400", "1", "10"), ("2026050401", "2", "20"))
    for told in (TOKEN, answer | {"metadata": METADATA | {"timeZone": "Asia/Kolkata"}}):
        platform.answer(200, told)
    asked = Asked(NOW, "purchase", "EUR", 1, account=Account("EUR", "Asia/Kolkata"))

    found = Ga4(platform.url, f"{platform.url}/token").report(KEY, "345678901", asked)

    assert found.hours == ()
    assert [(r.bucket.key, r.sums.revenue, r.flags) for r in found.days] == [
        ("2026-05-04", 30_000_000, ("hours_unaligned",))
    ]


@pytest.mark.parametrize(
    ("admitted", "flag"),
    [
        ({"samplingMetadatas": [{"samplesReadCount": "5", "samplingSpaceSize": "50"}]}, "sampled"),
        ({"subjectToThresholding": True}, "thresholded"),
        ({"dataLossFromOtherRow": True}, "other_row"),
    ],
)
def test_what_a_report_admits_not_to_be_exact_is_flagged_on_all_of_it(
    platform: Script, admitted: dict[str, object], flag: str
) -> None:
    answer = page(("2026050407", "3", "212.5"), ("(other)", "1", "9"))

    found = report(platform, answer | {"metadata": METADATA | admitted})

    assert {row.flags for row in (*found.hours, *found.days)} == {(flag,)}
    assert sum(row.sums.conversions or 0 for row in found.hours) == 3 * MICROS


def test_an_exact_report_has_no_flags(platform: Script) -> None:
    exact = {"subjectToThresholding": False, "dataLossFromOtherRow": False, "samplingMetadatas": []}

    found = report(platform, page(("2026050407", "3", "1")) | {"metadata": METADATA | exact})

    assert {row.flags for row in (*found.hours, *found.days)} == {()}


def test_an_hour_of_refunds_is_below_zero(platform: Script) -> None:
    found = report(platform, page(("2026050407", "0", "-35.5")))

    assert {row.sums.revenue for row in found.hours} == {0, -35_500_000}


def test_a_lookback_reads_the_hours_of_all_its_days_in_one_call(platform: Script) -> None:
    for answer in (TOKEN, EMPTY):
        platform.answer(200, answer)
    asked = Asked(NOW, "purchase", "EUR", 2, 3, account=ROME)

    found = Ga4(platform.url, f"{platform.url}/token").report(KEY, "345678901", asked)

    assert platform.asked[1].json()["dateRanges"] == [{"startDate": "2026-05-01", "endDate": "2026-05-04"}]
    assert found.hours[0].bucket.key == "2026-04-30T22Z"
    assert [row.bucket.key for row in found.days] == ["2026-05-01", "2026-05-02", "2026-05-03"]


def test_the_fullest_allowance_says_how_long_to_rest(platform: Script) -> None:
    quota = {"tokensPerDay": {"remaining": 150_000}, "tokensPerProjectPerHour": {"remaining": 700}}

    found = report(platform, EMPTY | {"propertyQuota": quota})

    assert found.usage == Usage(95.0, 1800)


def test_consent_that_was_given_for_a_time_tells_its_end(
    platform: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GoogleTokens.__init__, "__defaults__", (NOW.timestamp,))
    for answer in (TOKEN | {"refresh_token_expires_in": 7 * 86_400}, EMPTY):
        platform.answer(200, answer)

    account = Ga4(platform.url, f"{platform.url}/token").check(KEY, "345678901")

    assert account.expires_at == datetime(2026, 5, 11, 8, tzinfo=UTC)


def test_pages_that_never_end_are_unavailable(platform: Script) -> None:
    with pytest.raises(Unavailable, match="without end"):
        report(platform, page(count=3))


def test_no_rows_are_zeros_for_mature_hours_only(platform: Script) -> None:
    found = report(platform, EMPTY)

    assert found.hours[-1].bucket.key == "2026-05-04T01Z"
    assert {row.sums for row in found.hours} == {Sums(revenue=0, conversions=0)}


def test_only_organic_channels_of_the_propertys_own_days_are_asked_for_in_the_brands_currency(
    platform: Script,
) -> None:
    report(platform, EMPTY)

    asked = platform.asked[1].json()
    assert asked["dateRanges"] == [{"startDate": "2026-05-03", "endDate": "2026-05-04"}]
    assert asked["currencyCode"] == "EUR"
    values = asked["dimensionFilter"]["filter"]["inListFilter"]["values"]  # type: ignore[index]
    assert values == ["Organic Search", "Organic Social", "Organic Video", "Organic Shopping"]
    assert asked["returnPropertyQuota"] is True


def test_a_brand_of_leads_counts_key_events(platform: Script) -> None:
    answer = json.loads(json.dumps(page(("2026050407", "3", "0"))).replace("ecommercePurchases", "keyEvents"))

    found = report(platform, answer, event="lead")

    assert {"name": "keyEvents"} in platform.asked[1].json()["metrics"]  # type: ignore[operator]
    assert sum(row.sums.conversions or 0 for row in found.hours) == 3 * MICROS


@pytest.mark.parametrize(
    "row",
    [("2026050424", "1", "1"), ("20260504", "1", "1"), ("2026134507", "1", "1"), ("2026050407", "x", "1")],
)
def test_nonsense_in_one_row_fails_the_whole_report(platform: Script, row: tuple[str, str, str]) -> None:
    with pytest.raises(Unavailable):
        report(platform, page(row))


def test_a_good_key_tells_currency_and_zone(platform: Script) -> None:
    for answer in (TOKEN, EMPTY):
        platform.answer(200, answer)

    account = Ga4(platform.url, f"{platform.url}/token").check(KEY, "345678901")

    assert account == Account("EUR", "Europe/Rome", None)


@pytest.mark.parametrize("text", ["G-ABC123", "", "12a", "properties/12"])
def test_what_is_no_property_number_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="accountId"):
        property_digits(text)


REFUSALS = [
    (403, {"code": 403, "status": "PERMISSION_DENIED", "message": "..."}, "account_not_found_or_no_access"),
    (400, {"code": 400, "status": "INVALID_ARGUMENT"}, "bad_request"),
    (
        403,
        {"code": 403, "details": [{"@type": "ErrorInfo", "reason": "SERVICE_DISABLED"}]},
        "api_disabled",
    ),
    (401, {"code": 401, "status": "UNAUTHENTICATED"}, "credential_invalid"),
    (403, {"code": 403, "details": [{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}, "permission_missing"),
]


@pytest.mark.parametrize(("status", "error", "reason"), REFUSALS)
def test_each_refusal_has_its_name(platform: Script, status: int, error: object, reason: str) -> None:
    platform.answer(200, TOKEN)
    platform.answer(status, {"error": error})
    if status == 401:
        platform.answer(200, TOKEN)
        platform.answer(status, {"error": error})

    with pytest.raises(PlatformRefused, match=reason):
        Ga4(platform.url, f"{platform.url}/token").check(KEY, "1")


@pytest.mark.parametrize(
    ("message", "wait_s"),
    [
        ("Exhausted concurrent requests quota.", 30),
        ("Exhausted property tokens for a project per hour.", 1800),
        ("Exhausted potentially thresholded requests quota.", 1800),
        ("Exhausted server errors quota.", 3600),
        ("Exhausted property tokens per day.", 21_600),
        ("Something else.", 900),
    ],
)
def test_a_quota_waits_as_long_as_its_bucket_needs(platform: Script, message: str, wait_s: int) -> None:
    platform.answer(200, TOKEN)
    platform.answer(429, {"error": {"code": 429, "message": message, "status": "RESOURCE_EXHAUSTED"}})

    with pytest.raises(RateLimited) as caught:
        Ga4(platform.url, f"{platform.url}/token").check(KEY, "1")

    assert (caught.value.retry_after_s, caught.value.scope) == (
        wait_s,
        "account",
    )  # every bucket is one property's
