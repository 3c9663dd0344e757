from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.core.report import Asked
from shared.errors import PlatformRefused, RateLimited, Unavailable
from tests.unit.adapters.sources.google_answers import (
    CUSTOMER,
    KEY,
    NOW,
    TOKEN,
    failure,
    google,
    row,
)

if TYPE_CHECKING:
    from tests.scripted import Script


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


@pytest.mark.parametrize("body", [{}, failure(429, "quotaError", "RESOURCE_TEMPORARILY_EXHAUSTED")])
@pytest.mark.parametrize("path", ["token", "search"])
def test_a_throttle_may_say_in_a_header_how_long(platform: Script, path: str, body: object) -> None:
    if path == "search":
        platform.answer(200, TOKEN)
    platform.answer(429, body, {"Retry-After": "30"})

    with pytest.raises(RateLimited) as caught:
        google(platform).check(KEY, "1234567890")

    assert caught.value.retry_after_s == 30


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
