"""Rotating the master key over stored secrets, beside brands that save keys meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from shared.adapters.firestore.strongroom import FirestoreStrongroom
from shared.adapters.vault import MasterKeys, Vault
from shared.core.brand import BrandId
from shared.core.integration import Integration, Platform, Status
from shared.core.notifications import Notifications
from shared.core.secret import Secret
from shared.core.sentry.settings import SentrySettings
from shared.errors import KeyUnreadable
from shared.flows.rewrap import Rewrapped, rewrap
from tests.flows.stage import LATER, Stage
from tests.unit.core.points import BRAND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.ports import Sealed

OLD, NEW = bytes(range(32)).hex(), bytes(range(1, 33)).hex()
BEFORE = Vault(MasterKeys.parse(f'{{"primary": "old", "keys": {{"old": "{OLD}"}}}}'))
BOTH = Vault(MasterKeys.parse(f'{{"primary": "new", "keys": {{"old": "{OLD}", "new": "{NEW}"}}}}'))
AFTER = Vault(MasterKeys.parse(f'{{"primary": "new", "keys": {{"new": "{NEW}"}}}}'))
BRANDS = [replace(BRAND, id=BrandId(f"brand-{n}")) for n in range(3)]


@pytest.fixture
def room(stage: Stage) -> FirestoreStrongroom:
    """Three brands, each with a key for two platforms and a Slack token."""
    for brand in BRANDS:
        stage.brands.create(brand, SentrySettings(), now=LATER)
        for platform in (Platform.META_ADS, Platform.GA4):
            save(stage, brand.id, platform, f"key-of-{brand.id}-{platform.value}", BEFORE)
        sealed = BEFORE.seal(Secret("xoxb-1"), brand_id=brand.id, purpose="slack", account_id="C1")
        stage.brands.tell_at(brand.id, Notifications("C1", sealed, ()))
    return FirestoreStrongroom(stage.client)


def save(stage: Stage, brand_id: BrandId, platform: Platform, key: str, vault: Vault) -> None:
    sealed = vault.seal(Secret(key), brand_id=brand_id, purpose=platform.value, account_id="1")
    stage.brands.connect(Integration(brand_id, platform, "1", sealed, Status.ACTIVE, LATER), LATER)


def total(found: Iterator[Rewrapped]) -> Rewrapped:
    return sum(found, start=Rewrapped())


def opened(room: FirestoreStrongroom, vault: Vault) -> dict[tuple[str, str], str]:
    return {
        (each.brand_id, each.purpose): vault.open(
            each.envelope, brand_id=each.brand_id, purpose=each.purpose, account_id=each.account_id
        ).reveal()
        for each in room.everything()
    }


def test_everything_opens_with_the_new_key_alone_and_is_what_it_was(
    stage: Stage, room: FirestoreStrongroom
) -> None:
    secrets = opened(room, BEFORE)
    config = stage.client.document(f"brands/{BRANDS[0].id}/performance_configs/main")
    before = config.get().to_dict()

    first, second, third = (total(rewrap(room, BOTH)) for _ in range(3))

    assert first == Rewrapped(total=9, rewrapped=9)
    assert second == third == Rewrapped(total=9, already=9)
    assert (first.remaining, second.remaining) == (0, 0)
    assert opened(room, AFTER) == secrets
    with pytest.raises(KeyUnreadable):
        opened(room, BEFORE)
    after = config.get().to_dict()
    for told in (before, after):
        for integration in told["integrations"].values():
            del integration["encryptedApiKey"]
    assert after == before


def test_a_dry_run_counts_and_writes_nothing(room: FirestoreStrongroom) -> None:
    assert total(rewrap(room, BOTH, write=False)) == Rewrapped(total=9)
    assert len(opened(room, BEFORE)) == 9


def test_stopped_it_goes_on_where_it_was(room: FirestoreStrongroom) -> None:
    started = rewrap(room, BOTH)
    for _ in range(4):
        next(started)
    started.close()  # type: ignore[attr-defined]

    assert total(rewrap(room, BOTH)) == Rewrapped(total=9, already=4, rewrapped=5)


def test_what_does_not_open_is_counted_and_left_alone(stage: Stage, room: FirestoreStrongroom) -> None:
    strange = Vault(MasterKeys.parse(bytes(range(2, 34)).hex()))
    save(stage, BRANDS[1].id, Platform.META_ADS, "lost", strange)

    found = total(rewrap(room, BOTH))

    assert found == Rewrapped(total=9, rewrapped=8, failed=1)
    assert found.remaining == 1


@dataclass
class Interrupted:
    """The strongroom, with somebody saving a new key just before a write."""

    room: FirestoreStrongroom
    stage: Stage
    saves: list[str] = field(default_factory=list)

    def everything(self) -> Iterator[Sealed]:
        return self.room.everything()

    def again(self, sealed: Sealed) -> Sealed | None:
        return self.room.again(sealed)

    def replace(self, sealed: Sealed, envelope: str) -> None:
        if self.saves and sealed.purpose == Platform.META_ADS.value:
            save(self.stage, sealed.brand_id, Platform.META_ADS, self.saves.pop(), BEFORE)
        self.room.replace(sealed, envelope)


def test_a_key_that_is_saved_meanwhile_is_not_put_back(stage: Stage, room: FirestoreStrongroom) -> None:
    found = total(rewrap(Interrupted(room, stage, ["fresh"]), BOTH))

    assert found.remaining == 0
    assert opened(room, AFTER)[BRANDS[0].id, "meta_ads"] == "fresh"


def test_a_key_that_is_saved_at_every_try_remains_for_the_next_run(
    stage: Stage, room: FirestoreStrongroom
) -> None:
    found = total(rewrap(Interrupted(room, stage, ["3", "2", "1"]), BOTH))

    assert found.remaining == 1
    assert total(rewrap(room, BOTH)).remaining == 0
    assert opened(room, AFTER)[BRANDS[0].id, "meta_ads"] == "3"


def test_a_webhook_is_sealed_anew_like_a_token(stage: Stage, room: FirestoreStrongroom) -> None:
    known = BRANDS[0].id
    sealed = BEFORE.seal(Secret("T/B/secret"), brand_id=known, purpose="slack_hook", account_id="T/B")
    stage.brands.tell_at(known, Notifications(slack_hook="T/B", slack_sealed_hook=sealed))

    assert total(rewrap(room, BOTH)).remaining == 0
    assert opened(room, AFTER)[known, "slack_hook"] == "T/B/secret"


def test_a_disconnected_platform_has_nothing_to_rewrap(stage: Stage, room: FirestoreStrongroom) -> None:
    stage.brands.disconnect(BRANDS[0].id, Platform.META_ADS, LATER)

    assert total(rewrap(room, BOTH)) == Rewrapped(total=8, rewrapped=8)
