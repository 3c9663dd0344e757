from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests

from local.world.tenants import DEMO, OTHER
from tests.local.world.conftest import NOW

if TYPE_CHECKING:
    from tests.local.world.client import Client

APP = f"{DEMO.meta_app_id}|{DEMO.meta_app_secret}"
ACCOUNT = f"act_{DEMO.meta_account}"
DAY_S = 24 * 3600
NOW_S = int(datetime.fromisoformat(NOW).timestamp())


def told(world: Client, token: str = DEMO.meta_key) -> dict[str, Any]:
    answer = world.meta("debug_token", APP, input_token=token)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def proof(token: str = DEMO.meta_key, secret: str = DEMO.meta_app_secret) -> str:
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def test_an_app_is_told_about_its_token(world: Client) -> None:
    assert told(world) == {
        "app_id": DEMO.meta_app_id,
        "type": "SYSTEM_USER",
        "is_valid": True,
        "issued_at": NOW_S,
        "expires_at": NOW_S + 60 * DAY_S,
        "data_access_expires_at": 0,
        "scopes": ["ads_read"],
        "granular_scopes": [{"scope": "ads_read", "target_ids": [DEMO.meta_account]}],
        "user_id": f"88{DEMO.meta_app_id}",
    }


def test_the_apps_token_may_come_in_the_query(world: Client) -> None:
    asked = {"input_token": DEMO.meta_key, "access_token": APP}

    answer = requests.get(f"{world.base}/meta/v26.0/debug_token", params=asked, timeout=5)

    assert answer.json()["data"]["is_valid"] is True


def test_a_token_ends_when_it_was_told_to_and_is_then_expired(world: Client) -> None:
    world.control("expiry", tenant="demo", days=5, data_access_days=3)
    before = told(world)
    world.control("clock", now="2026-02-03T18:30:00+00:00")
    after = told(world)

    assert (before["is_valid"], before["expires_at"]) == (True, NOW_S + 5 * DAY_S)
    assert before["data_access_expires_at"] == NOW_S + 3 * DAY_S
    assert (after["is_valid"], after["expires_at"]) == (False, before["expires_at"])
    assert (after["error"]["code"], after["error"]["subcode"]) == (190, 463)
    assert world.meta(ACCOUNT).json()["error"]["error_subcode"] == 463


def test_a_token_may_last_for_ever(world: Client) -> None:
    world.control("expiry", tenant="demo", days=0)

    assert (told(world)["expires_at"], told(world)["is_valid"]) == (0, True)
    assert world.meta(ACCOUNT).status_code == 200


def test_an_expiry_is_one_tenants_own(world: Client) -> None:
    world.control("expiry", tenant="demo", days=-1)

    assert world.meta(ACCOUNT).status_code == 400
    assert world.meta(f"act_{OTHER.meta_account}", OTHER.meta_key).status_code == 200


@pytest.mark.parametrize(
    ("token", "is_valid", "scopes", "subcode"),
    [
        ("EAABdemo-expired", False, ["ads_read"], 463),
        ("EAABdemo-revoked", False, ["ads_read"], 458),
        ("EAABdemo-checkpoint", False, ["ads_read"], 459),
        ("EAABdemo-no-permission", True, [], None),
        ("EAABdemo-insights-denied", True, ["ads_read"], None),
        ("nonsense", False, [], None),
    ],
)
def test_what_is_wrong_with_a_token_is_told(
    world: Client, token: str, is_valid: bool, scopes: list[str], subcode: int | None
) -> None:
    data = told(world, token)

    assert (data["is_valid"], data["scopes"]) == (is_valid, scopes)
    assert data.get("error", {}).get("subcode") == subcode
    assert ("error" in data) == (not is_valid)


@pytest.mark.parametrize(
    ("app", "input_token", "code"),
    [
        (f"{DEMO.meta_app_id}|guess", DEMO.meta_key, 190),
        (f"42|{DEMO.meta_app_secret}", DEMO.meta_key, 101),
        (DEMO.meta_key, DEMO.meta_key, 100),
        ("", DEMO.meta_key, 100),
        (APP, "", 100),
        (APP, OTHER.meta_key, 100),
    ],
)
def test_only_the_right_app_is_told_about_a_token(
    world: Client, app: str, input_token: str, code: int
) -> None:
    answer = world.meta("debug_token", app, input_token=input_token)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (proof(), 200),
        (proof().upper(), 400),
        (proof(secret=OTHER.meta_app_secret), 400),
        (proof(token="another"), 400),
        ("", 400),
    ],
)
def test_a_proof_must_be_right_when_it_is_sent(world: Client, sent: str, status: int) -> None:
    answer = world.meta(ACCOUNT, appsecret_proof=sent)

    assert answer.status_code == status
    assert status == 200 or answer.json()["error"]["code"] == 100


def test_an_app_may_demand_the_proof(world: Client) -> None:
    world.control("proof", tenant="demo", demanded=True)

    without = world.meta(f"{ACCOUNT}/insights", fields="spend")

    assert (without.status_code, without.json()["error"]["code"]) == (400, 100)
    assert world.meta(f"{ACCOUNT}/insights", fields="spend", appsecret_proof=proof()).status_code == 200
    assert world.meta(f"act_{OTHER.meta_account}", OTHER.meta_key).status_code == 200
