from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from shared.adapters.sources.meta import MetaAds
from shared.errors import PlatformRefused, RateLimited, Unavailable
from tests.unit.adapters.sources.meta_answers import (
    KEY,
)

if TYPE_CHECKING:
    from tests.scripted import Script


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
