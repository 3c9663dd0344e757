"""Validation of pasted keys, against the running simulated platforms."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import requests

from local.world.tenants import DEMO, MANAGER_ACCOUNT, TESTING_CONSENT
from shared.adapters.sources.ga4 import Ga4
from shared.adapters.sources.google_ads import GoogleAds
from shared.adapters.sources.google_token import GoogleTokens
from shared.adapters.sources.meta import MetaAds
from shared.core.brand import Brand, BrandId, OwnedBrand
from shared.core.integration import Platform, Problem
from shared.core.query import Validation
from shared.core.wording import problem_text
from shared.errors import RateLimited, Unavailable
from shared.flows.validate import Validated, validate
from tests.world import running_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.ports import PlatformReader

NOW = datetime(2026, 1, 29, 2, 30, tzinfo=UTC)  # still the 28th in São Paulo
ACCOUNT = {
    Platform.META_ADS: f"act_{DEMO.meta_account}",
    Platform.GOOGLE_ADS: DEMO.google_account,
    Platform.GA4: DEMO.ga4_account,
}


class World:
    def __init__(self, base: str) -> None:
        self._base = base

    def control(self, name: str, **fields: object) -> None:
        answer = requests.post(f"{self._base}/_world/{name}", json=fields, timeout=5)
        assert answer.status_code == 200, answer.text

    def platform(self, platform: Platform) -> PlatformReader:
        token_url = f"{self._base}/google-oauth/token"
        if platform is Platform.META_ADS:
            return MetaAds(f"{self._base}/meta")
        if platform is Platform.GOOGLE_ADS:
            return GoogleAds(f"{self._base}/google-ads", token_url)
        return Ga4(f"{self._base}/ga4", token_url)

    def validate(
        self, kind: Platform, key: str, *, account: str | None = None, locale: str = "en"
    ) -> Validated:
        body = {
            "brandId": "aurora",
            "platform": kind.value,
            "apiKey": key,
            "accountId": account or ACCOUNT[kind],
        }
        zone = ZoneInfo("America/Sao_Paulo")
        brand = Brand(BrandId("aurora"), "owner", "Aurora", zone, "BRL", locale, "purchase")
        return validate(Validation.parse(body), OwnedBrand(brand), platforms=self.platform)


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with running_world() as url:
        yield url


@pytest.fixture
def world(base: str, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(GoogleTokens.__init__, "__defaults__", (NOW.timestamp,))
    world = World(base)
    world.control("reset")
    world.control("clock", now=NOW.isoformat())
    return world


def meta_key(**fields: object) -> str:
    """Return a key with its app, pasted as a person would have it formatted."""
    app = {"access_token": DEMO.meta_key, "app_id": DEMO.meta_app_id, "app_secret": DEMO.meta_app_secret}
    return json.dumps(app | fields, indent=2)


def google_key(refresh_token: str) -> str:
    return DEMO.key_with(refresh_token)


@pytest.mark.parametrize(
    ("locale", "message"),
    [
        (
            "en",
            "Valid key: account act_900100200300 can be read. The key expires on Mar 9, 2026.",
        ),
        (
            "pt-BR",
            "Chave válida: a conta act_900100200300 pode ser lida. A chave expira em 9 de mar. de 2026.",
        ),
    ],
)
def test_a_key_that_ends_says_on_which_of_the_brands_days(world: World, locale: str, message: str) -> None:
    world.control("expiry", days=40)

    assert world.validate(Platform.META_ADS, meta_key(), locale=locale) == Validated(
        success=True, message=message
    )


def test_access_to_data_that_ends_sooner_is_the_end(world: World) -> None:
    world.control("expiry", days=40, data_access_days=10)

    assert "Feb 7, 2026" in world.validate(Platform.META_ADS, meta_key()).message


def test_consent_in_testing_ends_after_a_week(world: World) -> None:
    found = world.validate(Platform.GOOGLE_ADS, google_key(TESTING_CONSENT))

    assert found == Validated(
        success=True,
        message="Valid key: account 1234567890 can be read. The key expires on Feb 4, 2026.",
    )


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (Platform.META_ADS, DEMO.meta_key),
        (Platform.GOOGLE_ADS, DEMO.google_key),
        (Platform.GA4, DEMO.ga4_key),
    ],
)
def test_a_key_whose_end_nobody_tells_says_nothing_of_it(world: World, kind: Platform, key: str) -> None:
    found = world.validate(kind, key)

    assert found.success
    assert "expires" not in found.message


@pytest.mark.parametrize(
    ("kind", "key"), [(Platform.META_ADS, meta_key()), (Platform.GOOGLE_ADS, DEMO.google_key)]
)
def test_a_key_is_taken_as_it_was_pasted(world: World, kind: Platform, key: str) -> None:
    assert world.validate(kind, f"\r\n\t {key}\n").success


def test_a_token_that_never_ends_says_nothing_of_it(world: World) -> None:
    world.control("expiry", days=0)

    assert world.validate(Platform.META_ADS, meta_key()).message.endswith("can be read.")


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu"])
@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (Platform.META_ADS, DEMO.meta_key),
        (Platform.GOOGLE_ADS, DEMO.google_key),
        (Platform.GA4, DEMO.ga4_key),
    ],
)
def test_an_account_off_the_full_hour_is_accepted(world: World, kind: Platform, key: str, zone: str) -> None:
    world.control("story", story=DEMO.story.to_json() | {"zone": zone})

    assert world.validate(kind, key).success


REFUSED = [
    (Platform.META_ADS, "{", Problem.CREDENTIAL_MALFORMED),
    (Platform.META_ADS, meta_key(app_secret=7), Problem.CREDENTIAL_MALFORMED),
    (Platform.META_ADS, meta_key(app_secret="another"), Problem.CREDENTIAL_INVALID),
    (Platform.META_ADS, "EAABwrong", Problem.CREDENTIAL_INVALID),
    (Platform.META_ADS, "EAABdemo-expired", Problem.CREDENTIAL_EXPIRED),
    (Platform.META_ADS, "EAABdemo-revoked", Problem.CREDENTIAL_REVOKED),
    (Platform.META_ADS, "EAABdemo-checkpoint", Problem.USER_ACTION_REQUIRED),
    (Platform.META_ADS, "EAABdemo-no-permission", Problem.PERMISSION_MISSING),
    (Platform.META_ADS, "EAABdemo-insights-denied", Problem.PERMISSION_MISSING),
    (Platform.GOOGLE_ADS, "no-JSON", Problem.CREDENTIAL_MALFORMED),
    (Platform.GOOGLE_ADS, google_key("1//wrong"), Problem.CREDENTIAL_REVOKED),
    (Platform.GOOGLE_ADS, google_key("1//demo-revoked"), Problem.CREDENTIAL_REVOKED),
    (Platform.GOOGLE_ADS, google_key("1//demo-reauth"), Problem.USER_ACTION_REQUIRED),
    (Platform.GOOGLE_ADS, google_key("1//demo-test-project"), Problem.PROJECT_NOT_APPROVED),
    (Platform.GOOGLE_ADS, google_key("1//demo-api-disabled"), Problem.API_DISABLED),
    (Platform.GOOGLE_ADS, google_key("1//demo-no-ads-user"), Problem.PERMISSION_MISSING),
    (Platform.GOOGLE_ADS, google_key("1//demo-unticked"), Problem.PERMISSION_MISSING),
    (Platform.GA4, DEMO.google_key, Problem.PERMISSION_MISSING),
]


@pytest.mark.parametrize("locale", ["en", "pt-BR"])
@pytest.mark.parametrize(
    ("kind", "key", "problem"), REFUSED, ids=[f"{p.value}-{n}" for n, (_, _, p) in enumerate(REFUSED)]
)
def test_each_refusal_is_told_in_the_brands_language(
    world: World, kind: Platform, key: str, problem: Problem, locale: str
) -> None:
    found = world.validate(kind, key, locale=locale)

    assert found == Validated(success=False, message=problem_text(problem, locale), problem=problem)


def test_a_managers_id_is_told_apart_from_an_accounts(world: World) -> None:
    found = world.validate(Platform.GOOGLE_ADS, DEMO.google_key, account=MANAGER_ACCOUNT)

    message = problem_text(Problem.ACCOUNT_IS_MANAGER, "en")
    assert found == Validated(success=False, message=message, problem=Problem.ACCOUNT_IS_MANAGER)


@pytest.mark.parametrize("locale", ["en", "pt-BR"])
def test_there_are_words_for_whatever_a_platform_may_say(locale: str) -> None:
    assert all(problem_text(problem, locale).endswith(".") for problem in Problem)


@pytest.mark.parametrize(("fault", "error"), [("throttle_account", RateLimited), ("503", Unavailable)])
def test_what_passes_by_itself_is_no_verdict_on_the_key(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: str, error: type[Exception]
) -> None:
    monkeypatch.setattr("shared.adapters.platform_http._TRIES", 1)
    world.control("faults", platform="meta", fault=fault)

    with pytest.raises(error):
        world.validate(Platform.META_ADS, DEMO.meta_key)
