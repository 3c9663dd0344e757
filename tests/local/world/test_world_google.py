from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth.transport.requests import Request
from google.oauth2 import service_account

from local.world.tenants import ADS_SCOPE, ANALYTICS_SCOPE, DEMO, OTHER
from shared.core.metric import MICROS, Source

if TYPE_CHECKING:
    from tests.local.world.client import Client

HOURS = (
    "SELECT customer.currency_code, segments.date, segments.hour, metrics.cost_micros, metrics.clicks, "
    "metrics.conversions, metrics.conversions_value FROM customer "
    "WHERE segments.date BETWEEN '2026-01-28' AND '2026-01-29' ORDER BY segments.date, segments.hour"
)
ACCOUNT = (
    "SELECT customer.id, customer.currency_code, customer.time_zone, customer.manager, customer.status "
    "FROM customer LIMIT 1"
)


@pytest.fixture
def token(world: Client) -> str:
    return world.refreshed(json.loads(DEMO.google_key))


def code_of(answer: requests.Response) -> tuple[int, dict[str, str]]:
    (detail,) = answer.json()["error"]["details"]
    return answer.status_code, detail["errors"][0]["errorCode"]


def test_a_refresh_token_becomes_an_access_token_of_its_scope(world: Client) -> None:
    answer = world.token(grant_type="refresh_token", **json.loads(DEMO.google_key)).json()

    assert (answer["scope"], answer["expires_in"], answer["token_type"]) == (ADS_SCOPE, 3599, "Bearer")


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"refresh_token": "1//demo-revoked"}, 400, "invalid_grant"),
        ({"refresh_token": OTHER.google_refresh_token}, 400, "invalid_grant"),
        ({"client_id": "unheard of"}, 401, "invalid_client"),
        ({"client_secret": "guessed"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_key_with_one_wrong_part_gets_no_token(
    world: Client, change: dict[str, str], status: int, error: str
) -> None:
    asked = {"grant_type": "refresh_token"} | json.loads(DEMO.google_key) | change

    answer = world.token(**asked)

    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_service_account_signs_in_with_googles_own_library(world: Client) -> None:
    key = world.told("service-account")
    signer = service_account.Credentials.from_service_account_info(key, scopes=[ADS_SCOPE])  # type: ignore[no-untyped-call]
    signer.refresh(Request())

    assert world.search(signer.token, DEMO.google_account, query=ACCOUNT).status_code == 200


def test_an_assertion_signed_by_another_key_is_refused(world: Client) -> None:
    forger = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key = world.told("service-account") | {"private_key": forger.decode()}
    signer: Any = service_account.Credentials.from_service_account_info(key, scopes=[ADS_SCOPE])  # type: ignore[no-untyped-call]
    assertion = signer._make_authorization_grant_assertion().decode()

    answer = world.token(grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer", assertion=assertion)

    assert (answer.status_code, answer.json()["error_description"]) == (400, "Invalid JWT Signature.")


def test_the_login_lists_the_customers_it_opens(world: Client, token: str) -> None:
    answer = requests.get(
        f"{world.base}/google-ads/v26/customers:listAccessibleCustomers",
        headers={"Authorization": f"Bearer {token}"},
        timeout=5,
    )

    assert answer.json()["resourceNames"][0] == "customers/1234567890"
    assert answer.headers["request-id"]


def test_only_selected_fields_are_answered(world: Client, token: str) -> None:
    answer = world.search(token, DEMO.google_account, query=ACCOUNT).json()

    assert answer["results"] == [
        {
            "customer": {
                "resourceName": "customers/1234567890",
                "id": "1234567890",
                "currencyCode": "BRL",
                "timeZone": "America/Sao_Paulo",
                "manager": False,
                "status": "ENABLED",
            }
        }
    ]
    assert answer["fieldMask"].startswith("customer.id,customer.currencyCode,")


def test_an_unset_field_is_absent(world: Client) -> None:
    other = world.refreshed(json.loads(OTHER.google_key))
    query = "SELECT customer.descriptive_name, customer.id FROM customer"

    (row,) = world.search(other, OTHER.google_account, query=query).json()["results"]

    assert row["customer"] == {"resourceName": "customers/9876543210", "id": "9876543210"}


def test_int64_are_strings_and_conversions_are_fractions(world: Client, token: str) -> None:
    truth = DEMO.story.hour(Source.GOOGLE, datetime(2026, 1, 28, 15, tzinfo=UTC))

    row = world.search(token, DEMO.google_account, query=HOURS).json()["results"][12]

    assert row["segments"] == {"date": "2026-01-28", "hour": 12}
    assert row["metrics"] == {
        "costMicros": str(truth.spend),
        "clicks": str(truth.clicks),
        "conversions": (truth.conversions or 0) / MICROS,
        "conversionsValue": (truth.revenue or 0) / MICROS,
    }


def test_some_hours_have_a_fraction_of_a_conversion(world: Client, token: str) -> None:
    rows = world.search(token, DEMO.google_account, query=HOURS).json()["results"]

    assert any(row["metrics"]["conversions"] % 1 for row in rows)


def test_rows_of_zeros_are_left_out(world: Client, token: str) -> None:
    quiet = {"source": "google", "start": "2026-01-28T10:00:00+00:00", "end": "2026-01-28T12:00:00+00:00"}
    none = dict.fromkeys(("spend", "impressions", "clicks", "conversions", "revenue"), 0)
    world.control("story", tenant="demo", story=DEMO.story.to_json() | {"shocks": [quiet | none]})

    rows = world.search(token, DEMO.google_account, query=HOURS).json()["results"]

    hours = [row["segments"]["hour"] for row in rows if row["segments"]["date"] == "2026-01-28"]
    assert hours == [0, 1, 2, 3, 4, 5, 6, *range(9, 24)]


def test_pages_follow_one_another_by_their_token(world: Client, token: str) -> None:
    world.control("pages", **{"google-ads": 30})

    first = world.search(token, DEMO.google_account, query=HOURS).json()
    second = world.search(token, DEMO.google_account, query=HOURS, pageToken=first["nextPageToken"]).json()

    assert (len(first["results"]), len(second["results"])) == (30, 10)
    assert "nextPageToken" not in second


@pytest.mark.parametrize(
    ("customer", "body", "status", "code"),
    [
        (
            DEMO.google_account,
            {"query": ACCOUNT, "pageSize": 100},
            400,
            {"requestError": "PAGE_SIZE_NOT_SUPPORTED"},
        ),
        (
            DEMO.google_account,
            {"query": "SELECT customer.nickname FROM customer"},
            400,
            {"queryError": "UNRECOGNIZED_FIELD"},
        ),
        (DEMO.google_account, {"query": "SELECT FROM"}, 400, {"queryError": "UNEXPECTED_INPUT"}),
        (
            DEMO.google_account,
            {"query": HOURS, "pageToken": "x"},
            400,
            {"requestError": "INVALID_PAGE_TOKEN"},
        ),
        ("1112223330", {"query": HOURS}, 400, {"queryError": "REQUESTED_METRICS_FOR_MANAGER"}),
        ("1112223331", {"query": ACCOUNT}, 403, {"authorizationError": "CUSTOMER_NOT_ENABLED"}),
        ("1112223332", {"query": ACCOUNT}, 403, {"authorizationError": "USER_PERMISSION_DENIED"}),
        (OTHER.google_account, {"query": ACCOUNT}, 403, {"authorizationError": "USER_PERMISSION_DENIED"}),
        ("123-456-7890", {"query": ACCOUNT}, 400, {"requestError": "INVALID_CUSTOMER_ID"}),
    ],
)
def test_what_is_refused_is_refused_by_its_name(
    world: Client, token: str, customer: str, body: dict[str, Any], status: int, code: dict[str, str]
) -> None:
    assert code_of(world.search(token, customer, **body)) == (status, code)


def test_a_managed_account_opens_through_its_manager(world: Client, token: str) -> None:
    through = {"login-customer-id": "1112223330"}

    assert world.search(token, "1112223332", through, query=ACCOUNT).status_code == 200


def test_a_manager_tells_what_it_is(world: Client, token: str) -> None:
    (row,) = world.search(token, "1112223330", query=ACCOUNT).json()["results"]

    assert row["customer"]["manager"] is True


@pytest.mark.parametrize(
    ("refresh_token", "code"),
    [
        ("1//demo-test-project", {"authorizationError": "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION"}),
        ("1//demo-no-ads-user", {"authenticationError": "NOT_ADS_USER"}),
    ],
)
def test_a_login_may_be_refused_after_it_got_its_token(
    world: Client, refresh_token: str, code: dict[str, str]
) -> None:
    token = world.refreshed(json.loads(DEMO.key_with(refresh_token)))

    assert code_of(world.search(token, DEMO.google_account, query=ACCOUNT))[1] == code


def test_an_unknown_access_token_is_invalid(world: Client) -> None:
    answer = world.search("ya29.guess", DEMO.google_account, query=ACCOUNT)

    assert code_of(answer) == (401, {"authenticationError": "OAUTH_TOKEN_INVALID"})


def test_a_token_for_analytics_does_not_open_ads(world: Client) -> None:
    token = world.refreshed(json.loads(DEMO.ga4_key))

    answer = world.search(token, DEMO.google_account, query=ACCOUNT)

    assert answer.status_code == 403
    assert answer.json()["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def test_the_scopes_of_an_assertion_are_those_it_asks_for(world: Client) -> None:
    key = world.told("service-account")
    signer = service_account.Credentials.from_service_account_info(key, scopes=[ANALYTICS_SCOPE])  # type: ignore[no-untyped-call]
    signer.refresh(Request())

    assert world.search(signer.token, DEMO.google_account, query=ACCOUNT).status_code == 403
