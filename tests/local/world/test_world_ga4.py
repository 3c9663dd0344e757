from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from local.world.story import Story
from local.world.tenants import DEMO, OTHER
from shared.core.metric import MICROS, Source

if TYPE_CHECKING:
    from tests.local.world.client import Client

ORGANIC = {
    "filter": {
        "fieldName": "sessionDefaultChannelGroup",
        "inListFilter": {"values": ["Organic Search", "Organic Social", "Organic Video", "Organic Shopping"]},
    }
}
ASK: dict[str, Any] = {
    "dateRanges": [{"startDate": "yesterday", "endDate": "today"}],
    "dimensions": [{"name": "dateHour"}],
    "metrics": [{"name": "sessions"}, {"name": "ecommercePurchases"}, {"name": "purchaseRevenue"}],
    "dimensionFilter": ORGANIC,
}


@pytest.fixture
def token(world: Client) -> str:
    return world.refreshed(json.loads(DEMO.ga4_key))


def test_values_are_strings_by_position_in_the_propertys_zone(world: Client, token: str) -> None:
    start = datetime(2026, 1, 28, 15, tzinfo=UTC)
    truth = DEMO.story.hour(Source.ORGANIC, start)

    answer = world.report(token, **ASK).json()

    assert answer["dimensionHeaders"] == [{"name": "dateHour"}]
    assert [header["type"] for header in answer["metricHeaders"]] == [
        "TYPE_INTEGER",
        "TYPE_INTEGER",
        "TYPE_CURRENCY",
    ]
    assert answer["metadata"] == {"currencyCode": "BRL", "timeZone": "America/Sao_Paulo"}
    row = answer["rows"][12]
    assert row["dimensionValues"] == [{"value": "2026012812"}]
    sessions, orders, revenue = (cell["value"] for cell in row["metricValues"])
    assert (sessions, orders) == (str(DEMO.story.sessions(start)), str((truth.conversions or 0) // MICROS))
    assert float(revenue) == (truth.revenue or 0) / MICROS


def test_yesterday_and_today_end_with_the_running_hour(world: Client, token: str) -> None:
    answer = world.report(token, **ASK).json()

    assert answer["rowCount"] == 40
    assert answer["rows"][-1]["dimensionValues"] == [{"value": "2026012915"}]
    assert answer["rows"][-1]["metricValues"][1] == {"value": "0"}


def test_without_the_filter_all_channels_count_and_numbers_are_three_times_as_large(
    world: Client, token: str
) -> None:
    asked = ASK | {"metrics": [{"name": "ecommercePurchases"}], "dimensions": []}
    organic = world.report(token, **asked).json()["rows"][0]["metricValues"][0]["value"]

    every = world.report(token, **(asked | {"dimensionFilter": None})).json()

    assert int(every["rows"][0]["metricValues"][0]["value"]) == 3 * int(organic)


def test_an_empty_report_has_neither_rows_nor_their_count(world: Client, token: str) -> None:
    ahead = [{"startDate": "2026-02-10", "endDate": "2026-02-11"}]

    answer = world.report(token, **(ASK | {"dateRanges": ahead})).json()

    assert not {"rows", "rowCount"} & set(answer)


def test_limit_and_offset_page_through_the_rows(world: Client, token: str) -> None:
    whole = world.report(token, **ASK).json()

    page = world.report(token, limit="3", offset="38", **ASK).json()

    assert page["rows"] == whole["rows"][38:]
    assert page["rowCount"] == 40


def test_dates_may_be_days_ago(world: Client, token: str) -> None:
    asked = ASK | {"dateRanges": [{"startDate": "3daysAgo", "endDate": "3daysAgo"}]}

    rows = world.report(token, **(asked | {"dimensions": [{"name": "date"}]})).json()["rows"]

    assert [row["dimensionValues"][0]["value"] for row in rows] == ["20260126"]


def test_another_currency_converts_the_revenue(world: Client, token: str) -> None:
    asked = ASK | {"metrics": [{"name": "purchaseRevenue"}], "dimensions": []}
    reais = world.report(token, **asked).json()

    dollars = world.report(token, currencyCode="USD", **asked).json()

    paid, shown = (float(a["rows"][0]["metricValues"][0]["value"]) for a in (reais, dollars))
    assert dollars["metadata"]["currencyCode"] == "USD"
    assert shown == pytest.approx(paid / 5.4)


def test_the_quota_is_told_when_asked(world: Client, token: str) -> None:
    assert "propertyQuota" not in world.report(token, **ASK).json()
    assert "propertyQuota" in world.report(token, returnPropertyQuota=True, **ASK).json()


def test_what_remains_of_a_quota_can_be_set_for_one_property(world: Client, token: str) -> None:
    world.control("quota", tenant="demo", tokensPerHour=12, concurrentRequests=0)

    quota = world.report(token, returnPropertyQuota=True, **ASK).json()["propertyQuota"]
    other = world.report(
        world.refreshed(json.loads(OTHER.ga4_key)), OTHER.ga4_account, returnPropertyQuota=True, **ASK
    ).json()["propertyQuota"]

    assert quota["tokensPerHour"] == {"consumed": 2, "remaining": 12}
    assert quota["concurrentRequests"] == {"remaining": 0}
    assert quota["tokensPerDay"] == other["tokensPerDay"] == {"consumed": 2, "remaining": 199480}
    assert other["tokensPerHour"]["remaining"] == 39970


def test_purchases_have_three_names(world: Client, token: str) -> None:
    names = ("ecommercePurchases", "transactions", "keyEvents")

    rows = world.report(token, **(ASK | {"metrics": [{"name": name} for name in names]})).json()["rows"]

    counts = [{cell["value"] for cell in row["metricValues"]} for row in rows]
    assert all(len(count) == 1 for count in counts)
    assert any(count != {"0"} for count in counts)


def test_refunds_make_revenue_negative(world: Client, token: str) -> None:
    start = datetime(2026, 1, 28, 15, tzinfo=UTC)
    shock = {"source": "organic", "start": "2026-01-01T00:00:00+00:00", "revenue": -0.5}
    story = DEMO.story.to_json() | {"shocks": [shock]}
    world.control("story", tenant="demo", story=story)
    truth = Story.from_json(story).hour(Source.ORGANIC, start).revenue or 0

    row = world.report(token, **ASK).json()["rows"][12]

    assert truth < 0
    assert float(row["metricValues"][2]["value"]) == truth / MICROS
    assert int(row["metricValues"][1]["value"]) > 0


def test_a_late_property_has_no_rows_of_the_last_two_hours(world: Client, token: str) -> None:
    world.control("story", tenant="demo", story=DEMO.story.to_json() | {"late": True})

    rows = world.report(token, **ASK).json()["rows"]

    assert rows[-1]["dimensionValues"] == [{"value": "2026012912"}]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dimensions": [{"name": "datehour"}]}, "Field datehour is not a valid dimension."),
        ({"metrics": [{"name": "visits"}]}, "Field visits is not a valid metric."),
    ],
)
def test_an_unknown_field_is_named(world: Client, token: str, change: dict[str, Any], message: str) -> None:
    answer = world.report(token, **(ASK | change))

    assert (answer.status_code, answer.json()["error"]["message"]) == (400, message)


def test_another_tenants_property_is_refused(world: Client, token: str) -> None:
    answer = world.report(token, OTHER.ga4_account, **ASK)

    assert (answer.status_code, answer.json()["error"]["status"]) == (403, "PERMISSION_DENIED")


def test_a_token_for_ads_does_not_open_analytics(world: Client) -> None:
    answer = world.report(world.refreshed(json.loads(DEMO.google_key)), **ASK)

    assert answer.status_code == 403
    assert answer.json()["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def test_no_token_is_unauthenticated(world: Client) -> None:
    assert world.report("", **ASK).status_code == 401
