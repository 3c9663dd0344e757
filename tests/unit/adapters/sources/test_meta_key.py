from __future__ import annotations

import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from shared.adapters.sources.meta import MetaAds
from shared.core.integration import Account, Problem
from shared.core.report import Asked
from shared.core.secret import Secret
from shared.errors import PlatformRefused, RateLimited
from tests.unit.adapters.sources.meta_answers import (
    APP_KEY,
    EMPTY,
    INSPECTED,
    KEY,
    NODE,
    NOW,
    day_row,
    report,
)

if TYPE_CHECKING:
    from tests.scripted import Script


def test_the_token_travels_in_the_header_only(platform: Script) -> None:
    report(platform, EMPTY, EMPTY)

    assert {asked.headers["authorization"] for asked in platform.asked} == {"Bearer EAABtest"}
    assert not any("EAAB" in str(asked.query) + asked.path for asked in platform.asked)


def test_a_key_with_its_app_proves_that_on_every_call(platform: Script) -> None:
    for answer in (NODE, EMPTY, INSPECTED):
        platform.answer(200, answer)

    MetaAds(platform.url).check(APP_KEY, "900100200300")

    proof = hmac.digest(b"0123456789abcdef0123", b"EAABtest", "sha256").hex()
    assert [a.query.get("appsecret_proof") for a in platform.asked] == [proof, proof, None]
    assert platform.asked[2].headers["authorization"] == "Bearer 5550001|0123456789abcdef0123"


@pytest.mark.parametrize(
    ("expires", "access", "end"),
    [
        (1782984000, 0, datetime(2026, 7, 2, 9, 20, tzinfo=UTC)),
        (1782984000, 1777800000, datetime(2026, 5, 3, 9, 20, tzinfo=UTC)),
        (0, 0, None),
        (-1, 10**30, None),
    ],
)
def test_a_tokens_end_is_the_first_of_its_ends_and_zero_is_never(
    platform: Script, expires: int, access: int, end: datetime | None
) -> None:
    told = INSPECTED["data"] | {"expires_at": expires, "data_access_expires_at": access}
    for answer in (NODE, EMPTY, {"data": told}):
        platform.answer(200, answer)

    assert MetaAds(platform.url).check(APP_KEY, "900100200300").expires_at == end


def test_a_token_that_may_not_read_ads_is_refused(platform: Script) -> None:
    for answer in (NODE, EMPTY, {"data": INSPECTED["data"] | {"scopes": ["public_profile"]}}):
        platform.answer(200, answer)

    with pytest.raises(PlatformRefused, match="permission_missing"):
        MetaAds(platform.url).check(APP_KEY, "900100200300")


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"token": "EAAB"}',
        '{"access_token": ""}',
        '{"access_token": "EAAB test"}',
        '{"access_token": "EAAB", "app_id": "x"}',
        '{"access_token": "EAAB", "app_id": "1", "app_secret": "with space"}',
        '{"access_token": "EAAB", "app_id": "1", "app_secret": 12345}',
    ],
)
def test_a_malformed_key_is_never_sent(platform: Script, text: str) -> None:
    with pytest.raises(PlatformRefused, match="credential_malformed"):
        MetaAds(platform.url).check(Secret(text), "900100200300")

    assert platform.asked == []


def test_a_night_asks_when_the_token_ends_and_a_day_does_not(platform: Script) -> None:
    for answer in (EMPTY, INSPECTED, EMPTY):
        platform.answer(200, answer)
    asked = Asked(NOW, "purchase", "EUR", 2, 29, account=Account("EUR", "Europe/Rome"))
    meta = MetaAds(platform.url)

    by_night = meta.report(APP_KEY, "900100200300", asked)
    platform.answers[:] = [(200, EMPTY, {})]
    by_day = meta.report(APP_KEY, "900100200300", replace(asked, lookback=0))

    assert (by_night.expires_at, by_day.expires_at) == (datetime(2026, 7, 2, 9, 20, tzinfo=UTC), None)
    spans = [json.loads(a.query["time_range"])["since"] for a in platform.asked if "time_range" in a.query]
    assert spans == ["2026-05-03", "2026-04-05", "2026-05-03", "2026-05-03"]


def test_a_night_goes_without_the_tokens_end_rather_than_without_numbers(platform: Script) -> None:
    platform.answer(200, EMPTY)
    for _ in range(3):
        platform.answer(503, {"error": {"code": 2, "message": "away"}})
    platform.answer(200, {"data": [day_row()]})
    asked = Asked(NOW, "purchase", "EUR", 1, 29, account=Account("EUR", "Europe/Rome"))

    found = MetaAds(platform.url).report(APP_KEY, "900100200300", asked)

    assert found.expires_at is None
    assert found.days[-1].sums.spend == 96_310_000


def test_a_night_that_is_throttled_asks_nothing_more(platform: Script) -> None:
    platform.answer(200, EMPTY)
    platform.answer(400, {"error": {"code": 4, "message": "busy"}})
    asked = Asked(NOW, "purchase", "EUR", 1, 29, account=Account("EUR", "Europe/Rome"))

    with pytest.raises(RateLimited):
        MetaAds(platform.url).report(APP_KEY, "900100200300", asked)

    assert len(platform.asked) == 2


def test_a_night_notices_that_the_token_may_not_read_ads_any_more(platform: Script) -> None:
    for answer in (EMPTY, {"data": INSPECTED["data"] | {"scopes": []}}):
        platform.answer(200, answer)
    asked = Asked(NOW, "purchase", "EUR", 1, 29, account=Account("EUR", "Europe/Rome"))

    with pytest.raises(PlatformRefused, match="permission_missing"):
        MetaAds(platform.url).report(APP_KEY, "900100200300", asked)


def test_a_good_key_tells_currency_and_zone(platform: Script) -> None:
    platform.answer(200, NODE)
    platform.answer(200, EMPTY)

    account = MetaAds(platform.url).check(KEY, "900100200300")

    assert account == Account("EUR", ZoneInfo("Europe/Rome").key, None)


def test_an_inactive_account_passes_with_a_warning(platform: Script) -> None:
    platform.answer(200, NODE | {"account_status": 2})
    platform.answer(200, EMPTY)

    assert MetaAds(platform.url).check(KEY, "900100200300").warning is Problem.ACCOUNT_INACTIVE


@pytest.mark.parametrize("token", ["", "EAAB test", "EAAB\ntest", "EAABté", "中"])
def test_what_is_no_token_is_refused_before_any_call(platform: Script, token: str) -> None:
    with pytest.raises(PlatformRefused, match="credential_malformed"):
        MetaAds(platform.url).check(Secret(token), "900100200300")

    assert platform.asked == []
