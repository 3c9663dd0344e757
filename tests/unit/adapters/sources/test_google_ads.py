from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from shared.adapters.sources.google_ads import GoogleAds, customer_digits
from shared.adapters.sources.google_token import GoogleCredential
from shared.core.integration import Account, Problem
from shared.core.metric import Sums
from shared.core.report import Asked
from shared.core.secret import Secret
from shared.errors import BadRequest, PlatformRefused, RateLimited, Unavailable

if TYPE_CHECKING:
    from shared.core.report import Report
    from tests.scripted import Script

KEY = Secret(json.dumps({"client_id": "c", "client_secret": "s", "refresh_token": "1//r"}))
TOKEN = {
    "access_token": "ya29.fake",
    "expires_in": 3599,
    "scope": "https://www.googleapis.com/auth/adwords",
    "token_type": "Bearer",
}
CUSTOMER = {
    "results": [
        {
            "customer": {
                "id": "1234567890",
                "currencyCode": "EUR",
                "timeZone": "Europe/Rome",
                "manager": False,
                "status": "ENABLED",
            }
        }
    ]
}
NOW = datetime(2026, 5, 4, 4, 30, tzinfo=UTC)  # 06:30 in Rome
FAILURE = "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure"


def row(hour: object, **metrics: object) -> dict[str, object]:
    return {"segments": {"date": "2026-05-04", "hour": hour}, "metrics": metrics}


def google(platform: Script) -> GoogleAds:
    return GoogleAds(platform.url, f"{platform.url}/token")


def report(platform: Script, *pages: object) -> Report:
    for answer in (TOKEN, CUSTOMER, *pages):
        platform.answer(200, answer)
    return google(platform).report(KEY, "123-456-7890", Asked(NOW, "purchase", "EUR", 1))


def failure(status: int, family: str, name: str, **details: object) -> dict[str, object]:
    error = {"errorCode": {family: name}, "message": "secret words", **details}
    return {
        "error": {
            "code": status,
            "message": "secret words",
            "status": "X",
            "details": [{"@type": FAILURE, "errors": [error], "requestId": "Rq"}],
        }
    }


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


def test_the_project_behind_a_key_is_known(platform: Script) -> None:
    client = {"client_id": "1001-x.apps.example", "client_secret": "s", "refresh_token": "1//r"}
    service = {"type": "service_account", "client_email": "a@b", "private_key": "k", "project_id": "war"}

    apps = [google(platform).app_of(Secret(json.dumps(key))) for key in (client, service)]

    assert apps == ["1001", "war"]


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


def test_the_token_is_kept_and_asked_for_once(platform: Script) -> None:
    for answer in (TOKEN, CUSTOMER):
        platform.answer(200, answer)
    ads = google(platform)
    ads.check(KEY, "1234567890")
    ads.check(KEY, "1234567890")

    assert [asked.path for asked in platform.asked].count("/token") == 1
    form = parse_qs(platform.asked[0].body.decode())
    assert form["grant_type"] == ["refresh_token"]


def test_a_refused_access_token_is_renewed_once(platform: Script) -> None:
    platform.answer(200, TOKEN)
    platform.answer(401, failure(401, "authenticationError", "OAUTH_TOKEN_EXPIRED"))
    platform.answer(200, TOKEN | {"access_token": "ya29.new"})
    platform.answer(200, CUSTOMER)

    account = google(platform).check(KEY, "1234567890")

    assert account == Account("EUR", "Europe/Rome", None)
    assert platform.asked[3].headers["authorization"] == "Bearer ya29.new"


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


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '"x"',
        '{"client_id":"c"}',
        '{"type":"service_account"}',
        '{"refresh_token": 3}',
        '{"client_id":"","client_secret":"s","refresh_token":"r"}',
        '{"client_id":"c","client_secret":"s","refresh_token":"\\ud800"}',
        '{"client_id":"c","client_secret":"s","refresh_token":"\ud800"}',
        '{"client_id":"c","client_secret":"s","refresh_token":"r","login_customer_id":"12"}',
        "[" * 99_999,
    ],
)
def test_a_malformed_credential_is_refused_before_any_call(platform: Script, text: str) -> None:
    with pytest.raises(PlatformRefused, match="credential_malformed"):
        google(platform).check(Secret(text), "1234567890")

    assert platform.asked == []


@pytest.mark.parametrize("text", ["123456789", "12345678901", "123-456-789x", "١٢٣٤٥٦٧٨٩٠", "../1234567"])
def test_what_is_no_customer_id_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="accountId"):
        customer_digits(text)


TOKEN_REFUSALS = [
    (400, {"error": "invalid_grant", "error_description": "expired"}, "credential_revoked"),
    (400, {"error": "invalid_grant", "error_subtype": "invalid_rapt"}, "user_action_required"),
    (400, {"error": "invalid_grant", "error_subtype": "rapt_required"}, "user_action_required"),
    (400, {"error": "admin_policy_enforced"}, "user_action_required"),
    (401, {"error": "deleted_client"}, "credential_invalid"),
    (401, {"error": "disabled_client"}, "credential_invalid"),
    (401, {"error": "unauthorized_client"}, "credential_invalid"),
    (400, {"error": "invalid_scope"}, "permission_missing"),
    (400, {"error": "invalid_request"}, "credential_malformed"),
    (401, {"error": "invalid_client"}, "credential_invalid"),
    (200, TOKEN | {"scope": "openid"}, "permission_missing"),
]


@pytest.mark.parametrize(("status", "body", "reason"), TOKEN_REFUSALS)
def test_each_token_refusal_has_its_name(platform: Script, status: int, body: object, reason: str) -> None:
    platform.answer(status, body)

    with pytest.raises(PlatformRefused, match=reason):
        google(platform).check(KEY, "1234567890")


REFUSALS = [
    (401, "authenticationError", "OAUTH_TOKEN_INVALID", "credential_invalid"),
    (401, "authenticationError", "NOT_ADS_USER", "permission_missing"),
    (401, "authenticationError", "TWO_STEP_VERIFICATION_NOT_ENROLLED", "user_action_required"),
    (403, "authorizationError", "USER_PERMISSION_DENIED", "account_not_found_or_no_access"),
    (400, "headerError", "INVALID_LOGIN_CUSTOMER_ID", "bad_request"),
    (403, "authorizationError", "CUSTOMER_NOT_ENABLED", "account_inactive"),
    (403, "authorizationError", "ACTION_NOT_PERMITTED_FOR_SUSPENDED_ACCOUNT", "account_inactive"),
    (403, "authorizationError", "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION", "project_not_approved"),
    (403, "authorizationError", "MISSING_TOS", "project_not_approved"),
    (401, "authenticationError", "CUSTOMER_NOT_FOUND", "account_not_found_or_no_access"),
    (400, "requestError", "INVALID_CUSTOMER_ID", "account_not_found_or_no_access"),
    (400, "queryError", "REQUESTED_METRICS_FOR_MANAGER", "account_is_manager"),
    (400, "queryError", "UNRECOGNIZED_FIELD", "bad_request"),
    (400, "requestError", "PAGE_SIZE_NOT_SUPPORTED", "bad_request"),
    (400, "queryError", "PROHIBITED_SEGMENT_WITH_METRIC_IN_SELECT_OR_WHERE_CLAUSE", "bad_request"),
    (401, "authenticationError", "OAUTH_TOKEN_EXPIRED", "credential_invalid"),
    (401, "authenticationError", "OAUTH_TOKEN_REVOKED", "credential_invalid"),
    (401, "authenticationError", "OAUTH_TOKEN_DISABLED", "credential_invalid"),
    (401, "authenticationError", "ADVANCED_PROTECTION_NOT_ENROLLED", "user_action_required"),
    (403, "authorizationError", "INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION", "bad_request"),
    (403, "authorizationError", "ACTION_NOT_PERMITTED", "project_not_approved"),
    (403, "authorizationError", "PROJECT_DISABLED", "project_not_approved"),
    (403, "authorizationError", "CLOUD_PROJECT_NOT_UNDER_ORGANIZATION", "project_not_approved"),
]


@pytest.mark.parametrize(("status", "family", "name", "reason"), REFUSALS)
def test_each_refusal_has_its_name(
    platform: Script, status: int, family: str, name: str, reason: str
) -> None:
    platform.answer(200, TOKEN)
    platform.answer(status, failure(status, family, name))
    if status == 401:
        platform.answer(200, TOKEN)
        platform.answer(status, failure(status, family, name))

    with pytest.raises(PlatformRefused) as caught:
        google(platform).check(KEY, "1234567890")

    assert caught.value.reason == reason
    assert "secret words" not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "RESOURCE_TEMPORARILY_EXHAUSTED",
        "EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION",
        "EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION",
    ],
)
def test_every_quota_is_a_wait_and_never_retried(platform: Script, name: str) -> None:
    platform.answer(200, TOKEN)
    platform.answer(429, failure(429, "quotaError", name))

    with pytest.raises(RateLimited):
        google(platform).check(KEY, "1234567890")

    assert len(platform.asked) == 2


@pytest.mark.parametrize(
    ("status", "body"), [(429, {"error": "rate_limit_exceeded"}), (429, {}), (429, b"<html>slow down")]
)
def test_a_token_endpoint_that_is_asked_too_often_is_a_wait(
    platform: Script, status: int, body: object
) -> None:
    platform.answer(status, body)

    with pytest.raises(RateLimited):
        google(platform).check(KEY, "1234567890")

    assert len(platform.asked) == 1


def test_a_throttle_without_an_error_in_it_is_a_throttle(platform: Script) -> None:
    platform.answer(200, TOKEN)
    platform.answer(429, {})

    with pytest.raises(RateLimited):
        google(platform).check(KEY, "1234567890")


def test_a_query_whose_page_is_gone_is_read_once_more_from_the_first(platform: Script) -> None:
    first = {"results": [row(0, clicks="1")], "nextPageToken": "CAEQAg"}
    gone = failure(400, "requestError", "EXPIRED_PAGE_TOKEN")
    platform.answer(200, TOKEN)
    platform.answer(200, CUSTOMER)
    for status, answer in ((200, first), (400, gone), (200, first), (200, {"results": [row(1, clicks="2")]})):
        platform.answer(status, answer)

    found = google(platform).report(KEY, "123-456-7890", Asked(NOW, "purchase", "EUR", 1))

    assert [r.sums.clicks for r in found.hours][:2] == [1, 2]
    assert ["pageToken" in a.json() for a in platform.asked[2:]] == [False, True, False, True]


def test_pages_that_are_gone_again_are_an_outage(platform: Script) -> None:
    first = {"results": [row(0, clicks="1")], "nextPageToken": "CAEQAg"}
    gone = failure(400, "requestError", "INVALID_PAGE_TOKEN")
    platform.answer(200, TOKEN)
    platform.answer(200, CUSTOMER)
    for status, answer in ((200, first), (400, gone)) * 2:
        platform.answer(status, answer)

    with pytest.raises(Unavailable):
        google(platform).report(KEY, "123-456-7890", Asked(NOW, "purchase", "EUR", 1))

    assert len(platform.asked) == 6


@pytest.mark.parametrize("name", ["EXPIRED_PAGE_TOKEN", "INVALID_PAGE_TOKEN"])
def test_a_page_that_is_gone_is_no_fault_of_the_brands(platform: Script, name: str) -> None:
    platform.answer(200, TOKEN)
    platform.answer(400, failure(400, "requestError", name))

    with pytest.raises(Unavailable):
        google(platform).check(KEY, "1234567890")


@pytest.mark.parametrize(
    ("code", "expected"), [(503, Unavailable), (409, Unavailable), (403, PlatformRefused)]
)
def test_an_error_under_status_200_is_read_by_its_own_code(
    platform: Script, code: int, expected: type[Exception]
) -> None:
    platform.answer(200, TOKEN)
    platform.answer(200, {"error": {"code": code}})

    with pytest.raises(expected):
        google(platform).check(KEY, "1234567890")


@pytest.mark.parametrize("status", [500, 503])
def test_a_token_endpoint_that_is_down_is_tried_three_times(platform: Script, status: int) -> None:
    platform.answer(status, {"error": "backend"})

    with pytest.raises(Unavailable):
        google(platform).check(KEY, "1234567890")

    assert len(platform.asked) == 3


def private_key(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(pem, pkcs8, serialization.NoEncryption()).decode()


def service_account(pem: str) -> Secret:
    account = {
        "type": "service_account",
        "client_email": "reader@project.iam.gserviceaccount.com",
        "private_key": pem,
        "token_uri": "http://127.0.0.1:9/elsewhere",
    }
    return Secret(json.dumps(account))


def test_a_service_account_signs_for_our_token_url_and_not_for_the_files(platform: Script) -> None:
    key = rsa.generate_private_key(65537, 2048)
    for answer in (TOKEN, CUSTOMER):
        platform.answer(200, answer)

    google(platform).check(service_account(private_key(key)), "1234567890")

    form = parse_qs(platform.asked[0].body.decode())
    head, claims, signature = form["assertion"][0].split(".")
    key.public_key().verify(
        urlsafe_b64decode(signature + "=="), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    told = json.loads(urlsafe_b64decode(claims + "=="))
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    assert told["aud"] == f"{platform.url}/token"
    assert told["scope"] == "https://www.googleapis.com/auth/adwords"


@pytest.mark.parametrize("pem", ["not a key", private_key(ec.generate_private_key(ec.SECP256R1()))])
def test_a_service_account_without_an_rsa_key_is_malformed(platform: Script, pem: str) -> None:
    with pytest.raises(PlatformRefused, match="credential_malformed"):
        google(platform).check(service_account(pem), "1234567890")

    assert platform.asked == []


def test_a_credential_taken_apart_shows_nothing() -> None:
    parts = {"client_id": "c", "client_secret": "hidden", "refresh_token": "hidden"}

    assert "hidden" not in repr(GoogleCredential.parse("google_ads", Secret(json.dumps(parts))))


def test_an_api_that_is_switched_off_is_named(platform: Script) -> None:
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED"}
    platform.answer(200, TOKEN)
    platform.answer(403, {"error": {"code": 403, "status": "PERMISSION_DENIED", "details": [info]}})

    with pytest.raises(PlatformRefused, match="api_disabled"):
        google(platform).check(KEY, "1234567890")


def test_an_error_wrapped_in_an_array_is_unwrapped(platform: Script) -> None:
    platform.answer(200, TOKEN)
    platform.answer(400, [failure(400, "queryError", "REQUESTED_METRICS_FOR_MANAGER")])

    with pytest.raises(PlatformRefused, match="account_is_manager"):
        google(platform).check(KEY, "1234567890")


@pytest.mark.parametrize("delay", [{"scope": "DEVELOPER", "wait": "1800s", "is": ("project", 1800)}, None])
def test_a_quota_says_how_long_and_for_whom(platform: Script, delay: dict[str, object] | None) -> None:
    details = (
        {"details": {"quotaErrorDetails": {"rateScope": delay["scope"], "retryDelay": delay["wait"]}}}
        if delay
        else {}
    )
    platform.answer(200, TOKEN)
    platform.answer(429, failure(429, "quotaError", "RESOURCE_EXHAUSTED", **details))

    with pytest.raises(RateLimited) as caught:
        google(platform).check(KEY, "1234567890")

    expected = delay["is"] if delay else ("account", 900)
    assert (caught.value.scope, caught.value.retry_after_s) == expected


@pytest.mark.parametrize("status", [500, 503, 504])
@pytest.mark.parametrize("name", ["TRANSIENT_ERROR", "INTERNAL_ERROR", "DEADLINE_EXCEEDED"])
def test_an_outage_is_tried_three_times(platform: Script, status: int, name: str) -> None:
    platform.answer(200, TOKEN)
    platform.answer(status, failure(status, "internalError", name))

    with pytest.raises(Unavailable):
        google(platform).check(KEY, "1234567890")

    assert [asked.path for asked in platform.asked].count("/token") == 1
    assert len(platform.asked) == 4
