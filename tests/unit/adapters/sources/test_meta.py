from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from shared.adapters.sources.meta import MetaAds, account_digits
from shared.core.integration import Account, Problem
from shared.core.metric import MICROS, Sums
from shared.core.report import Asked
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


def test_the_account_is_asked_for_once(platform: Script) -> None:
    for answer in (NODE, EMPTY, EMPTY):
        platform.answer(200, answer)
    meta = MetaAds(platform.url)
    for _ in range(2):
        meta.report(KEY, "900100200300", Asked(NOW, "purchase", "EUR", 1))

    assert len(platform.asked) == 5


def test_an_account_off_whole_hours_is_refused(platform: Script) -> None:
    platform.answer(200, NODE | {"timezone_name": "Asia/Kolkata"})

    with pytest.raises(PlatformRefused, match="bad_request"):
        MetaAds(platform.url).check(KEY, "900100200300")


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
        (500, 1, "Please reduce the amount of data you're asking for", "too_much_data"),
    ],
)
def test_a_refusal_without_a_subcode_is_told_by_its_words(
    platform: Script, status: int, code: int, message: str, reason: str
) -> None:
    platform.answer(status, {"error": {"code": code, "message": message}})

    with pytest.raises(PlatformRefused, match=reason):
        MetaAds(platform.url).check(KEY, "900100200300")


def test_a_subcode_that_is_no_number_does_not_count(platform: Script) -> None:
    platform.answer(400, {"error": {"code": 190, "error_subcode": [463]}})

    with pytest.raises(PlatformRefused, match="credential_invalid"):
        MetaAds(platform.url).check(KEY, "900100200300")


THROTTLES = [
    *((code, None, {}, 900, "account") for code in (32, 80001, 80002, 80003, 80004, 80005, 80006, 80008)),
    *((code, None, {}, 900, "account") for code in (80009, 80014)),
    (613, 1996, {}, 900, "account"),
    (613, 1487742, {}, 900, "account"),
    (4, None, {}, 900, "app"),
    (4, 1504039, {}, 900, "app"),
    (4, 1504022, {}, 900, "app"),
    (341, None, {}, 900, "app"),
    (17, 2446079, {}, 900, "account"),
    (613, None, {}, 900, "account"),
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
