from __future__ import annotations

import hmac
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from shared.adapters.sources.meta import MetaAds, account_digits
from shared.core.integration import Account, Problem
from shared.core.metric import MICROS, Sums
from shared.core.report import Asked, Usage
from shared.core.secret import Secret
from shared.errors import BadRequest, PlatformRefused, RateLimited, Unavailable

if TYPE_CHECKING:
    from shared.core.report import Report
    from tests.scripted import Script

KEY = Secret("EAABtest")
HOUR = "hourly_stats_aggregated_by_advertiser_time_zone"
NODE = {
    "id": "act_900100200300",
    "account_id": "900100200300",
    "currency": "EUR",
    "timezone_name": "Europe/Rome",
    "account_status": 1,
}
NOW = datetime(2026, 5, 4, 0, 30, tzinfo=UTC)  # 02:30 on the fourth in Rome
EMPTY: dict[str, object] = {"data": []}


def hour_row(hour: int, spend: str = "4.10", day: str = "2026-05-04", **more: object) -> dict[str, object]:
    return {
        "account_id": "900100200300",
        "account_currency": "EUR",
        "spend": spend,
        "impressions": "812",
        "clicks": "19",
        "inline_link_clicks": "11",
        "date_start": day,
        "date_stop": day,
        HOUR: f"{hour:02d}:00:00 - {hour:02d}:59:59",
        **more,
    }


def day_row(**more: object) -> dict[str, object]:
    return {
        "spend": "96.31",
        "impressions": "20411",
        "clicks": "402",
        "inline_link_clicks": "266",
        "date_start": "2026-05-04",
        "date_stop": "2026-05-04",
        **more,
    }


def report(platform: Script, *answers: object, days: int = 1, event: str = "purchase") -> Report:
    for answer in (NODE, *answers):
        platform.answer(200, answer)
    return MetaAds(platform.url).report(KEY, "act_900100200300", Asked(NOW, event, "EUR", days))


def test_hours_are_read_exactly_and_only_closed_ones(platform: Script) -> None:
    found = report(platform, {"data": [hour_row(0), hour_row(1), hour_row(2)]}, EMPTY)

    assert [f"{row.bucket.key}" for row in found.hours] == ["2026-05-03T22Z", "2026-05-03T23Z"]
    assert found.hours[0].sums == Sums(spend=4_100_000, impressions=812, clicks=11)


def test_the_token_travels_in_the_header_only(platform: Script) -> None:
    report(platform, EMPTY, EMPTY)

    assert {asked.headers["authorization"] for asked in platform.asked} == {"Bearer EAABtest"}
    assert not any("EAAB" in str(asked.query) + asked.path for asked in platform.asked)


def test_both_reports_ask_for_whole_pages_and_inclusive_account_days(platform: Script) -> None:
    report(platform, EMPTY, EMPTY, days=2)

    hourly = platform.asked[1]
    assert hourly.path == "/v26.0/act_900100200300/insights"
    assert hourly.query["limit"] == "500"
    assert hourly.query["time_increment"] == "1"
    assert json.loads(hourly.query["time_range"]) == {"since": "2026-05-03", "until": "2026-05-04"}
    assert HOUR not in hourly.query["fields"]
    assert "actions" not in hourly.query["fields"]


def test_one_action_type_is_counted_and_valued(platform: Script) -> None:
    aliases = ("omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase")
    day = day_row(
        actions=[
            {"action_type": "link_click", "value": "266"},
            *({"action_type": name, "value": "6"} for name in aliases),
            {"action_type": "offsite_content_view_add_meta_leads", "value": "40"},
        ],
        action_values=[{"action_type": name, "value": "431.5"} for name in aliases],
    )

    found = report(platform, EMPTY, {"data": [day]})

    assert found.days[0].sums == Sums(96_310_000, 431_500_000, 20411, 266, 6 * MICROS)


def test_a_custom_event_is_matched_to_the_letter(platform: Script) -> None:
    actions = [
        {"action_type": "offsite_content_view_add_meta_leads", "value": "40"},
        {"action_type": "lead", "value": "3"},
    ]

    found = report(platform, EMPTY, {"data": [day_row(actions=actions)]}, event="lead")

    assert (found.days[0].sums.conversions, found.days[0].sums.revenue) == (3 * MICROS, 0)


def test_absent_actions_beside_delivery_are_a_measured_zero(platform: Script) -> None:
    found = report(platform, EMPTY, {"data": [day_row()]})

    assert (found.days[0].sums.conversions, found.days[0].sums.revenue) == (0, 0)


def test_a_day_without_a_row_had_no_delivery(platform: Script) -> None:
    found = report(platform, EMPTY, EMPTY)

    assert found.days[0].sums == Sums(0, 0, 0, 0, 0)


def test_a_row_without_its_hour_goes_to_no_hour(platform: Script) -> None:
    row = hour_row(0)
    del row[HOUR]

    found = report(platform, {"data": [row]}, EMPTY)

    assert [row.sums.spend for row in found.hours] == [0]


def test_a_missing_hour_is_zero_only_once_the_usual_delay_is_over(platform: Script) -> None:
    found = report(platform, {"data": []}, EMPTY)

    assert [row.bucket.key for row in found.hours] == ["2026-05-03T22Z"]


def test_pages_are_followed_by_cursor_and_never_by_url(platform: Script) -> None:
    first = {
        "data": [hour_row(0)],
        "paging": {"cursors": {"before": "QTA", "after": "QTI"}, "next": "http://127.0.0.1:9/leak"},
    }

    found = report(platform, first, {"data": [hour_row(1)]}, EMPTY)

    assert platform.asked[2].query["after"] == "QTI"
    assert len(found.hours) == 2


def test_a_repeated_cursor_ends_the_reading(platform: Script) -> None:
    page = {"data": [], "paging": {"cursors": {"after": "QTI"}, "next": "x"}}

    with pytest.raises(Unavailable, match="without end"):
        report(platform, page)


@pytest.mark.parametrize(
    "row",
    [
        hour_row(0, spend="abc"),
        hour_row(0, spend="-1"),
        hour_row(0, spend="NaN"),
        hour_row(0, spend="1e400"),
        hour_row(0, spend="1_0"),
        hour_row(0, spend=" 5"),
        hour_row(0, spend="٣"),
        hour_row(0, impressions="1.5"),
        hour_row(0, date_stop="2026-05-05"),
        hour_row(0, day="2026-13-01"),
        hour_row(0) | {HOUR: "24:00:00 - 24:59:59"},
        hour_row(0) | {HOUR: "06:00:00 - 07:59:59"},
        "not a row",
    ],
)
def test_nonsense_in_one_row_fails_the_whole_report(platform: Script, row: object) -> None:
    with pytest.raises(Unavailable):
        report(platform, {"data": [row]}, EMPTY)


def test_a_repeated_local_hour_is_flagged(platform: Script) -> None:
    platform.answer(200, NODE)
    platform.answer(200, {"data": [hour_row(2, day="2026-10-25")]})
    platform.answer(200, EMPTY)
    now = datetime(2026, 10, 25, 12, tzinfo=UTC)

    found = MetaAds(platform.url).report(KEY, "900100200300", Asked(now, "purchase", "EUR", 1))

    flagged = [(row.bucket.key, row.flags) for row in found.hours if row.flags]
    assert flagged == [("2026-10-25T00Z", ("dst",)), ("2026-10-25T01Z", ("dst",))]
    assert [row.sums.spend for row in found.hours if row.flags] == [4_100_000, 0]


def test_a_known_account_is_not_asked_for(platform: Script) -> None:
    platform.answer(200, EMPTY)
    asked = Asked(NOW, "purchase", "EUR", 1, account=Account("EUR", "Europe/Rome"))

    MetaAds(platform.url).report(KEY, "900100200300", asked)

    assert [a.path for a in platform.asked] == ["/v26.0/act_900100200300/insights"] * 2


def test_an_account_off_whole_hours_has_days_and_no_hours(platform: Script) -> None:
    for answer in (NODE | {"timezone_name": "Asia/Kolkata"}, {"data": [day_row()]}):
        platform.answer(200, answer)

    found = MetaAds(platform.url).report(KEY, "900100200300", Asked(NOW, "purchase", "EUR", 1))

    assert found.hours == ()
    assert [(row.bucket.key, row.flags) for row in found.days] == [("2026-05-04", ("hours_unaligned",))]
    assert found.days[0].sums.spend == 96_310_000


def test_a_zone_that_comes_to_the_full_hour_has_hours_from_then_on(platform: Script) -> None:
    rows = {"data": [hour_row(5, day=f"2026-10-0{day}") for day in (3, 4, 5)]}
    for answer in (NODE | {"timezone_name": "Australia/Lord_Howe"}, rows, EMPTY):
        platform.answer(200, answer)
    asked = Asked(NOW + timedelta(days=180), "purchase", "EUR", 3, until=date(2026, 10, 5))

    found = MetaAds(platform.url).report(KEY, "900100200300", asked)

    assert [row.bucket.key for row in found.hours if row.sums.spend] == ["2026-10-04T18Z"]
    assert (len(found.hours), found.hours[0].bucket.key) == (24, "2026-10-04T13Z")
    assert [row.flags for row in found.days] == [("hours_unaligned",), ("hours_unaligned",), ()]


APP_KEY = Secret('{"access_token": "EAABtest", "app_id": "5550001", "app_secret": "0123456789abcdef0123"}')


def test_a_key_with_its_app_proves_that_on_every_call(platform: Script) -> None:
    for answer in (NODE, EMPTY, INSPECTED):
        platform.answer(200, answer)

    MetaAds(platform.url).check(APP_KEY, "900100200300")

    proof = hmac.digest(b"0123456789abcdef0123", b"EAABtest", "sha256").hex()
    assert [a.query.get("appsecret_proof") for a in platform.asked] == [proof, proof, None]
    assert platform.asked[2].headers["authorization"] == "Bearer 5550001|0123456789abcdef0123"


INSPECTED = {
    "data": {"is_valid": True, "expires_at": 1782984000, "data_access_expires_at": 0, "scopes": ["ads_read"]}
}


@pytest.mark.parametrize(
    ("expires", "access", "end"),
    [
        (1782984000, 0, datetime(2026, 7, 2, 9, 20, tzinfo=UTC)),
        (1782984000, 1777800000, datetime(2026, 5, 3, 9, 20, tzinfo=UTC)),
        (0, 0, None),
    ],
)
def test_a_tokens_end_is_the_first_of_its_ends_and_zero_is_never(
    platform: Script, expires: int, access: int, end: datetime | None
) -> None:
    told = INSPECTED["data"] | {"expires_at": expires, "data_access_expires_at": access}
    for answer in (NODE, EMPTY, {"data": told}):
        platform.answer(200, answer)

    assert MetaAds(platform.url).check(APP_KEY, "900100200300").expires_at == end


def test_a_token_that_may_not_read_ads_is_refused(platform: Script) -> None:
    for answer in (NODE, EMPTY, {"data": INSPECTED["data"] | {"scopes": ["public_profile"]}}):
        platform.answer(200, answer)

    with pytest.raises(PlatformRefused, match="permission_missing"):
        MetaAds(platform.url).check(APP_KEY, "900100200300")


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"token": "EAAB"}',
        '{"access_token": ""}',
        '{"access_token": "EAAB test"}',
        '{"access_token": "EAAB", "app_id": "x"}',
        '{"access_token": "EAAB", "app_id": "1", "app_secret": "with space"}',
        '{"access_token": "EAAB", "app_id": "1", "app_secret": 12345}',
    ],
)
def test_a_malformed_key_is_never_sent(platform: Script, text: str) -> None:
    with pytest.raises(PlatformRefused, match="credential_malformed"):
        MetaAds(platform.url).check(Secret(text), "900100200300")

    assert platform.asked == []


def test_the_fullest_allowance_of_all_answers_is_told(platform: Script) -> None:
    usage = json.dumps({"1": [{"call_count": 12, "total_time": 91, "estimated_time_to_regain_access": 7}]})
    platform.answer(200, NODE)
    platform.answer(200, EMPTY, {"x-business-use-case-usage": usage})
    platform.answer(200, EMPTY, {"x-app-usage": json.dumps({"call_count": 5}), "x-ad-account-usage": "{"})

    found = MetaAds(platform.url).report(KEY, "900100200300", Asked(NOW, "purchase", "EUR", 1))

    assert found.usage == Usage(91, 420)


def test_a_report_that_is_too_much_is_read_in_halves(platform: Script) -> None:
    too_much = {"error": {"code": 100, "error_subcode": 1487534, "message": "too much"}}
    platform.answer(200, NODE)
    platform.answer(400, too_much)
    for answer in (EMPTY, EMPTY, EMPTY):
        platform.answer(200, answer)

    MetaAds(platform.url).report(KEY, "900100200300", Asked(NOW, "purchase", "EUR", 4))

    spans = [tuple(json.loads(a.query["time_range"]).values()) for a in platform.asked[1:]]
    assert spans == [
        ("2026-05-01", "2026-05-04"),
        ("2026-05-01", "2026-05-02"),
        ("2026-05-03", "2026-05-04"),
        ("2026-05-01", "2026-05-04"),
    ]


def test_one_day_that_is_too_much_is_refused(platform: Script) -> None:
    platform.answer(200, NODE)
    platform.answer(400, {"error": {"code": 100, "error_subcode": 1487534, "message": "too much"}})

    with pytest.raises(PlatformRefused, match="too_much_data"):
        MetaAds(platform.url).report(KEY, "900100200300", Asked(NOW, "purchase", "EUR", 1))


@pytest.mark.parametrize(
    ("run", "done"),
    [
        ({"async_status": "Job Not Started", "async_percent_completion": 0}, 0.0),
        ({"async_status": "Job Running", "async_percent_completion": 40}, 0.4),
        ({"async_status": "Job Completed", "async_percent_completion": 97}, 0.97),
        ({"async_status": "Job Running", "async_percent_completion": 100}, 0.99),
        ({"async_status": "Job Completed", "async_percent_completion": 100}, 1.0),
    ],
)
def test_a_run_is_done_only_when_it_says_so_at_100_percent(
    platform: Script, run: dict[str, object], done: float
) -> None:
    platform.answer(200, {"id": "7001", **run})

    assert MetaAds(platform.url).progress(KEY, "7001") == pytest.approx(done)


def test_a_run_that_is_not_there_yet_is_no_refusal_for_a_while(platform: Script) -> None:
    platform.answer(400, {"error": {"code": 100, "error_subcode": 33, "type": "GraphMethodException"}})
    meta = MetaAds(platform.url)

    assert {meta.progress(KEY, "7001") for _ in range(10)} == {0.0}
    with pytest.raises(PlatformRefused, match="account_not_found"):
        meta.progress(KEY, "7001")
    assert meta.progress(KEY, "7002") == 0.0


def test_a_run_is_named_by_a_number_or_it_is_nonsense(platform: Script) -> None:
    for answer in (NODE, {"report_run_id": "7001/../me"}):
        platform.answer(200, answer)

    with pytest.raises(Unavailable):
        MetaAds(platform.url).order(KEY, "900100200300", Asked(NOW, "purchase", "EUR", 1))


@pytest.mark.parametrize(
    ("code", "subcode", "error"), [(-2, 2490547, Unavailable), (-3, 1504045, PlatformRefused)]
)
def test_a_failed_run_says_why(platform: Script, code: int, subcode: int, error: type[Exception]) -> None:
    run = {"async_status": "Job Failed", "async_percent_completion": 0}
    platform.answer(200, run | {"error_code": code, "error_subcode": subcode})

    with pytest.raises(error):
        MetaAds(platform.url).progress(KEY, "7001")


@pytest.mark.parametrize("status", ["Job Failed", "Job Skipped"])
def test_a_run_that_ends_without_a_reason_is_an_outage(platform: Script, status: str) -> None:
    platform.answer(200, {"async_status": status, "async_percent_completion": 0})

    with pytest.raises(Unavailable):
        MetaAds(platform.url).progress(KEY, "7001")


def test_what_was_ordered_is_collected_page_by_page_beside_its_days(platform: Script) -> None:
    first = {"data": [hour_row(0)], "paging": {"cursors": {"after": "QTI"}, "next": "x"}}
    for answer in (NODE, first, {"data": [hour_row(1)]}, {"data": [day_row()]}):
        platform.answer(200, answer)

    found = MetaAds(platform.url).collect(KEY, "900100200300", Asked(NOW, "purchase", "EUR", 1), "7001")

    assert [a.path.rpartition("v26.0")[2] for a in platform.asked] == [
        "/act_900100200300",
        "/7001/insights",
        "/7001/insights",
        "/act_900100200300/insights",
    ]
    assert [row.sums.spend for row in found.hours] == [4_100_000, 4_100_000]
    assert found.days[0].sums.spend == 96_310_000
    assert found.snapshots


def test_a_night_asks_when_the_token_ends_and_a_day_does_not(platform: Script) -> None:
    for answer in (EMPTY, INSPECTED, EMPTY):
        platform.answer(200, answer)
    asked = Asked(NOW, "purchase", "EUR", 2, 29, account=Account("EUR", "Europe/Rome"))
    meta = MetaAds(platform.url)

    by_night = meta.report(APP_KEY, "900100200300", asked)
    platform.answers[:] = [(200, EMPTY, {})]
    by_day = meta.report(APP_KEY, "900100200300", replace(asked, lookback=0))

    assert (by_night.expires_at, by_day.expires_at) == (datetime(2026, 7, 2, 9, 20, tzinfo=UTC), None)
    spans = [json.loads(a.query["time_range"])["since"] for a in platform.asked if "time_range" in a.query]
    assert spans == ["2026-05-03", "2026-04-05", "2026-05-03", "2026-05-03"]


def test_a_night_goes_without_the_tokens_end_rather_than_without_numbers(platform: Script) -> None:
    platform.answer(200, EMPTY)
    platform.answer(400, {"error": {"code": 4, "message": "busy"}})
    platform.answer(200, {"data": [day_row()]})
    asked = Asked(NOW, "purchase", "EUR", 1, 29, account=Account("EUR", "Europe/Rome"))

    found = MetaAds(platform.url).report(APP_KEY, "900100200300", asked)

    assert found.expires_at is None
    assert found.days[-1].sums.spend == 96_310_000


def test_a_night_notices_that_the_token_may_not_read_ads_any_more(platform: Script) -> None:
    for answer in (EMPTY, {"data": INSPECTED["data"] | {"scopes": []}}):
        platform.answer(200, answer)
    asked = Asked(NOW, "purchase", "EUR", 1, 29, account=Account("EUR", "Europe/Rome"))

    with pytest.raises(PlatformRefused, match="permission_missing"):
        MetaAds(platform.url).report(APP_KEY, "900100200300", asked)


def test_an_order_is_started_once_even_when_the_answer_is_lost(platform: Script) -> None:
    platform.answer(200, NODE)
    platform.answer(503, {"error": {"code": 2, "is_transient": True}})

    with pytest.raises(Unavailable):
        MetaAds(platform.url).order(KEY, "900100200300", Asked(NOW, "purchase", "EUR", 1))

    assert [a.method for a in platform.asked] == ["GET", "POST"]


def test_a_good_key_tells_currency_and_zone(platform: Script) -> None:
    platform.answer(200, NODE)
    platform.answer(200, EMPTY)

    account = MetaAds(platform.url).check(KEY, "900100200300")

    assert account == Account("EUR", ZoneInfo("Europe/Rome").key, None)


def test_an_inactive_account_passes_with_a_warning(platform: Script) -> None:
    platform.answer(200, NODE | {"account_status": 2})
    platform.answer(200, EMPTY)

    assert MetaAds(platform.url).check(KEY, "900100200300").warning is Problem.ACCOUNT_INACTIVE


@pytest.mark.parametrize(
    ("status", "body"), [(500, {}), (302, {"data": []}), (200, {}), (200, {"data": None})]
)
def test_an_answer_without_rows_is_not_a_report_of_zeros(
    platform: Script, status: int, body: dict[str, object]
) -> None:
    platform.answer(200, NODE)
    platform.answer(status, body)

    with pytest.raises(Unavailable):
        MetaAds(platform.url).report(KEY, "900100200300", Asked(NOW, "purchase", "EUR", 1))


@pytest.mark.parametrize("zone", ["Europe", "../etc/passwd", "Mars/Olympus", "", 7])
def test_a_zone_that_does_not_exist_is_nonsense(platform: Script, zone: object) -> None:
    platform.answer(200, NODE | {"timezone_name": zone})

    with pytest.raises(Unavailable):
        MetaAds(platform.url).check(KEY, "900100200300")


@pytest.mark.parametrize("token", ["", "EAAB test", "EAAB\ntest", "EAABté", "中"])
def test_what_is_no_token_is_refused_before_any_call(platform: Script, token: str) -> None:
    with pytest.raises(PlatformRefused, match="credential_malformed"):
        MetaAds(platform.url).check(Secret(token), "900100200300")

    assert platform.asked == []


@pytest.mark.parametrize("text", ["act_", "act_12x", "", "1" * 21, "act_١", "../me", "123\n"])
def test_what_is_no_account_id_is_refused_before_any_call(text: str) -> None:
    with pytest.raises(BadRequest, match="accountId"):
        account_digits(text)


REFUSALS = [
    (400, 190, 463, "credential_expired"),
    (400, 190, 460, "credential_revoked"),
    (400, 190, 458, "credential_revoked"),
    (400, 190, 459, "user_action_required"),
    (400, 190, 464, "user_action_required"),
    (401, 190, None, "credential_invalid"),
    (400, 190, 467, "credential_invalid"),
    (400, 102, None, "credential_invalid"),
    (403, 200, None, "permission_missing"),
    (403, 10, None, "permission_missing"),
    (403, 294, None, "permission_missing"),
    (400, 100, 3191001, "permission_missing"),
    (400, 100, 33, "account_not_found_or_no_access"),
    (400, 3018, None, "bad_request"),
    (400, 100, None, "bad_request"),
    (400, 2, 1504041, "bad_request"),
    (400, 2, 1504042, "bad_request"),
    (400, 100, 1504018, "too_much_data"),
    (400, 2, 1504038, "too_much_data"),
    (400, 2, 1504018, "too_much_data"),
    (400, 100, 1504038, "too_much_data"),
    (400, 100, 1487534, "too_much_data"),
    (400, -3, 1504045, "too_much_data"),
    (400, 368, None, "user_action_required"),
]


@pytest.mark.parametrize(("status", "code", "subcode", "reason"), REFUSALS)
def test_each_refusal_has_its_name_and_is_not_retried(
    platform: Script, status: int, code: int, subcode: int | None, reason: str
) -> None:
    error = {"message": "token EAABtest is bad", "code": code, "fbtrace_id": "A"}
    platform.answer(status, {"error": error | ({"error_subcode": subcode} if subcode else {})})

    with pytest.raises(PlatformRefused) as caught:
        MetaAds(platform.url).check(KEY, "900100200300")

    assert caught.value.reason == reason
    assert "EAAB" not in str(caught.value)
    assert len(platform.asked) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (500, {"code": 1, "error_subcode": 99, "is_transient": True}),
        (503, {"code": 2}),
        (400, {"code": 2, "error_subcode": 1504044}),
        (400, {"code": 100, "is_transient": True}),
        (200, {"code": 1}),
        (400, {"code": 2, "error_subcode": 1504043}),
        (400, {"code": -2, "error_subcode": 2490547}),
        (400, {"code": 100, "message": "Fields cannot be included in the summary param"}),
        (400, {"code": "190"}),
        (400, "oops"),
    ],
)
def test_a_temporary_failure_is_tried_three_times(platform: Script, status: int, error: object) -> None:
    platform.answer(status, {"error": error})

    with pytest.raises(Unavailable):
        MetaAds(platform.url).check(KEY, "900100200300")

    assert len(platform.asked) == 3


@pytest.mark.parametrize(
    ("status", "code", "message", "reason"),
    [
        (400, 100, "(#100) Missing permissions", "permission_missing"),
        (400, 100, "Invalid appsecret_proof provided in the API argument", "credential_invalid"),
        (400, 100, "API calls from the server require an appsecret_proof argument", "credential_invalid"),
        (500, 1, "Please reduce the amount of data you're asking for", "too_much_data"),
    ],
)
def test_a_refusal_without_a_subcode_is_told_by_its_words(
    platform: Script, status: int, code: int, message: str, reason: str
) -> None:
    platform.answer(status, {"error": {"code": code, "message": message}})

    with pytest.raises(PlatformRefused, match=reason):
        MetaAds(platform.url).check(KEY, "900100200300")


def test_a_throttle_without_an_error_in_it_is_a_throttle(platform: Script) -> None:
    platform.answer(429, {}, {"x-ad-account-usage": '{"reset_time_duration": 77}'})

    with pytest.raises(RateLimited) as caught:
        MetaAds(platform.url).check(KEY, "900100200300")

    assert caught.value.retry_after_s == 77


def test_a_subcode_that_is_no_number_does_not_count(platform: Script) -> None:
    platform.answer(400, {"error": {"code": 190, "error_subcode": [463]}})

    with pytest.raises(PlatformRefused, match="credential_invalid"):
        MetaAds(platform.url).check(KEY, "900100200300")


THROTTLES = [
    *((code, None, {}, 900, "account") for code in (32, 80001, 80002, 80003, 80004, 80005, 80006, 80008)),
    *((code, None, {}, 900, "account") for code in (80009, 80014)),
    (613, 1996, {}, 86_400, "account"),
    (613, 1487742, {}, 300, "account"),
    (17, 2446079, {"x-ad-account-usage": '{"ads_api_access_tier": "standard_access"}'}, 60, "account"),
    (4, None, {}, 900, "app"),
    (4, 1504039, {}, 900, "app"),
    (4, 1504022, {}, 900, "app"),
    (341, None, {}, 900, "app"),
    (17, 2446079, {}, 300, "account"),
    (613, None, {}, 86_400, "account"),
    (
        80000,
        2446079,
        {
            "x-business-use-case-usage": json.dumps(
                {"900100200300": [{"type": "ads_insights", "estimated_time_to_regain_access": 19}]}
            )
        },
        1140,
        "account",
    ),
    (17, None, {"x-ad-account-usage": json.dumps({"reset_time_duration": 300})}, 300, "account"),
    (17, None, {"x-ad-account-usage": "{broken"}, 900, "account"),
    (17, None, {"x-ad-account-usage": "[" * 50_000}, 900, "account"),
    (17, None, {"x-ad-account-usage": '{"reset_time_duration": 1e300}'}, 900, "account"),
]


@pytest.mark.parametrize(("code", "subcode", "headers", "wait_s", "scope"), THROTTLES)
def test_a_throttle_says_how_long_and_for_whom_and_is_never_retried(
    platform: Script, code: int, subcode: int | None, headers: dict[str, str], wait_s: int, scope: str
) -> None:
    platform.answer(400, {"error": {"code": code, "error_subcode": subcode, "is_transient": True}}, headers)

    with pytest.raises(RateLimited) as caught:
        MetaAds(platform.url).check(KEY, "900100200300")

    assert (caught.value.retry_after_s, caught.value.scope) == (wait_s, scope)
    assert len(platform.asked) == 1
