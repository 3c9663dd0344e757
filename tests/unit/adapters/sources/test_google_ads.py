from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest

from shared.adapters.sources.google_ads import customer_digits
from shared.core.integration import Problem
from shared.core.metric import Sums
from shared.core.report import Asked
from shared.core.secret import Secret
from shared.errors import BadRequest, PlatformRefused, Unavailable
from tests.unit.adapters.sources.google_answers import (
    CUSTOMER,
    KEY,
    NOW,
    TOKEN,
    google,
    report,
    row,
)

if TYPE_CHECKING:
    from tests.scripted import Script


def test_whole_numbers_come_as_text_and_conversions_as_fractions(platform: Script) -> None:
    page = {
        "results": [
            row(
                0,
                clicks="33",
                conversionsValue=120.4,
                conversions=1.5,
                costMicros="12345678",
                impressions="1200",
            )
        ]
    }

    found = report(platform, page)

    assert found.hours[0].bucket.key == "2026-05-03T22Z"
    assert found.hours[0].sums == Sums(12_345_678, 120_400_000, 1200, 33, 1_500_000)


def test_an_omitted_hour_is_zero_only_once_the_usual_delay_is_over(platform: Script) -> None:
    found = report(platform, {"fieldMask": "segments.hour"})

    assert [r.bucket.key for r in found.hours] == ["2026-05-03T22Z", "2026-05-03T23Z", "2026-05-04T00Z"]
    assert {r.sums for r in found.hours} == {Sums(0, 0, 0, 0, 0)}


def test_an_absent_metric_is_zero(platform: Script) -> None:
    found = report(platform, {"results": [row(0, clicks="2")]})

    assert found.hours[0].sums == Sums(0, 0, 0, 2, 0)


def test_a_lookback_takes_its_days_from_a_query_of_days(platform: Script) -> None:
    hours = {"results": [row(0, clicks="2")]}
    days = {
        "results": [
            {"segments": {"date": "2026-05-01"}, "metrics": {"clicks": "9", "conversionsValue": -2.5}},
            {"segments": {"date": "2026-05-04"}, "metrics": {"clicks": "3"}},
        ]
    }
    for answer in (TOKEN, CUSTOMER, hours, days):
        platform.answer(200, answer)

    found = google(platform).report(KEY, "123-456-7890", Asked(NOW, "purchase", "EUR", 1, 3))

    assert "segments.hour" not in platform.asked[-1].json()["query"]  # type: ignore[operator]
    by_day = {r.bucket.key: r.sums for r in found.days}
    assert by_day["2026-05-01"] == Sums(0, -2_500_000, 0, 9, 0)
    assert by_day["2026-05-04"].clicks == 3
    assert {r.bucket.key[:10] for r in found.hours} == {"2026-05-03", "2026-05-04"}


def test_a_past_last_day_is_honoured(platform: Script) -> None:
    for answer in (TOKEN, CUSTOMER, {}):
        platform.answer(200, answer)
    asked = Asked(NOW, "purchase", "EUR", 2, until=date(2026, 3, 30))

    found = google(platform).report(KEY, "123-456-7890", asked)

    assert "BETWEEN '2026-03-29' AND '2026-03-30'" in str(platform.asked[-1].json()["query"])
    assert len(found.hours) == 23 + 24
    assert [r.bucket.key for r in found.days] == ["2026-03-29", "2026-03-30"]


def test_an_account_off_whole_hours_has_days_and_no_hours(platform: Script) -> None:
    customer = CUSTOMER["results"][0]["customer"] | {"timeZone": "Asia/Kathmandu"}
    page = {"results": [row(0, clicks="1"), row(1, clicks="2")]}
    for answer in (TOKEN, {"results": [{"customer": customer}]}, page):
        platform.answer(200, answer)

    found = google(platform).report(KEY, "123-456-7890", Asked(NOW, "purchase", "EUR", 1))

    assert found.hours == ()
    assert [(r.bucket.key, r.sums.clicks, r.flags) for r in found.days] == [
        ("2026-05-04", 3, ("hours_unaligned",))
    ]


def test_pages_are_followed_and_no_page_size_is_sent(platform: Script) -> None:
    found = report(
        platform,
        {"results": [row(0, clicks="1")], "nextPageToken": "CAEQAg"},
        {"results": [row(1, clicks="2")]},
    )

    assert [r.sums.clicks for r in found.hours][:2] == [1, 2]
    assert platform.asked[3].json()["pageToken"] == "CAEQAg"
    assert not any("pageSize" in asked.body.decode() for asked in platform.asked)


def test_the_query_names_inclusive_account_days(platform: Script) -> None:
    report(platform, {})

    query = str(platform.asked[2].json()["query"])
    assert "segments.date BETWEEN '2026-05-04' AND '2026-05-04'" in query
    assert "segments.hour" in query


def test_a_manager_account_goes_into_the_header_and_a_developer_token_nowhere(platform: Script) -> None:
    key = Secret(
        json.dumps(
            {
                "client_id": "c",
                "client_secret": "s",
                "refresh_token": "r",
                "login_customer_id": "111-222-3333",
                "developer_token": "dev",
            }
        )
    )
    for answer in (TOKEN, CUSTOMER):
        platform.answer(200, answer)
    google(platform).check(key, "1234567890")

    assert platform.asked[1].headers["login-customer-id"] == "1112223333"
    assert not any("developer" in f"{a.headers}{a.body!r}" for a in platform.asked)


def test_a_manager_is_refused_by_name(platform: Script) -> None:
    customer = CUSTOMER["results"][0]["customer"] | {"manager": True}
    platform.answer(200, TOKEN)
    platform.answer(200, {"results": [{"customer": customer}]})

    with pytest.raises(PlatformRefused, match="account_is_manager"):
        google(platform).check(KEY, "1234567890")


def test_a_closed_account_passes_with_a_warning(platform: Script) -> None:
    customer = CUSTOMER["results"][0]["customer"] | {"status": "CLOSED"}
    platform.answer(200, TOKEN)
    platform.answer(200, {"results": [{"customer": customer}]})

    assert google(platform).check(KEY, "1234567890").warning is Problem.ACCOUNT_INACTIVE


@pytest.mark.parametrize("hour", [24, -1, "7", True, None, 1.5])
def test_a_strange_hour_fails_the_whole_report(platform: Script, hour: object) -> None:
    with pytest.raises(Unavailable):
        report(platform, {"results": [row(hour, clicks="1")]})


@pytest.mark.parametrize("text", ["123456789", "12345678901", "123-456-789x", "١٢٣٤٥٦٧٨٩٠", "../1234567"])
def test_what_is_no_customer_id_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="accountId"):
        customer_digits(text)
