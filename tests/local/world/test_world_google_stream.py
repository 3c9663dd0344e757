from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

from local.world.tenants import DEMO, TESTING_CONSENT

if TYPE_CHECKING:
    from tests.local.world.client import Client

HOURS = (
    "SELECT segments.date, segments.hour, metrics.cost_micros, metrics.clicks FROM customer "
    "WHERE segments.date BETWEEN '2026-01-28' AND '2026-01-29' ORDER BY segments.date, segments.hour"
)
TESTING = json.loads(DEMO.key_with(TESTING_CONSENT))
WEEK_S = 7 * 24 * 3600


@pytest.fixture
def token(world: Client) -> str:
    return world.refreshed(json.loads(DEMO.google_key))


def stream(
    world: Client, token: str, customer: str = DEMO.google_account, **body: object
) -> requests.Response:
    return requests.post(
        f"{world.base}/google-ads/v26/customers/{customer}/googleAds:searchStream",
        json=body,
        headers={"Authorization": f"Bearer {token}"},
        timeout=5,
    )


def test_a_stream_is_an_array_of_batches_with_all_the_rows_of_a_search(world: Client, token: str) -> None:
    world.control("pages", **{"google-ads": 30})

    batches = stream(world, token, query=HOURS).json()

    assert [len(batch["results"]) for batch in batches] == [30, 10]
    assert all({"fieldMask", "requestId", "queryResourceConsumption"} < set(batch) for batch in batches)
    world.control("pages")
    searched = world.search(token, DEMO.google_account, query=HOURS).json()["results"]
    assert [row for batch in batches for row in batch["results"]] == searched


def test_a_stream_of_nothing_is_one_batch_without_results(world: Client, token: str) -> None:
    query = "SELECT segments.date, metrics.clicks FROM customer WHERE segments.date = '2026-02-10'"

    (batch,) = stream(world, token, query=query).json()

    assert "results" not in batch
    assert batch["fieldMask"] == "segments.date,metrics.clicks"


@pytest.mark.parametrize(
    ("customer", "body", "status"),
    [
        ("1112223330", {"query": HOURS}, 400),
        ("1112223331", {"query": HOURS}, 403),
        (DEMO.google_account, {"query": "SELECT FROM"}, 400),
        (DEMO.google_account, {"query": HOURS, "pageSize": 10}, 400),
        (DEMO.google_account, {"query": HOURS, "pageToken": "x"}, 400),
    ],
)
def test_a_streams_refusal_is_in_an_array(
    world: Client, token: str, customer: str, body: dict[str, Any], status: int
) -> None:
    answer = stream(world, token, customer, **body)

    (refusal,) = answer.json()
    assert (answer.status_code, refusal["error"]["code"]) == (status, status)


def test_a_streams_caller_may_be_unknown(world: Client) -> None:
    answer = stream(world, "guess", query=HOURS)

    assert (answer.status_code, answer.json()[0]["error"]["status"]) == (401, "UNAUTHENTICATED")


def test_a_scripted_fault_of_a_stream_is_in_an_array_too(world: Client, token: str) -> None:
    world.control("faults", platform="google-ads", fault="throttle", times=2)

    streamed, searched = (
        stream(world, token, query=HOURS),
        world.search(token, DEMO.google_account, query=HOURS),
    )

    assert streamed.json() == [searched.json()]
    assert streamed.status_code == searched.status_code == 429


def test_a_consent_in_testing_tells_how_long_it_still_holds(world: Client) -> None:
    first = world.token(grant_type="refresh_token", **TESTING).json()
    world.control("clock", now="2026-02-01T18:30:00+00:00")
    later = world.token(grant_type="refresh_token", **TESTING).json()

    assert first["refresh_token_expires_in"] == WEEK_S
    assert later["refresh_token_expires_in"] == WEEK_S * 4 // 7
    assert world.search(later["access_token"], DEMO.google_account, query=HOURS).status_code == 200


def test_a_consent_in_testing_is_over_after_seven_days(world: Client) -> None:
    world.control("consent", given_at="2026-01-22T18:30:00+00:00")

    answer = world.token(grant_type="refresh_token", **TESTING)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_an_ordinary_consent_tells_no_end(world: Client) -> None:
    answer = world.token(grant_type="refresh_token", **json.loads(DEMO.google_key)).json()

    assert "refresh_token_expires_in" not in answer
