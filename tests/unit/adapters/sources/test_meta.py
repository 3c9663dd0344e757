from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from shared.adapters.sources.meta import MetaAds, account_digits
from shared.core.integration import Account
from shared.core.metric import MICROS, Sums
from shared.core.report import Asked, Usage
from shared.errors import BadRequest, PlatformRefused, Unavailable
from tests.unit.adapters.sources.meta_answers import (
    EMPTY,
    HOUR,
    KEY,
    NODE,
    NOW,
    day_row,
    hour_row,
    report,
)

if TYPE_CHECKING:
    from tests.scripted import Script


def test_hours_are_read_exactly_and_only_closed_ones(platform: Script) -> None:
    found = report(platform, {"data": [hour_row(0), hour_row(1), hour_row(2)]}, EMPTY)

    assert [f"{row.bucket.key}" for row in found.hours] == ["2026-05-03T22Z", "2026-05-03T23Z"]
    assert found.hours[0].sums == Sums(spend=4_100_000, impressions=812, clicks=11)


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


@pytest.mark.parametrize(
    "actions",
    [
        "omni_purchase",
        [7],
        [{"action_type": {"omni_purchase": 1}, "value": "6"}],
        [{"action_type": "omni_purchase", "value": [6]}],
        [{"action_type": "omni_purchase"}],
        [{"value": "6"}],
    ],
)
def test_nonsense_among_actions_fails_the_whole_report(platform: Script, actions: object) -> None:
    with pytest.raises(Unavailable):
        report(platform, EMPTY, {"data": [day_row(actions=actions)]})


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


@pytest.mark.parametrize("text", ["act_", "act_12x", "", "1" * 21, "act_١", "../me", "123\n"])
def test_what_is_no_account_id_is_refused_before_any_call(text: str) -> None:
    with pytest.raises(BadRequest, match="accountId"):
        account_digits(text)
