from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests

from local.world.tenants import DEMO, OTHER
from shared.core.metric import MICROS, Source, total
from shared.core.period import HOUR

if TYPE_CHECKING:
    from tests.local.world.client import Client

DAY = '{"since":"2026-01-28","until":"2026-01-28"}'
TWO_DAYS = '{"since":"2026-01-28","until":"2026-01-29"}'
HOURS = {"breakdowns": "hourly_stats_aggregated_by_advertiser_time_zone", "time_increment": "1"}
HOUR_KEY = "hourly_stats_aggregated_by_advertiser_time_zone"
MIDNIGHT = datetime(2026, 1, 28, 3, tzinfo=UTC)


def values(row: dict[str, Any], kind: str) -> dict[str, str]:
    return {entry["action_type"]: entry["value"] for entry in row[kind]}


def test_the_account_node_tells_zone_and_currency(world: Client) -> None:
    node = world.meta("act_900100200300", fields="account_id,currency,timezone_name,account_status").json()

    assert node == {
        "id": "act_900100200300",
        "account_id": "900100200300",
        "currency": "BRL",
        "timezone_name": "America/Sao_Paulo",
        "account_status": 1,
    }


def test_a_day_is_the_sum_of_its_local_hours_and_numbers_are_strings(world: Client) -> None:
    truth = total(DEMO.story.hour(Source.META, MIDNIGHT + n * HOUR) for n in range(24))

    (row,) = world.insights(
        fields="spend,impressions,inline_link_clicks,actions,action_values",
        time_increment="1",
        time_range=DAY,
    )["data"]

    assert float(row["spend"]) == (truth.spend or 0) / MICROS
    assert row["impressions"] == str(truth.impressions)
    assert row["inline_link_clicks"] == str(truth.clicks)
    assert values(row, "actions")["omni_purchase"] == str((truth.conversions or 0) // MICROS)
    assert float(values(row, "action_values")["omni_purchase"]) == (truth.revenue or 0) / MICROS
    assert (row["date_start"], row["date_stop"]) == ("2026-01-28", "2026-01-28")


def test_one_sale_stands_under_several_action_types(world: Client) -> None:
    (row,) = world.insights(fields="actions", time_increment="1", time_range=DAY)["data"]

    told = values(row, "actions")
    assert told["omni_purchase"] == told["purchase"] == told["offsite_conversion.fb_pixel_purchase"]
    assert {"link_click", "offsite_content_view_add_meta_leads"} < set(told)


def test_both_dates_are_inclusive(world: Client) -> None:
    rows = world.insights(fields="spend", time_increment="1", time_range=TWO_DAYS)["data"]

    assert [row["date_start"] for row in rows] == ["2026-01-28", "2026-01-29"]


def test_by_hour_there_are_no_actions_even_if_asked(world: Client) -> None:
    rows = world.insights(fields="spend,actions,action_values", time_range=DAY, limit="500", **HOURS)["data"]

    assert len(rows) == 24
    assert rows[7][HOUR_KEY] == "07:00:00 - 07:59:59"
    assert not any({"actions", "action_values"} & set(row) for row in rows)


def test_without_time_increment_hours_are_summed_over_the_range(world: Client) -> None:
    rows = world.insights(
        fields="impressions", time_range=TWO_DAYS, limit="500", breakdowns=HOURS["breakdowns"]
    )["data"]

    assert len(rows) == 24
    assert {(row["date_start"], row["date_stop"]) for row in rows} == {("2026-01-28", "2026-01-29")}


def test_a_page_has_25_rows_and_its_cursor_leads_to_the_rest(world: Client) -> None:
    first = world.insights(fields="spend", time_range=TWO_DAYS, **HOURS)
    after = first["paging"]["cursors"]["after"]
    second = world.insights(fields="spend", time_range=TWO_DAYS, after=after, **HOURS)

    assert (len(first["data"]), len(second["data"])) == (25, 15)
    assert requests.get(first["paging"]["next"], timeout=5).json()["data"] == second["data"]
    assert "next" not in second["paging"]


def test_the_running_hour_shows_half_its_spend_after_half_an_hour_and_no_sale(world: Client) -> None:
    truth = DEMO.story.hour(Source.META, datetime(2026, 1, 29, 18, tzinfo=UTC))
    rows = world.insights(
        fields="spend,impressions",
        limit="500",
        time_range='{"since":"2026-01-29","until":"2026-01-29"}',
        **HOURS,
    )["data"]

    assert len(rows) == 16
    assert float(rows[15]["spend"]) == (truth.spend or 0) // 10_000 // 2 / 100
    assert rows[15]["impressions"] == str((truth.impressions or 0) // 2)


def test_todays_sales_are_those_of_closed_hours(world: Client) -> None:
    start = datetime(2026, 1, 29, 3, tzinfo=UTC)
    closed = total(DEMO.story.hour(Source.META, start + n * HOUR) for n in range(15))

    (row,) = world.insights(fields="actions", time_increment="1", date_preset="today")["data"]

    assert values(row, "actions")["purchase"] == str((closed.conversions or 0) // MICROS)


def test_zero_valued_actions_are_absent(world: Client) -> None:
    shock = {"source": "meta", "start": "2026-01-01T00:00:00+00:00", "conversions": 0, "revenue": 0}
    world.control("story", tenant="demo", story=DEMO.story.to_json() | {"shocks": [shock]})

    (row,) = world.insights(fields="actions,action_values", time_increment="1", time_range=DAY)["data"]

    assert set(values(row, "actions")) == {"link_click", "offsite_content_view_add_meta_leads"}
    assert "action_values" not in row


def quiet(world: Client, start: str, end: str | None = None) -> None:
    shock = {"source": "meta", "start": start, "end": end, "impressions": 0, "spend": 0}
    world.control("story", tenant="demo", story=DEMO.story.to_json() | {"shocks": [shock]})


def test_a_day_without_delivery_is_one_row_that_lacks_its_hour(world: Client) -> None:
    quiet(world, "2026-01-01T00:00:00+00:00")

    (row,) = world.insights(
        fields="account_id,spend,impressions,clicks,inline_link_clicks,actions", time_range=DAY, **HOURS
    )["data"]

    assert row == {
        "account_id": DEMO.meta_account,
        "spend": "0",
        "impressions": "0",
        "clicks": "0",
        "date_start": "2026-01-28",
        "date_stop": "2026-01-28",
    }


def test_today_without_delivery_yet_has_no_row_and_an_empty_report_has_no_paging(world: Client) -> None:
    quiet(world, "2026-01-01T00:00:00+00:00")

    assert world.insights(fields="spend", date_preset="today", **HOURS) == {"data": []}
    assert world.insights(fields="spend", time_range=TWO_DAYS, time_increment="1") == {"data": []}


def test_the_row_of_a_quiet_day_stands_in_its_place_and_quiet_hours_of_others_are_absent(
    world: Client,
) -> None:
    quiet(world, "2026-01-27T03:00:00+00:00", "2026-01-28T05:00:00+00:00")
    asked = '{"since":"2026-01-26","until":"2026-01-28"}'

    rows = world.insights(fields="spend", time_range=asked, limit="500", **HOURS)["data"]

    days = [row["date_start"][-2:] for row in rows]
    assert days == ["26"] * 24 + ["27"] + ["28"] * 22
    assert [n for n, row in enumerate(rows) if HOUR_KEY not in row] == [24]


@pytest.mark.parametrize(
    ("since", "by", "status"),
    [
        ("2025-12-25", HOURS, 200),
        ("2025-12-24", HOURS, 400),
        ("2025-10-21", {"time_increment": "1"}, 200),
        ("2025-10-20", {"time_increment": "1"}, 400),
        ("2025-01-01", {}, 200),
    ],
)
def test_a_report_at_once_takes_35_days_of_hours_or_100_days(
    world: Client, since: str, by: dict[str, str], status: int
) -> None:
    asked = f'{{"since":"{since}","until":"2026-01-28"}}'

    answer = world.meta(f"act_{DEMO.meta_account}/insights", fields="spend", time_range=asked, **by)

    assert answer.status_code == status
    assert status == 200 or answer.json()["error"]["error_subcode"] == 1487534


def test_usage_comes_with_every_report(world: Client) -> None:
    headers = world.meta(f"act_{DEMO.meta_account}/insights", fields="spend", date_preset="today").headers

    (used,) = json.loads(headers["x-business-use-case-usage"])[DEMO.meta_account]
    assert (used["type"], used["call_count"], used["estimated_time_to_regain_access"]) == (
        "ads_insights",
        3,
        0,
    )
    assert json.loads(headers["x-ad-account-usage"])["acc_id_util_pct"] == 3
    assert json.loads(headers["x-fb-ads-insights-throttle"])["acc_id_util_pct"] == 3
    assert json.loads(headers["x-app-usage"])["call_count"] == 3


def test_usage_can_be_set_for_one_tenant(world: Client) -> None:
    world.control("usage", tenant="demo", percent=92, regain_minutes=7, app_percent=40)

    demo = world.meta(f"act_{DEMO.meta_account}/insights", fields="spend", date_preset="today").headers
    other = world.meta(
        f"act_{OTHER.meta_account}/insights", OTHER.meta_key, fields="spend", date_preset="today"
    ).headers

    (used,) = json.loads(demo["x-business-use-case-usage"])[DEMO.meta_account]
    assert (used["call_count"], used["estimated_time_to_regain_access"]) == (92, 7)
    assert json.loads(demo["x-fb-ads-insights-throttle"])["app_id_util_pct"] == 40
    assert json.loads(other["x-ad-account-usage"])["acc_id_util_pct"] == 3


def test_refunds_make_a_value_negative_and_its_spelling_exact(world: Client) -> None:
    shock = {"source": "meta", "start": "2026-01-01T00:00:00+00:00", "revenue": -1}
    world.control("story", tenant="demo", story=DEMO.story.to_json() | {"shocks": [shock]})
    truth = total(DEMO.story.hour(Source.META, MIDNIGHT + n * HOUR) for n in range(24))

    (row,) = world.insights(fields="action_values", time_increment="1", time_range=DAY)["data"]

    assert float(values(row, "action_values")["purchase"]) == -(truth.revenue or 0) / MICROS


@pytest.mark.parametrize("fields", ["spend,hourly_stats_aggregated_by_advertiser_time_zone", "spending"])
def test_an_unknown_field_or_a_breakdown_among_the_fields_is_error_100(world: Client, fields: str) -> None:
    answer = world.meta("act_900100200300/insights", fields=fields)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)


def test_more_than_37_months_back_is_error_3018(world: Client) -> None:
    asked = '{"since":"2020-01-01","until":"2020-01-02"}'

    error = world.meta("act_900100200300/insights", fields="spend", time_range=asked).json()["error"]

    assert error["code"] == 3018


@pytest.mark.parametrize(
    ("token", "account", "status", "code", "subcode"),
    [
        ("nonsense", DEMO.meta_account, 401, 190, None),
        (OTHER.meta_key, DEMO.meta_account, 400, 100, 33),
        (DEMO.meta_key, OTHER.meta_account, 400, 100, 33),
        ("EAABdemo-expired", DEMO.meta_account, 400, 190, 463),
        ("EAABdemo-revoked", DEMO.meta_account, 400, 190, 458),
        ("EAABdemo-no-permission", DEMO.meta_account, 403, 200, None),
        ("EAABdemo-insights-denied", DEMO.meta_account, 400, 100, 3191001),
    ],
)
def test_a_token_opens_only_its_own_account(
    world: Client, token: str, account: str, status: int, code: int, subcode: int | None
) -> None:
    answer = world.meta(f"act_{account}/insights", token, fields="spend", date_preset="today")

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error.get("error_subcode")) == (status, code, subcode)


def test_the_account_node_opens_where_insights_are_refused(world: Client) -> None:
    assert world.meta("act_900100200300", "EAABdemo-insights-denied", fields="id").status_code == 200


def test_the_token_may_come_in_the_query(world: Client) -> None:
    url = f"{world.base}/meta/v26.0/act_{DEMO.meta_account}"

    assert requests.get(url, params={"access_token": DEMO.meta_key}, timeout=5).status_code == 200
