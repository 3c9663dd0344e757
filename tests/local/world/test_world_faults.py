from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
import requests

from local.world.tenants import DEMO, OTHER

if TYPE_CHECKING:
    from tests.local.world.client import Client

ACCOUNT = f"act_{DEMO.meta_account}"
PATHS = {
    "meta": "/meta/v26.0/act_900100200300",
    "google-oauth": "/google-oauth/token",
    "google-ads": "/google-ads/v26/customers/1234567890/googleAds:search",
    "ga4": "/ga4/v1beta/properties/345678901:runReport",
    "gemini": "/gemini/v1/models/gemini-3.5-flash:generateContent",
    "slack": "/slack/api/chat.postMessage",
}


@pytest.mark.parametrize("platform", PATHS)
def test_every_platform_can_lose_its_connection(world: Client, platform: str) -> None:
    world.control("faults", platform=platform, fault="reset")

    with pytest.raises(requests.ConnectionError):
        requests.post(world.base + PATHS[platform], json={}, timeout=5)


@pytest.mark.parametrize("platform", PATHS)
def test_every_platform_can_stand_behind_a_broken_gateway(world: Client, platform: str) -> None:
    world.control("faults", platform=platform, fault="html_502")

    answer = requests.post(world.base + PATHS[platform], json={}, timeout=5)

    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert answer.text.startswith("<html>")


@pytest.mark.parametrize("platform", PATHS)
@pytest.mark.parametrize("fault", ["500", "throttle"])
def test_every_platform_can_break_and_throttle_in_its_own_words(
    world: Client, platform: str, fault: str
) -> None:
    world.control("faults", platform=platform, fault=fault)

    answer = requests.post(world.base + PATHS[platform], json={}, timeout=5)

    assert answer.status_code == (500 if fault == "500" else 400 if platform == "meta" else 429)
    assert "error" in answer.json()


def test_an_answer_can_be_cut_in_half(world: Client) -> None:
    world.control("faults", platform="meta", fault="truncated_json")

    answer = world.meta(ACCOUNT, fields="id,name")

    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_an_answer_can_be_late(world: Client) -> None:
    world.control("faults", platform="meta", fault="latency", seconds=0.3)
    began = time.monotonic()

    answer = world.meta(ACCOUNT, fields="id")

    assert answer.status_code == 200
    assert time.monotonic() - began >= 0.3


def test_a_hanging_platform_outlasts_its_caller(world: Client) -> None:
    world.control("faults", platform="meta", fault="hang")

    with pytest.raises(requests.ReadTimeout):
        requests.get(world.base + PATHS["meta"], timeout=0.3)


def test_meta_can_say_no_in_a_200(world: Client) -> None:
    world.control("faults", platform="meta", fault="error_in_200")
    world.control("faults", platform="meta", fault="text_in_200")

    first, second = world.meta(ACCOUNT), world.meta(ACCOUNT)

    assert (first.status_code, first.json()["error"]["code"]) == (200, 2)
    assert (second.status_code, second.text) == (200, "Service Unavailable")


def test_a_throttled_account_is_told_when_to_come_back(world: Client) -> None:
    world.control("faults", platform="meta", fault="throttle")

    answer = world.meta(ACCOUNT)

    usage = json.loads(answer.headers["x-business-use-case-usage"])
    assert answer.json()["error"]["error_subcode"] == 2446079
    assert usage["900100200300"][0]["estimated_time_to_regain_access"] == 19


def test_a_fault_is_gone_when_it_has_happened_often_enough(world: Client) -> None:
    world.control("faults", platform="meta", fault="503", times=2)

    assert [world.meta(ACCOUNT).status_code for _ in range(3)] == [503, 503, 200]


def test_a_fault_may_be_one_accounts_own(world: Client) -> None:
    world.control("faults", platform="meta", fault="500", account=DEMO.meta_account)

    assert world.meta(f"act_{OTHER.meta_account}", OTHER.meta_key).status_code == 200
    assert world.meta(ACCOUNT).status_code == 500


def test_a_fault_may_last_until_the_reset(world: Client) -> None:
    world.control("faults", platform="meta", fault="500", times=None)
    while_broken = {world.meta(ACCOUNT).status_code for _ in range(3)}
    world.control("reset")

    assert while_broken == {500}
    assert world.meta(ACCOUNT).status_code == 200


def test_pending_faults_can_be_cleared_of_one_platform_or_all_and_nothing_else_is_forgotten(
    world: Client,
) -> None:
    for platform in ("meta", "meta", "ga4", "slack"):
        world.control("faults", platform=platform, fault="500", times=None)
    story = world.control("story", tenant="demo", story=DEMO.story.to_json() | {"seed": "another"})
    url = f"{world.base}/_world/faults"

    left = requests.delete(url, params={"platform": "meta"}, timeout=5).json()
    while_others_wait = world.meta(ACCOUNT).status_code
    none = requests.delete(url, timeout=5).json()

    assert (left, while_others_wait, none) == ({"pending": 2}, 200, {"pending": 0})
    assert world.told("story") == story


def test_faults_of_a_platform_that_nobody_knows_are_not_cleared(world: Client) -> None:
    answer = requests.delete(f"{world.base}/_world/faults", params={"platform": "tiktok"}, timeout=5)

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("runs", {"polls": -1}),
        ("runs", {"polls": "two"}),
        ("runs", {"next": "lost"}),
        ("runs", {"looks_done": "yes"}),
        ("expiry", {"days": 0.5}),
        ("expiry", {"tenant": "nobody", "days": 1}),
        ("usage", {"percent": -1}),
        ("quota", {"tokensPerYear": 1}),
        ("quota", {"tokensPerDay": -1}),
        ("consent", {"given_at": "2026-01-01T00:00:00"}),
        ("consent", {}),
        ("proof", {"demanded": 1}),
    ],
)
def test_a_string_pulled_wrongly_is_refused(world: Client, name: str, fields: dict[str, object]) -> None:
    answer = requests.post(f"{world.base}/_world/{name}", json=fields, timeout=5)

    assert answer.status_code == 400
    assert answer.json()["error"]


def test_a_reset_puts_every_string_back(world: Client) -> None:
    world.control("usage", percent=99)
    world.control("expiry", days=-1)
    world.control("proof", demanded=True)
    world.control("runs", polls=9, looks_done=True, next="failed")

    world.control("reset")

    assert world.told("usage") == {"percent": 3, "app_percent": 3, "regain_minutes": 0, "throttled": 0}
    assert world.control("runs") == {"polls": 2, "looks_done": False, "next": []}
    assert world.meta(ACCOUNT).status_code == 200


@pytest.mark.parametrize(
    "fields", [{"platform": "meta", "fault": "sulk"}, {"platform": "tiktok", "fault": "500"}]
)
def test_a_fault_that_nobody_knows_is_refused(world: Client, fields: dict[str, str]) -> None:
    answer = requests.post(f"{world.base}/_world/faults", json=fields, timeout=5)

    assert answer.status_code == 400


def test_calls_are_counted_by_platform_and_route(world: Client) -> None:
    world.meta(ACCOUNT)
    world.meta(f"act_{OTHER.meta_account}")

    assert world.told("calls") == {"meta": {"GET /v26.0/act_{id}": 2}}


def test_a_world_is_healthy(world: Client) -> None:
    health = requests.get(f"{world.base}/healthz", timeout=5).json()

    assert (health["status"], health["now"]) == ("ok", "2026-01-29T18:30:00+00:00")


def test_without_a_stopped_clock_time_goes_on(world: Client) -> None:
    assert not world.control("clock")["now"].startswith("2026-01-29T18:30")
