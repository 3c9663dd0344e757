"""A connection's health: reported of the connection that was read, and of no other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.adapters.firestore.brands import FirestoreBrands
from shared.core.integration import Integration, Platform, Status
from shared.core.metric import Source
from shared.core.secret import Secret
from shared.core.sentry.settings import Occasion
from shared.errors import PlatformRefused
from shared.flows.ingest import FarSide, ingest
from tests.flows.stage import LATER
from tests.unit.core.points import BRAND

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from tests.flows.stage import Stage

CONFIG = f"brands/{BRAND.id}/performance_configs/main"


class Refusing:
    """A platform that takes no key."""

    def __call__(self, _platform: Platform) -> Refusing:
        return self

    def app_of(self, _key: Secret) -> None:
        return None

    def report(self, *_: object) -> None:
        raise PlatformRefused("meta_ads", "credential_expired")


@dataclass
class Meanwhile:
    """The brands' store, with something else happening just before health is reported."""

    stage: Stage
    happens: Callable[[], object]

    def report_health(self, integration: Integration) -> None:
        self.happens()
        self.stage.brands.report_health(integration)


def read_while(stage: Stage, happens: Callable[[], object]) -> dict[str, Any]:
    """Have a refused reading reported while something else happens; return the stored configuration."""
    stage.timetable.ask([(BRAND.id, Source.META)], LATER)
    ingest(
        BRAND.id,
        Source.META,
        timetable=stage.timetable,
        brands=Meanwhile(stage, happens),  # type: ignore[arg-type]
        far=FarSide(stage.keys, stage.breakers, Refusing()),  # type: ignore[arg-type]
        metrics=stage.metrics,
        clock=stage.clock,
        pause=lambda _: None,
    )
    return stored(stage)


def stored(stage: Stage) -> dict[str, Any]:
    return stage.client.document(CONFIG).get().to_dict() or {}


def disconnect(stage: Stage) -> None:
    stage.brands.disconnect(BRAND.id, Platform.META_ADS, LATER)


def connect_again(stage: Stage, account: str = "1") -> None:
    sealed = stage.keys.seal(Secret("EAAnew"), brand_id=BRAND.id, purpose="meta_ads", account_id=account)
    later = LATER + timedelta(minutes=1)
    stage.brands.connect(
        Integration(BRAND.id, Platform.META_ADS, account, sealed, Status.ACTIVE, later), later
    )


def test_a_reading_that_ends_after_a_disconnection_does_not_bring_it_back(stage: Stage) -> None:
    stage.connect()

    config = read_while(stage, lambda: disconnect(stage))

    meta = config["integrations"]["meta_ads"]
    assert (meta["status"], meta["encryptedApiKey"]) == ("disconnected", "")
    assert not {"problem", "nextAttemptAt", "expiresAt"} & set(meta)


def test_a_new_key_is_not_blamed_for_what_the_former_one_met(stage: Stage) -> None:
    stage.connect()

    config = read_while(stage, lambda: connect_again(stage))

    assert config["integrations"]["meta_ads"]["status"] == "active"
    assert "problem" not in config["integrations"]["meta_ads"]


def test_what_is_sealed_anew_is_still_the_same_connection(stage: Stage) -> None:
    known = stage.connect()
    again = stage.keys.seal(Secret("EAAB"), brand_id=BRAND.id, purpose="meta_ads", account_id="1")
    assert again != known.sealed_key
    field = "integrations.meta_ads.encryptedApiKey"

    config = read_while(stage, lambda: stage.client.document(CONFIG).update({field: again}))

    meta = config["integrations"]["meta_ads"]
    assert (meta["status"], meta["problem"]) == ("error", "credential_expired")
    assert meta["encryptedApiKey"] == again


def test_a_configuration_that_is_gone_stays_gone(stage: Stage) -> None:
    stage.connect()

    assert read_while(stage, lambda: stage.client.document(CONFIG).delete()) == {}


def test_one_platforms_health_changes_no_other_platform(stage: Stage) -> None:
    sealed = stage.keys.seal(Secret("ga4"), brand_id=BRAND.id, purpose="ga4", account_id="9")
    stage.brands.connect(Integration(BRAND.id, Platform.GA4, "9", sealed, Status.ACTIVE, LATER), LATER)
    stage.connect()
    before = stored(stage)["integrations"]["ga4"]

    config = read_while(stage, lambda: None)

    assert config["integrations"]["meta_ads"]["status"] == "error"
    assert config["integrations"]["ga4"] == before


def test_settings_saved_at_the_same_time_and_health_are_both_kept(stage: Stage) -> None:
    broken = replace(stage.connect(), status=Status.ERROR, problem="credential_expired")
    occasions = [Occasion(f"sale {n}", LATER, LATER + timedelta(days=1)) for n in range(12)]

    def save() -> None:
        for known in range(1, len(occasions) + 1):
            FirestoreBrands(stage.client).declare(BRAND.id, occasions[:known], LATER)

    with ThreadPoolExecutor(1) as other:
        saving = other.submit(save)
        stage.brands.report_health(broken)
        saving.result()

    config = stored(stage)
    assert config["integrations"]["meta_ads"]["status"] == "error"
    assert len(config["occasions"]) == len(occasions)
